"""The window's one way to the store: the GUI thread asks, threads with connections of their own answer.

No question is answered before the store is open; what is asked earlier waits.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal
from shiboken6 import isValid

from app.messages import KnownError, message
from app.store.errors import HomeGone
from app.ui.lane import Answer, Desk, Lane, Task
from app.ui.throttle import Throttle

if TYPE_CHECKING:
    from app.desktop.doorbell_listener import DoorbellListener
    from app.store.ordered_jobs import OrderedJobs
    from app.store.store import Store

T = TypeVar("T")
Then = Callable[[T], None]
Failed = Callable[[Exception], None]

GATHER = 100
"""Milliseconds: so often at most the window looks again, however often the database changes."""

SAFETY, UNSEEN_SAFETY = 2.0, 10.0
"""Seconds between two looks that need no ring: while the window is seen, and while it is not."""


class DatabaseLost(KnownError):
    """Somebody moved or deleted the queue under the window."""

    is_damage = True

    def __init__(self, home: Path) -> None:
        super().__init__(
            "The queue in {home} is not there any more: it was moved or deleted. Nothing that is done here is kept",
            home=home,
            remedy=message("Put it back, or have it brought back from a backup."),
        )


class OpenedAgain(KnownError):
    """What was asked was not answered: the queue is opened anew."""

    def __init__(self) -> None:
        super().__init__("The queue is opened anew")


@dataclass(frozen=True)
class Signs:
    """What nobody rings for: a writer that died before it rang, a runner that was killed or hangs, a lost home."""

    version: int
    runner_lives: bool
    runner_answers: bool
    runner_neglects: bool
    is_there: bool
    is_another: bool


def _signs(store: Store) -> Signs:
    from app.locks import ProcessLock
    from app.ui.looks import PATIENCE

    is_gone, is_there = store.database.is_gone, store.home.database.exists()
    return Signs(
        version=store.database.data_version(),
        runner_lives=ProcessLock(store.home.runner_lock).is_held(),
        runner_answers=not store.runner.unanswered_since(store.clock() - PATIENCE),
        runner_neglects=store.runner.neglects_since(store.clock() - PATIENCE),
        is_there=is_there,
        is_another=is_gone and is_there,
    )


@dataclass(frozen=True)
class Question:
    """Who asked, and who is to hear of it; with the work, so that nothing of it ends on another thread."""

    owner: QObject
    then: Callable[[Any], None] | None
    failed: Callable[[Exception], None] | None
    work: Callable[[Desk], object] | None = None


class Gateway(QObject):
    """Asks the store on behalf of everything that is shown; what is asked before ``begin`` waits.

    Signals:
        opened: the store is open, or open again. refused(KnownError): it can't be opened.
        lost(KnownError): the database is not there any more, or damaged.
        changed: the database changed, by whomever; gathered, at most every GATHER ms.
        failed(KnownError): a question failed, and who asked it has no way of its own to tell.

    Args:
        open_store: opens it; called on another thread.
        parent: its owner.
    """

    opened = Signal()
    lost = Signal(object)
    refused = Signal(object)
    changed = Signal()
    failed = Signal(object)
    _answered = Signal()
    _open_ended = Signal()

    def __init__(self, open_store: Callable[[], Store], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._open_ended.connect(self._when_open, Qt.ConnectionType.QueuedConnection)
        self._open_store = open_store
        self._questions: dict[int, Question] = {}
        self._answers: deque[Answer] = deque()
        self._asked = 0
        self._closed = False
        self._signs: Signs | None = None
        self._is_lost = self._is_gone = self._has_refused = False
        self._bell: DoorbellListener | None = None
        self._safety = SAFETY
        self._gather = Throttle(GATHER, self)
        self._gather.passed.connect(self.changed)
        self._lanes: list[Lane] = []
        self._opener: threading.Thread | None = None
        self._has_begun = False
        self._prepare(open_store)

    @property
    def is_open(self) -> bool:
        """Whether the store is open; what is shown is then read by whoever hears ``changed``."""
        return self._bell is not None

    @property
    def is_refused(self) -> bool:
        """Whether there is no queue: it can't be opened, or is not there any more."""
        return self._is_lost or self._has_refused

    def begin(self) -> None:
        """Open the store, and answer from then on. Call it once; ``open_again`` does so too."""
        self._has_begun = True
        for lane in self._lanes:
            lane.begin()
        if self._opener is not None:
            self._opener.start()

    def look(
        self,
        owner: QObject,
        work: Callable[[Store], T],
        then: Then[T],
        failed: Failed | None = None,
        key: Hashable | None = None,
    ) -> None:
        """Read something that takes a few milliseconds.

        Args:
            owner: who asks; when it is gone, nobody hears the answer.
            work: does the reading, on another thread.
            then: is given what was read, on this thread.
            failed: is given the error; None leaves a known one to the signal ``failed``.
            key: a question that still waits under the same key is dropped for this one.
        """
        self._ask(self._looks, lambda desk: work(desk.store), Question(owner, then, failed), key)

    def detail(
        self,
        owner: QObject,
        work: Callable[[Store], T],
        then: Then[T],
        failed: Failed | None = None,
        key: Hashable | None = None,
    ) -> None:
        """Read something that may take a while: an output, a find in it. Otherwise as ``look``."""
        self._ask(self._details, lambda desk: work(desk.store), Question(owner, then, failed), key)

    def file(
        self,
        owner: QObject,
        work: Callable[[Store], T],
        then: Then[T],
        failed: Failed | None = None,
        key: Hashable | None = None,
    ) -> None:
        """Read or write a file of the person's, which may take minutes. Otherwise as ``look``."""
        self._ask(self._files, lambda desk: work(desk.store), Question(owner, then, failed), key)

    def change(
        self, owner: QObject, work: Callable[[Store], T], then: Then[T] | None = None, failed: Failed | None = None
    ) -> None:
        """Write something; changes are made in the order in which they are asked for. Otherwise as ``look``."""
        self._ask(self._changes, lambda desk: work(desk.store), Question(owner, then, failed))

    def table(
        self,
        owner: QObject,
        work: Callable[[OrderedJobs], T],
        then: Then[T],
        failed: Failed | None = None,
        *,
        sorter: int | None,
        key: Hashable | None = None,
    ) -> None:
        """Read by position. Otherwise as ``look``.

        Args:
            owner: as for ``look``, like what is not named here.
            work: is given the positioned reads of its thread.
            then: is given what was read.
            failed: is given the error.
            sorter: None where an index serves the view; else the number, 0 or 1, of one of the two threads that sort.
                One gives the pages of the order that is shown, while the other makes the next.
            key: as for ``look``.
        """
        lane = self._looks if sorter is None else self._sorters[sorter]
        self._ask(lane, lambda desk: work(desk.ordered), Question(owner, then, failed), key)

    def interrupt_sorting(self, sorter: int) -> None:
        """End the sort that is going on there; who asked for it is told Interrupted."""
        self._sorters[sorter].interrupt()

    def set_seen(self, is_seen: bool) -> None:
        """Say whether anybody looks at what is shown: what nobody rings for may be found later where not."""
        self._safety = SAFETY if is_seen else UNSEEN_SAFETY
        if self._bell is not None:
            self._bell.set_safety(self._safety)
            self._look_for_changes()

    def close(self) -> None:
        """Make the changes that were asked for, drop what else waits, and end all threads; nothing is answered."""
        if self._closed:
            return
        self._closed = True
        if self._bell is not None:
            self._bell.deleteLater()
        if not self._has_begun:
            return
        for lane in self._lanes:
            lane.close()
        if self._opener is not None:
            self._opener.join()
        for lane in self._lanes:
            lane.join()

    def open_again(self, open_store: Callable[[], Store] | None = None) -> None:
        """Let go of the database, and open it anew: it was brought back, or is to be.

        Changes that were asked for are made before; what else waits is answered by OpenedAgain.

        Args:
            open_store: opens it, on another thread, when nothing has it open here; None for as at first.
        """
        questions = list(self._questions.values())
        self._questions.clear()
        if self._bell is not None:
            self._bell.deleteLater()
            self._bell = None
        self._signs = None
        self._is_lost = self._is_gone = self._has_refused = False
        self._prepare(open_store or self._open_store)
        self.begin()
        for question in questions:
            self._tell_failure(question, OpenedAgain())

    def _prepare(self, open_store: Callable[[], Store]) -> None:
        """Make threads, one of which opens the store when those of before have ended; ``begin`` starts them."""
        before, opener = self._lanes, self._opener
        for lane in before:
            lane.close()
        self._store: Future[Store] = Future()
        # Quick looks wait neither behind a sort of a million rows, nor a find in a gigabyte, nor a locked database.
        self._looks, self._details, self._files, self._changes, *self._sorters = self._lanes = [
            # what a person asked to be changed is changed, also when the window closes at once
            Lane(name, self._store, self._take, finishes=name == "changes")
            for name in ("looks", "details", "files", "changes", "sorter 0", "sorter 1")
        ]
        args = (open_store, self._store, before, opener)
        self._opener = threading.Thread(target=self._open, args=args, name="opener", daemon=True)

    def _open(
        self,
        open_store: Callable[[], Store],
        opened: Future[Store],
        before: list[Lane],
        opener: threading.Thread | None,
    ) -> None:
        if opener is not None:
            opener.join()
        for lane in before:
            lane.join()
        try:
            opened.set_result(open_store())
        except Exception as error:  # noqa: BLE001  told where it can be shown
            opened.set_exception(error)
        self._open_ended.emit()

    def _when_open(self) -> None:
        if self._closed or not self._store.done():  # it is being opened anew already
            return
        error = self._store.exception()
        if isinstance(error, KnownError):
            self._has_refused = True
            self.refused.emit(error)
            return
        if error is not None:
            raise error
        from app.desktop.doorbell_listener import DoorbellListener

        store = self._store.result()
        self._bell = DoorbellListener(store.home.ring, store.doorbell.hang, self._look_for_changes, self._safety, self)
        self._bell.rung.connect(self._gather.call)
        self.opened.emit()
        self._gather.call()

    def _look_for_changes(self) -> bool:
        """Have the signs of life looked at where that is allowed; what is found comes later, as a change."""
        self.look(self, _signs, self._signs_seen, key="signs")
        return False

    def _signs_seen(self, signs: Signs) -> None:
        if signs.is_another or (self._is_gone and signs.is_there):  # somebody brought the queue back, or put it back
            self.open_again()
            return
        if not signs.is_there:
            self._lose(DatabaseLost(self._store.result().home.root))
        if signs != self._signs:
            self._signs = signs
            self._gather.call()

    def _lose(self, error: KnownError) -> None:
        self._is_gone |= isinstance(error, DatabaseLost | HomeGone)
        if not self._is_lost:
            self._is_lost = True
            self.lost.emit(error)

    def _ask(self, lane: Lane, work: Callable[[Desk], object], question: Question, key: Hashable | None = None) -> None:
        self._asked += 1
        self._questions[self._asked] = replace(question, work=work)
        for number in lane.ask(Task(self._asked, work, key)):
            del self._questions[number]

    def _take(self, answer: Answer) -> None:
        """Be given an answer, on the thread of a lane."""
        self._answers.append(answer)
        del answer
        self._answered.emit()

    def _deliver(self) -> None:
        answer = self._answers.popleft()
        question = self._questions.pop(answer.number, None)
        if self._closed or question is None or not isValid(question.owner):
            return
        if answer.error is not None:
            self._tell_failure(question, answer.error)
        elif question.then is not None:
            question.then(answer.value)

    def _tell_failure(self, question: Question, error: Exception) -> None:
        if isinstance(error, KnownError) and error.is_damage and self._store.done() and not self._store.exception():
            self._lose(error)
        if not isValid(question.owner):
            return
        if question.failed is not None:
            question.failed(error)
        elif isinstance(error, OpenedAgain):
            return  # who has no way of its own to hear of it asks again
        elif isinstance(error, KnownError):
            self.failed.emit(error)
        else:
            raise error
