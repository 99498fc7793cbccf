"""One thread with one connection, on which questions to the store are worked off one after the other."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from app.store.ordered_jobs import OrderedJobs
    from app.store.store import Store


@dataclass(frozen=True, eq=False)
class Question:
    """Something to be done with the store on another thread.

    Attributes:
        owner: who asks; when it is gone, nobody hears the answer.
        work: does it, on the lane's thread.
        then: is given the result, on the owner's thread.
        failed: is given the error, there too; None leaves it to the gateway.
        key: a question still waiting under the same key is dropped for this one; None for none.
    """

    owner: QObject
    work: Callable[[Desk], Any]
    then: Callable[[Any], None] | None
    failed: Callable[[Exception], None] | None = None
    key: Hashable | None = None


@dataclass(frozen=True)
class Answer:
    """What came of a question: a value, or the error in its place."""

    question: Question
    value: Any = None
    error: Exception | None = None


@dataclass
class Desk:
    """What lies ready on a lane's thread: the store, connected, and its positioned reads."""

    store: Store
    _ordered: OrderedJobs | None = field(default=None, init=False)

    @property
    def ordered(self) -> OrderedJobs:
        """The positioned reads of this thread, made when first asked for."""
        if self._ordered is None:
            self._ordered = self.store.ordered()
        return self._ordered

    @property
    def orders(self) -> OrderedJobs | None:
        """The positioned reads, where they were asked for at all."""
        return self._ordered


class Lane:
    """A thread that answers questions in their order.

    Args:
        name: of the thread.
        store: where the store will be found once it is open.
        answered: is given each answer, on the lane's thread.
    """

    def __init__(self, name: str, store: Future[Store], answered: Callable[[Answer], None]) -> None:
        self._store = store
        self._answered = answered
        self._waiting: deque[Question | None] = deque()
        self._some = threading.Condition()
        self._desk: Desk | None = None
        self._thread = threading.Thread(target=self._work_off, name=name, daemon=True)
        self._thread.start()

    def ask(self, question: Question) -> None:
        """Put a question at the end of the line; returns at once."""
        with self._some:
            if question.key is not None:
                for older in [one for one in self._waiting if one is not None and one.key == question.key]:
                    self._waiting.remove(older)
            self._waiting.append(question)
            self._some.notify()

    def interrupt(self) -> None:
        """End what the lane's positioned reads are building, if anything."""
        if self._desk is not None and self._desk.orders is not None:
            self._desk.orders.interrupt()

    def close(self) -> None:
        """Drop what waits, and let the thread end after what it does now."""
        with self._some:
            self._waiting.clear()
            self._waiting.append(None)
            self._some.notify()
        self.interrupt()

    def join(self) -> None:
        """Wait for the thread's end."""
        self._thread.join()

    def _work_off(self) -> None:
        try:
            store = self._store.result()
        except Exception:  # noqa: BLE001  the gateway tells it; nothing is ever asked of this lane
            return
        with store.connected():
            self._desk = Desk(store)
            while (question := self._next()) is not None:
                self._answered(_answer(question, self._desk))
            if self._desk.orders is not None:
                self._desk.orders.close()

    def _next(self) -> Question | None:
        with self._some:
            self._some.wait_for(lambda: self._waiting)
            return self._waiting.popleft()


def _answer(question: Question, desk: Desk) -> Answer:
    try:
        return Answer(question, value=question.work(desk))
    except Exception as error:  # noqa: BLE001  it is raised again where it was asked, or told there
        return Answer(question, error=error)
