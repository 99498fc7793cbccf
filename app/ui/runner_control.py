"""Starting and stopping the runner from the window, and how many workers it has."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from msgspec import Struct
from PySide6.QtCore import QObject, Signal

from app.desktop.process_facts import kill
from app.locks import ProcessLock
from app.messages import KnownError, Message, message
from app.store.runner_state import RunnerState
from app.store.runner_store import Ask
from app.store.store import Store
from app.ui.gateway import Gateway
from app.ui.runner_errors import REFUSAL, RunnerNotStarted, RunnerRefused, RunnerSilent
from app.ui.runner_launch import Launch, is_wanted, start_in, want, want_if_chosen
from app.ui.runner_log import last_error, log_file
from app.ui.runner_watch import Facts, Watch

PATIENCE: Final = 10_000
"""Milliseconds in which a runner has come up, or has answered."""

_COMING: Final = 6
"""So many times that long is waited for one whose process lives: what an earlier one left is ended first."""

_LEAVING: Final = frozenset({RunnerState.DRAINING, RunnerState.STOPPED})


class _Asked(Struct, frozen=True):
    """The number of what was asked of a living runner; None where none lives."""

    number: int | None


class RunnerControl(QObject):
    """Acts on the runner; nothing waits on this thread.

    A runner that it started lives on when the window is gone.

    Signals:
        started(int): a runner works; its pid. stopped: none lives any more.
        ended_by_force: one that did not answer was killed.
        workers_set(int): so many workers there are from now on.
        failed(KnownError): what was wanted did not come about.
        busy_changed: whether it is waiting for a runner to come up or to leave.

    Args:
        gateway: the way to the store.
        environ: what a runner inherits.
        parent: its owner.
        patience: milliseconds, see PATIENCE.
    """

    started = Signal(int)
    stopped = Signal()
    ended_by_force = Signal()
    workers_set = Signal(int)
    failed = Signal(object)
    busy_changed = Signal()

    def __init__(
        self, gateway: Gateway, environ: Mapping[str, str], parent: QObject | None = None, *, patience: int = PATIENCE
    ) -> None:
        super().__init__(parent)
        self._gateway = gateway
        self._environ = environ
        self._patience = patience
        self._launch: Launch | None = None
        self._slots: int | None = None
        self._children: list[subprocess.Popen[bytes]] = []
        self._is_starting = self._is_stopping = False
        self._asked_workers = 0
        self._coming = Watch(gateway, self._look_whether_it_came, self)
        self._going = Watch(gateway, self._look_whether_it_went, self)
        self._counting = Watch(gateway, self._look_for_workers, self)

    @property
    def is_starting(self) -> bool:
        """Whether a runner is coming up."""
        return self._is_starting

    @property
    def is_stopping(self) -> bool:
        """Whether a runner is asked to leave and still lives."""
        return self._is_stopping

    @property
    def has_child(self) -> bool:
        """Whether a runner that was started from here has not ended; those that have are buried on the way."""
        self._reap()
        return bool(self._children)

    def start(self, *, slots: int | None = None) -> None:
        """Have a runner, from now on: one that is leaving is followed by another.

        Args:
            slots: with so many workers, where none lives; None for option ``workers``.
        """
        self._have(slots, want)

    def start_if_chosen(self) -> None:
        """Have a runner where option ``start-runner`` says so, as a window does that has just been opened.

        A ``worker stop`` of earlier is over with it.
        """
        self._have(None, want_if_chosen)

    def start_again(self, slots: int | None) -> None:
        """Have a runner in the place of one that ended, as ``start``, unless a stop was said meanwhile."""
        self._have(slots, is_wanted)

    def stop(self, *, now: bool = False) -> None:
        """Have no runner any more.

        Args:
            now: whether what runs is ended and put back, instead of being waited for.
        """

        def ask(store: Store) -> _Asked:
            store.runner.want(False)
            return _ask(store, Ask.STOP_NOW if now else Ask.DRAIN)

        self._begin(starting=False)
        self._gateway.change(self, ask, self._asked_to_stop, self._stop_failed)

    def set_workers(self, count: int) -> None:
        """Have so many workers, now and whenever a runner starts. With fewer, running jobs end in their own time."""

        def change(store: Store) -> _Asked:
            store.options.set("workers", str(count))
            leaving = store.runner.row().state in _LEAVING
            return _Asked(None) if leaving else _ask(store, Ask.SET_SLOTS, count)

        self._gateway.change(self, change, partial(self._asked_for_workers, count), self._tell)

    def end_hanging(self) -> None:
        """Kill a runner that does not answer; what it ran is put back when the next one starts."""

        def end(store: Store) -> bool:
            row = store.runner.row()
            held = ProcessLock(store.home.runner_lock).is_held()
            return held and row.pid is not None and row.pid_created is not None and kill(row.pid, row.pid_created)

        self._begin(starting=False)
        self._gateway.change(self, end, self._ended, self._stop_failed)

    # Coming up

    def _have(self, slots: int | None, may: Callable[[Store], bool]) -> None:
        self._slots = slots
        self._begin(starting=True)
        self._launch_if(may)

    def _launch_if(self, may: Callable[[Store], bool]) -> None:
        self._reap()
        coming = self._children[-1] if self._children else None
        work = partial(start_in, may, self._slots, self._environ, coming)
        self._gateway.change(self, work, self._launched, self._start_failed)

    def _launched(self, launch: Launch | None) -> None:
        if launch is not None and launch.process is not None and launch.process not in self._children:
            self._children.append(launch.process)
        self._launch = launch
        if launch is None:
            self._rest()
        elif self._is_starting:
            self._coming.start()

    def _look_whether_it_came(self, facts: Facts) -> None:
        process = None if self._launch is None else self._launch.process
        code = None if process is None else process.poll()
        patience = self._patience if process is None else self._patience * _COMING
        is_leaving = facts.lives and facts.row.state is RunnerState.DRAINING  # once it has ended, another follows
        is_another = process is None or self._launch is None or facts.row.started_at != self._launch.before
        if facts.lives and facts.row.state is RunnerState.RUNNING and is_another:
            self._rest()
            self.started.emit(facts.row.pid or 0)
        elif not facts.lives and (process is None or code == 0):  # it said good-bye, and this one is wanted still
            self._coming.stop()
            self._launch_if(is_wanted)
        elif not facts.lives and code is not None:
            self._fail_to_start(message("ended at once (exit code {code})", code=code))
        elif self._coming.milliseconds > patience and not is_leaving:
            self._fail_to_start(message("was started, but does not say that it runs"))

    def _fail_to_start(self, what: Message) -> None:
        launch = self._launch
        if launch is None:
            return
        self._coming.stop()

        def look(_store: Store) -> KnownError:
            return RunnerNotStarted(launch.home, what, last_error(log_file(launch.home), launch.at))

        self._gateway.detail(self, look, self._start_failed)

    def _start_failed(self, error: Exception) -> None:
        if self._is_starting:
            self._rest()
        self._tell(error)

    # Leaving

    def _asked_to_stop(self, asked: _Asked) -> None:
        if self._is_stopping:
            self._going.start(asked.number)

    def _look_whether_it_went(self, facts: Facts) -> None:
        self._reap()
        is_late = self._going.milliseconds > self._patience
        if not facts.lives and (is_late or not self._children):  # its lock is free a moment before it has ended
            self._rest()
            self.stopped.emit()
        elif self._going.is_unanswered(facts) and is_late:
            self._stop_failed(RunnerSilent(facts.row.pid))

    def _ended(self, was_there: bool) -> None:
        if was_there:
            self._going.start()
            self.ended_by_force.emit()
        else:
            self._rest()

    def _stop_failed(self, error: Exception) -> None:
        if self._is_stopping:
            self._rest()
        self._tell(error)

    # How many workers

    def _asked_for_workers(self, count: int, asked: _Asked) -> None:
        self._asked_workers = count
        if asked.number is None:
            self._counting.stop()
            self.workers_set.emit(count)
        else:
            self._counting.start(asked.number)

    def _look_for_workers(self, facts: Facts) -> None:
        if not self._counting.is_unanswered(facts):
            self._counting.stop()
            if facts.answer is not None and facts.answer.startswith(REFUSAL):
                self._tell(RunnerRefused(facts.answer))
            else:  # one that has come up meanwhile went by the option
                self.workers_set.emit(self._asked_workers)
        elif self._counting.milliseconds > self._patience:
            self._counting.stop()
            self._tell(RunnerSilent(facts.row.pid))

    # Both

    def _begin(self, *, starting: bool) -> None:
        self._coming.stop()
        self._going.stop()
        self._is_starting, self._is_stopping = starting, not starting
        self.busy_changed.emit()

    def _rest(self) -> None:
        self._coming.stop()
        self._going.stop()
        self._reap()
        self._is_starting = self._is_stopping = False
        self.busy_changed.emit()

    def _reap(self) -> None:
        self._children = [child for child in self._children if child.poll() is None]

    def _tell(self, error: Exception) -> None:
        if not isinstance(error, KnownError):
            raise error
        self.failed.emit(error)


def _ask(store: Store, verb: Ask, amount: int | None = None) -> _Asked:
    if not ProcessLock(store.home.runner_lock).is_held():
        return _Asked(None)
    return _Asked(store.runner.ask(verb, amount))
