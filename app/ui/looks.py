"""What the sidebar and the status bar show, read in one go: a few milliseconds, however many jobs there are."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from app.domain.job import Millis, State
from app.locks import ProcessLock
from app.store.pace import Pace
from app.store.runner_state import RunnerState
from app.store.store import Store

MOST: Final = 10_000
"""Beyond so many, new dead letters and jobs that an undo would bring back are not counted: show "10,000+"."""

PATIENCE: Final[Millis] = 10_000
"""Milliseconds in which a runner that is well has answered."""

_MINUTE: Final[Millis] = 60_000


class RunnerLook(Struct, frozen=True, kw_only=True):
    """The runner as it is now.

    Attributes:
        lives: whether one holds the lock. The rest is what it, or the one before it, said of itself.
        state: what it does; STOPPED where none lives.
        pid: with ``pid_created`` its process, as ``process_facts`` knows it.
        slots: how many workers it has; 0 where none lives.
        wanted: whether a runner is wanted; False after ``worker stop``.
        neglects: whether a job has waited for over PATIENCE though a worker is free: ask it whether it hears.
        failed_asks: how many requests it has left unanswered for over PATIENCE; 0 where none lives.
    """

    lives: bool
    state: RunnerState
    pid: int | None
    pid_created: float | None
    slots: int
    version: str | None
    started_at: Millis | None
    wanted: bool
    neglects: bool
    failed_asks: int

    @property
    def answers(self) -> bool:
        """Whether it lives and nothing has waited too long for its answer."""
        return self.lives and not self.failed_asks


class QueueLook(Struct, frozen=True, kw_only=True):
    """The queue as it is now.

    Attributes:
        counts: jobs in each state.
        unseen: dead letters that nobody has looked at, at most MOST.
        notices: notices that nobody has looked at.
        paused: whether nothing is handed out.
        lacks_space: whether less is free on the disk than is to stay free, so that nothing is handed out.
        runner: who works.
        jobs_a_minute: how many jobs were completed within the last minute.
        undoable: how many jobs the next undo would bring back, at most MOST; 0 where there is nothing to undo.
    """

    counts: dict[State, int]
    unseen: int
    notices: int
    paused: bool
    lacks_space: bool
    runner: RunnerLook
    jobs_a_minute: int
    undoable: int

    @property
    def total(self) -> int:
        """All jobs."""
        return sum(self.counts.values())


def queue_look(store: Store) -> QueueLook:
    """Look at a queue, all as of one moment but for whether the runner lives."""
    runner = runner_look(store)
    with store.database.reading():
        return QueueLook(
            counts=store.reads.counts(),
            unseen=store.bulk.unseen(MOST),
            notices=store.notices.unseen(),
            paused=store.reads.is_paused(),
            lacks_space=store.lacks_space(),
            runner=runner,
            jobs_a_minute=Pace(store.database).completed_since(store.clock() - _MINUTE),
            undoable=store.bulk.undoable(MOST),
        )


def runner_look(store: Store) -> RunnerLook:
    """Look at the runner of a queue."""
    lives = ProcessLock(store.home.runner_lock).is_held()
    row = store.runner.row()
    return RunnerLook(
        lives=lives,
        state=row.state if lives else RunnerState.STOPPED,
        pid=row.pid,
        pid_created=row.pid_created,
        slots=row.slots if lives else 0,
        version=row.version,
        started_at=row.started_at,
        wanted=row.wanted == "running",
        neglects=lives and store.runner.neglects_since(store.clock() - PATIENCE),
        failed_asks=store.runner.unanswered_since(store.clock() - PATIENCE) if lives else 0,
    )
