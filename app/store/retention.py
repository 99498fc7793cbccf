"""What the queue lets go of by itself: finished jobs by age and number, outputs by their size in all. Small steps only.

Dead letters are never removed by themselves, and their outputs go last. A job that is removed here can be brought back
for 24 hours like any other, but by an undo of its own (``bring_back``): Undo takes back what a person did last.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Final

import msgspec
from msgspec import Struct

from app.domain.job import Millis, State
from app.settings import Value
from app.store.changes import COMES_BACK, Changes
from app.store.database import Database, by_index
from app.store.intake import free_id
from app.store.lost_outputs import LostOutputs
from app.store.outputs import Outputs

STEP: Final = 100
"""Rows that one step touches at most: no claim waits for more."""

BY_ITSELF: Final = 0
"""The number of every removal made here; those of persons begin at 1."""

_ENDED: Final = "coalesce(finished_at, updated_at)"
_FINISHED: Final = (
    f"{by_index('job_ended')} WHERE removed_at IS NULL AND state IN ('completed', 'cancelled') AND seq > 0"
)
AGED: Final = f"SELECT seq FROM job {_FINISHED} AND state = ? AND {_ENDED} < ? ORDER BY {_ENDED} LIMIT ?"
OLDEST: Final = f"SELECT seq FROM job {_FINISHED} AND state = ? ORDER BY {_ENDED} LIMIT ?"
TAKEN_BACK: Final = f"SELECT seq, id FROM job {by_index('job_removed')} WHERE removal = {BY_ITSELF} LIMIT ?"
KEPT: Final = (
    f"SELECT run.finished_at, run.rowid, run.seq, run.run, run.kept_bytes, job.state FROM run {by_index('run_kept')}"
    " CROSS JOIN job ON job.seq = run.seq WHERE run.kept_bytes IS NOT NULL AND (run.finished_at, run.rowid) > (?, ?)"
    " ORDER BY run.finished_at, run.rowid LIMIT ?"
)
UNKNOWN: Final = (
    "SELECT value FROM json_each(?) WHERE value <= (SELECT last_seq FROM queue)"
    " AND NOT EXISTS (SELECT 1 FROM job WHERE job.seq = value)"
)
TOTAL: Final = "SELECT kept_bytes FROM queue"
_REMOVE: Final = f"UPDATE job SET removed_at = ?, removal = {BY_ITSELF} WHERE seq IN ({{which}})"
_COUNT: Final = "UPDATE run SET kept_bytes = ? WHERE seq = ? AND run = ?"
_FREED: Final = "UPDATE run SET kept_bytes = NULL, freed_by = ? WHERE seq = ? AND run = ?"


class Keep(Struct, frozen=True, kw_only=True):
    """What the options say is kept.

    Attributes:
        completed: seconds that a completed job is kept; 0 for ever.
        cancelled: the same for a cancelled one.
        completed_count: how many completed jobs are kept, the newest; 0 for all.
        outputs: bytes that all outputs may take; 0 for any number.
    """

    completed: float
    cancelled: float
    completed_count: int
    outputs: int


def kept_by(values: dict[str, Value]) -> Keep:
    """Return what the options say is kept."""
    return Keep(
        completed=float(values["keep-completed"]),
        cancelled=float(values["keep-cancelled"]),
        completed_count=int(values["keep-completed-count"]),
        outputs=int(values["keep-outputs"]),
    )


class Place(Struct, frozen=True, order=True):
    """A place in the order in which outputs are freed: when the run ended, and its row."""

    ended: Millis
    row: int


START: Final = Place(-1, -1)


class Freed(Struct, frozen=True):
    """What a step freed: how many outputs and bytes; and where the next step begins, None where there is none."""

    outputs: int
    bytes: int
    next: Place | None


class Retention:
    """The steps, of one database and its outputs. Each is one short transaction, or none where nothing is to be done.

    Files are deleted outside of transactions: nobody waits for the disk who wants to write.
    """

    def __init__(
        self, database: Database, changes: Changes, outputs: Outputs, lost: LostOutputs, clock: Callable[[], Millis]
    ) -> None:
        self._database = database
        self._changes = changes
        self._outputs = outputs
        self._lost = lost
        self._clock = clock

    def remove_aged(self, state: State, age: float) -> int:
        """Remove some jobs that have been in a finished state for longer than ``age`` seconds; return how many."""
        return self._remove(AGED, (state, self._clock() - round(age * 1000), STEP))

    def remove_surplus(self, count: int) -> int:
        """Remove some of the oldest completed jobs where there are more than ``count``; return how many."""
        ((jobs,),) = self._database.run("SELECT jobs FROM state_count WHERE state = 'completed'")
        return self._remove(OLDEST, (State.COMPLETED, min(jobs - count, STEP))) if jobs > count else 0

    def forget_removed(self) -> int:
        """Forget for good some jobs that were removed 24 hours ago, and delete what they wrote; return how many."""
        seqs = self._changes.purge(STEP)
        for seq in seqs:
            self._outputs.free(seq)
        return len(seqs)

    def bring_back(self) -> int:
        """Bring back some of the jobs that were removed here; return how many. A taken id gets a number behind it."""
        with self._database.writing():
            rows = self._database.run(TAKEN_BACK, (STEP,))
            for seq, id in rows:
                is_taken = self._database.run("SELECT 1 FROM job WHERE id = ? AND removed_at IS NULL", (id,))
                name = free_id(self._database, id) if is_taken else id
                self._database.run(f"UPDATE job SET id = ?, {COMES_BACK} WHERE seq = ?", (name, seq))
        return len(rows)

    def output_bytes(self) -> int:
        """Return how much all outputs take, as far as the database knows."""
        return int(self._database.run(TOTAL)[0][0])

    def count_outputs(self, after: Place) -> Place | None:
        """Look what some of the outputs really take, and return where to go on, None after the last.

        A person may have deleted files, and what left something running may have written on.
        """
        rows = self._database.run(KEPT, (after.ended, after.row, STEP))
        found = [(self._outputs.kept_bytes(seq, run), seq, run, known) for _, _, seq, run, known, _ in rows]
        wrong = [(size, seq, run) for size, seq, run, known in found if size != known]
        if wrong:
            with self._database.writing():
                self._database.run_many(_COUNT, wrong)
        return Place(*rows[-1][:2]) if len(rows) == STEP else None

    def free_outputs(self, after: Place, most: int, states: Collection[State]) -> Freed:
        """Delete some of the oldest outputs until all together take no more than ``most`` bytes.

        Args:
            after: where to begin.
            most: bytes.
            states: only outputs of jobs in one of these.
        """
        over = self.output_bytes() - most
        rows = self._database.run(KEPT, (after.ended, after.row, STEP)) if over > 0 else []
        gone: list[tuple[int, int]] = []
        freed = 0
        for _, _, seq, run, size, state in rows:
            # one that is held open, as on Windows, is left for the next time
            if freed < over and state in states and self._outputs.free_run(seq, run):
                gone.append((seq, run))
                freed += size
        if gone:
            with self._database.writing():
                self._database.run_many(_FREED, [("keep-outputs", seq, run) for seq, run in gone])
        is_last = freed >= over or len(rows) < STEP
        return Freed(len(gone), freed, None if is_last else Place(*rows[-1][:2]))

    def free_pruned(self, seq: int) -> bool:
        """Delete all outputs of a job because a person said so; tell whether there were any."""
        if not self._outputs.holds(seq):
            return False
        self._outputs.free(seq)
        with self._database.writing():
            self._database.run(
                "UPDATE run SET kept_bytes = NULL, freed_by = 'prune' WHERE seq = ? AND kept_bytes IS NOT NULL", (seq,)
            )
        return True

    def free_unknown(self, seqs: Iterable[int]) -> int:
        """Delete outputs of jobs that were forgotten, and whose files a kill has left; return of how many.

        A seq that was never given out here is not forgotten, nor is one that was lost when the queue was brought back.

        Args:
            seqs: of a few jobs.
        """
        rows = self._database.run(UNKNOWN, (msgspec.json.encode(list(seqs)).decode(),))
        kept = self._lost.kept() if rows else []
        forgotten = [seq for (seq,) in rows if not any(seq in numbers for numbers in kept)]
        for seq in forgotten:
            self._outputs.free(seq)
        return len(forgotten)

    def _remove(self, which: str, values: tuple[object, ...]) -> int:
        if not self._database.run(which, (*values[:-1], 1)):
            return 0
        with self._database.writing():
            self._database.run(_REMOVE.format(which=which), (self._clock(), *values))
            return self._database.changes()
