"""One thread with one connection, on which tasks are done with the store one after the other."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.store.ordered_jobs import OrderedJobs
    from app.store.store import Store


@dataclass(frozen=True, eq=False)
class Task:
    """Work to be done on a lane.

    Attributes:
        number: under which it is answered.
        work: does it. Whatever it refers to is kept elsewhere too, until the answer has been taken.
        key: a task still waiting under the same key gives way to this one; None for none.
    """

    number: int
    work: Callable[[Desk], Any]
    key: Hashable | None = None


@dataclass(frozen=True, eq=False)
class Answer:
    """What came of a task: a value, or the error in its place."""

    number: int
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
    """A thread that does tasks in their order.

    Args:
        name: of the thread.
        store: where the store will be found once it is open.
        answered: is given each answer, on the lane's thread, and keeps it.
        finishes: whether what waits is still done at the end.
    """

    def __init__(
        self, name: str, store: Future[Store], answered: Callable[[Answer], None], *, finishes: bool = False
    ) -> None:
        self._store = store
        self._answered = answered
        self._finishes = finishes
        self._waiting: deque[Task | None] = deque()
        self._some = threading.Condition()
        self._desk: Desk | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def begin(self) -> None:
        """Do what was asked, and all that will be."""
        self._thread.start()

    def ask(self, task: Task) -> list[int]:
        """Put a task at the end of the line, and return at once; the numbers of those that gave way to it."""
        with self._some:
            older = [one for one in self._waiting if one is not None and task.key is not None and one.key == task.key]
            for one in older:
                self._waiting.remove(one)
            self._waiting.append(task)
            self._some.notify()
        return [one.number for one in older]

    def interrupt(self) -> None:
        """End what the lane's positioned reads are building, if anything."""
        if self._desk is not None and self._desk.orders is not None:
            self._desk.orders.interrupt()

    def close(self) -> None:
        """Let the thread end after what it does now, and what waits where it finishes that."""
        with self._some:
            if not self._finishes:
                self._waiting.clear()
            self._waiting.append(None)
            self._some.notify()
        self.interrupt()

    def join(self) -> None:
        """Wait for the thread's end."""
        self._thread.join()

    def _run(self) -> None:
        try:
            store = self._store.result()
            with store.connected():
                self._desk = Desk(store)
                self._work_off(partial(_do, desk=self._desk))
                if self._desk.orders is not None:
                    self._desk.orders.close()
        except Exception as error:  # noqa: BLE001  told to everybody who asks
            self._work_off(partial(_refuse, error=error))

    def _work_off(self, do: Callable[[Task], Answer]) -> None:
        while (task := self._next()) is not None:
            answer = do(task)
            # Nothing of it may end here: who asked may be a QObject, which is destroyed on its own thread alone. The
            # answer is handed over whole, and until it is taken the other thread keeps the work.
            del task
            answers = [answer]
            del answer
            self._answered(answers.pop())

    def _next(self) -> Task | None:
        with self._some:
            self._some.wait_for(lambda: self._waiting)
            return self._waiting.popleft()


def _do(task: Task, desk: Desk) -> Answer:
    try:
        return Answer(task.number, value=task.work(desk))
    except Exception as error:  # noqa: BLE001  it is raised again where it was asked, or told there
        return Answer(task.number, error=error)


def _refuse(task: Task, error: Exception) -> Answer:
    return Answer(task.number, error=error)
