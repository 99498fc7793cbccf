"""Taking saved jobs in as they stood, and not as new ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

from app.domain.ageing import rank, ready_arrival
from app.domain.job import WAITING, Millis, NewJob, OnDuplicate, State
from app.domain.lifecycle import Cause
from app.domain.saved_job import SavedJob
from app.store.intake import Enqueued, Intake
from app.store.tables import SPEC_COLUMNS, spec_values

_INSERT = (
    "INSERT INTO job (seq, id, state, attempts, run, claimable, ready_arrival, waited, rank, next_retry_at,"
    f" retry_delay, created_at, updated_at, {', '.join(SPEC_COLUMNS)})"
    f" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?{', ?' * len(SPEC_COLUMNS)})"
)
_INSERT_EVENT = "INSERT INTO event (seq, run, from_state, to_state, cause, at) VALUES (?, ?, NULL, ?, ?, ?)"


class Restoring(Intake):
    """Restores into one database, with everything else as ``Intake`` does it: one call, one transaction."""

    def restore(
        self,
        jobs: Iterable[SavedJob],
        on_duplicate: OnDuplicate = OnDuplicate.FAIL,
        progress: Callable[[int], None] | None = None,
    ) -> Enqueued:
        """Take saved jobs in, each with its state, its attempts, what it had waited and when it was made.

        One that was being run comes back pending, as after any interruption; one that waited for a retry is due at
        once, since how long it had still to wait was not saved. The number of its next run is its attempts and 1.

        Args:
            jobs: in the order in which equals shall run.
            on_duplicate: what to do with an id that a job has already.
            progress: is told after each chunk how many jobs have been handled.

        Raises:
            DuplicateId, CannotReplace, StoreError: as ``enqueue``; nothing was taken in.
        """
        return self.enqueue(jobs, on_duplicate, progress)

    def _insert_rows(self, named: list[tuple[int, str]], jobs: list[NewJob], arrivals: int, now: Millis) -> None:
        saved = [(seq, id, job, _state(job)) for (seq, id), job in zip(named, cast(list[SavedJob], jobs), strict=True)]
        rows = [
            (
                seq,
                id,
                state,
                job.attempts,
                job.attempts,
                int(state is State.PENDING),
                *_place(job, state, arrivals),
                *((now, 0) if state is State.FAILED else (None, None)),
                now if job.created_at is None else job.created_at,
                now,
                *spec_values(job.spec),
            )
            for seq, id, job, state in saved
        ]
        self._database.run_many(_INSERT, rows)
        self._database.run_many(
            _INSERT_EVENT, [(seq, job.attempts, state, Cause.RESTORED, now) for seq, _, job, state in saved]
        )


def _state(job: SavedJob) -> State:
    return State.PENDING if job.state is State.PROCESSING else job.state


def _place(job: SavedJob, state: State, arrivals: int) -> tuple[int | None, int, int | None]:
    """Return (ready_arrival, waited, rank)."""
    if state not in WAITING:
        return None, job.waited, None
    ready = ready_arrival(arrivals, job.waited)
    return ready, job.waited, rank(job.spec.priority, ready)
