"""What a person does to jobs from the window: each verb on any number of them, and what came of it in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.messages import KnownError, message
from app.ui.counts import jobs
from app.ui.wording import tr

if TYPE_CHECKING:
    from app.store.bulk import Done
    from app.store.store import Store
    from app.ui.gateway import Gateway

PATIENCE = 10_000
"""Milliseconds in which a runner that is well has ended what it was asked to end."""


class StillRunning(KnownError):
    """The runner was asked to end jobs and has not done so."""

    def __init__(self, count: int) -> None:
        super().__init__(
            "The runner has been asked to end {count} job(s), and they still run after {patience:g} s",
            count=count,
            patience=PATIENCE / 1000,
            remedy=message("Look at the workers: the runner may hang. A long grace keeps jobs running as well."),
        )


class JobVerbs(QObject):
    """Asks the store for changes, and tells what came of them.

    Signals:
        told(str, bool): what was done, and whether an undo is offered with it.
        failed(KnownError): what was asked for did not come about.

    Args:
        gateway: the way to the store.
        rescue: puts back what a dead runner left; called with the runner lock held.
        parent: its owner.
    """

    told = Signal(str, bool)
    failed = Signal(object)

    def __init__(self, gateway: Gateway, rescue: Callable[[Store], None], parent: QObject) -> None:
        super().__init__(parent)
        self._gateway = gateway
        self._rescue = rescue

    def cancel(self, seqs: Sequence[int]) -> None:
        """Call jobs off; running ones are ended by their runner, or here where none lives."""
        rescue = self._rescue

        def work(store: Store) -> Done:
            done = store.bulk.cancel(seqs)
            _rescue_where_none_lives(rescue, store)
            return done

        self._gateway.change(self, work, partial(self._cancelled, seqs))

    def put_back(self) -> None:
        """Put back what a dead runner left, where none lives and none will: nothing of it runs unattended."""
        self._gateway.change(self, partial(_rescue_where_none_lives, self._rescue))

    def retry(self, seqs: Sequence[int]) -> None:
        """Let finished jobs run again, as if they were new."""
        self._gateway.change(self, lambda store: store.bulk.retry(seqs), self._retried)

    def run_next(self, seqs: Sequence[int]) -> None:
        """Put waiting jobs first in line."""
        self._gateway.change(self, lambda store: store.bulk.run_next(seqs), self._expedited)

    def change_priority(self, seqs: Sequence[int], step: int) -> None:
        """Raise or lower the priority of jobs."""
        self._gateway.change(self, lambda store: store.bulk.change_priority(seqs, step), self._reprioritized)

    def remove(self, seqs: Sequence[int]) -> None:
        """Take jobs out of every list, until undo brings them back."""
        self._gateway.change(self, lambda store: store.bulk.remove(seqs), self._removed)

    def undo(self) -> None:
        """Bring back what was removed last, by whomever and however long ago within a day."""
        self._gateway.change(self, lambda store: len(store.changes.undo()), self._undone)

    def set_paused(self, paused: bool) -> None:
        """Stop or go on handing out jobs."""
        self._gateway.change(self, lambda store: store.changes.set_paused(paused))

    def _cancelled(self, seqs: Sequence[int], done: Done) -> None:
        if done.asked:
            self.told.emit(tr("{n} being ended").format(n=jobs(done.asked)), False)
            QTimer.singleShot(PATIENCE, self, partial(self._look_whether_they_ended, seqs))
        else:
            self._tell(tr("{n} cancelled"), done, tr("{n} had ended already"))

    def _look_whether_they_ended(self, seqs: Sequence[int]) -> None:
        self._gateway.look(self, lambda store: store.bulk.still_running(seqs), self._ended_or_not)

    def _ended_or_not(self, running: int) -> None:
        if running:
            self.failed.emit(StillRunning(running))

    def _retried(self, done: Done) -> None:
        self._tell(tr("{n} put back into the queue"), done, tr("{n} had not ended"))

    def _expedited(self, done: Done) -> None:
        self._tell(tr("{n} run next"), done, tr("{n} did not wait"))

    def _reprioritized(self, done: Done) -> None:
        if done.refused:
            self._tell(tr("Priority of {n} changed"), done, tr("{n} can't be edited now"))

    def _removed(self, done: Done) -> None:
        self._tell(tr("{n} removed"), done, tr("{n} are running: cancel them first"), undo=done.done > 0)

    def _undone(self, count: int) -> None:
        self.told.emit(tr("{n} brought back").format(n=jobs(count)) if count else tr("Nothing to undo"), False)

    def _tell(self, words: str, done: Done, refused: str, *, undo: bool = False) -> None:
        parts = [words.format(n=jobs(done.done))] if done.done or not done.refused else []
        if done.refused:
            parts.append(refused.format(n=jobs(done.refused)))
        self.told.emit("; ".join(parts), undo)


def _rescue_where_none_lives(rescue: Callable[[Store], None], store: Store) -> None:
    from app.locks import ProcessLock

    lock = ProcessLock(store.home.runner_lock)
    if lock.take():
        try:
            rescue(store)
        finally:
            lock.release()
