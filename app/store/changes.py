"""What a person does to jobs that exist: cancel, retry, edit, run next, remove, undo, clear; pause and resume.

Each verb touches only the states that ``lifecycle.ALLOWED`` names, and looks again inside its transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from app.domain.errors import JobNotFound, WrongState
from app.domain.job import FINISHED, JobSpec, Millis, State
from app.domain.lifecycle import ALLOWED, Verb
from app.store.bulk import LAST_REMOVAL, Bulk
from app.store.database import Database, by_index
from app.store.intake import free_id
from app.store.tables import ENDED_BEFORE, JOB_COLUMNS, SPEC_COLUMNS, job_from_row, spec_values

REMOVED_FOR: Millis = 24 * 3600 * 1000
"""How long Undo can bring a removed job back."""

REMOVED = f"SELECT seq FROM job {by_index('job_to_purge')} WHERE removed_at < ? ORDER BY removed_at LIMIT ?"

_READY = "CASE WHEN state IN ('pending', 'failed') THEN (SELECT arrivals FROM queue) - waited END"
COMES_BACK = (
    "removed_at = NULL, removal = NULL, claimable = (state = 'pending'),"
    f" ready_arrival = {_READY}, rank = priority - {_READY}"
)
"""Brings a removed job back as it was."""


class Changes:
    """The verbs of one database."""

    def __init__(self, database: Database, clock: Callable[[], Millis]) -> None:
        self._database = database
        self._clock = clock
        self._bulk = Bulk(database, clock)

    def cancel(self, seq: int) -> bool:
        """Call a job off. A processing one is only asked for: its runner ends it.

        The end of a run that it had stays its end; one that never ran has ended now.

        Returns:
            Whether it is cancelled now; False when its runner has to act.

        Raises:
            JobNotFound: there is no such job.
            WrongState: it has ended.
        """
        with self._database.writing():
            state = self._checked(seq, Verb.CANCEL)
            self._bulk.cancel([seq])
            return state is not State.PROCESSING

    def retry(self, seqs: Sequence[int]) -> None:
        """Let finished jobs run again as if they were new: no attempts, nothing waited. All or none.

        Raises:
            JobNotFound: one does not exist.
            WrongState: one has not ended.
        """
        with self._database.writing():
            for seq in seqs:
                self._checked(seq, Verb.RETRY)
            self._bulk.retry(seqs)

    def retry_all_dead(self, error_key: str | None = None) -> int:
        """Let every dead letter, or those of one kind of error, run again; return how many.

        Args:
            error_key: as in a job's ``error_key``; None for all.
        """
        return self._bulk.retry_all_dead(error_key)

    def edit(self, seq: int, change: Callable[[JobSpec], JobSpec]) -> None:
        """Change what a job runs and how. What it has waited stays, also when its priority changes.

        Args:
            seq: the job.
            change: makes the new spec from the present one.

        Raises:
            JobNotFound: there is no such job.
            WrongState: it is being run, or has completed.
        """
        assignments = ", ".join(f"{column} = ?" for column in SPEC_COLUMNS)
        with self._database.writing():
            self._checked(seq, Verb.EDIT)
            row = self._database.run(f"SELECT {JOB_COLUMNS} FROM job WHERE seq = ?", (seq,))[0]
            spec = change(job_from_row(row).spec)
            self._database.run(
                f"UPDATE job SET {assignments}, rank = ? - ready_arrival, updated_at = ? WHERE seq = ?",
                (*spec_values(spec), spec.priority, self._clock(), seq),
            )

    def run_next(self, seq: int) -> None:
        """Put a waiting job first in line, a retry that is not due made due at once. The last asked goes first.

        Raises:
            JobNotFound: there is no such job.
            WrongState: it does not wait.
        """
        with self._database.writing():
            self._checked(seq, Verb.RUN_NEXT)
            self._bulk.run_next([seq])

    def remove(self, seqs: Sequence[int]) -> None:
        """Take jobs out of every list, in one step that one ``undo`` brings back. All or none.

        Raises:
            JobNotFound: one does not exist.
            WrongState: one is being run.
        """
        with self._database.writing():
            for seq in seqs:
                self._checked(seq, Verb.REMOVE)
            self._bulk.remove(seqs)

    def remove_all(self) -> int:
        """Take every job out but those being run, in one step; return how many."""
        with self._database.writing():
            return self._bulk.remove_where("removed_at IS NULL AND state <> 'processing'", ())

    def remove_finished(self, before: Mapping[State, Millis]) -> int:
        """Take out what has ended long ago, in one step that one ``undo`` brings back; return how many.

        Args:
            before: the states to look at, finished ones, and the moment before which a job of each must have ended.

        Raises:
            ValueError: a state is not one that jobs end in.
        """
        if not before.keys() <= FINISHED:
            raise ValueError("only a job that has ended is removed by its age")
        removed = 0
        with self._database.writing():
            for state, moment in before.items():
                which = f"removed_at IS NULL AND state = '{state}' AND {ENDED_BEFORE}"
                removed += self._bulk.remove_where(which, (moment,), same_step=removed > 0)
        return removed

    def cancel_all_running(self) -> list[int]:
        """Ask for the end of every job being run; return their seqs."""
        with self._database.writing():
            rows = self._database.run(
                "UPDATE job SET cancel_requested = 1, updated_at = ?"
                " WHERE state = 'processing' AND removed_at IS NULL RETURNING seq",
                (self._clock(),),
            )
            return [seq for (seq,) in rows]

    def undo(self) -> list[tuple[int, str]]:
        """Bring back what the last removal took out, as it was; return (seq, id) of each.

        A job whose id was taken meanwhile comes back under the next free one (``id-2``).
        """
        with self._database.writing():
            ((removal,),) = self._database.run(f"SELECT {LAST_REMOVAL}")
            # what one step removed was there at one time: no two of them have the same id
            back = self._database.run(
                f"UPDATE job SET {COMES_BACK} WHERE removal = ? AND NOT EXISTS"
                " (SELECT 1 FROM job AS other WHERE other.id = job.id AND other.removed_at IS NULL) RETURNING seq, id",
                (removal,),
            )
            for seq, id in self._database.run("SELECT seq, id FROM job WHERE removal = ? ORDER BY seq", (removal,)):
                name = free_id(self._database, id)
                self._database.run(f"UPDATE job SET id = ?, {COMES_BACK} WHERE seq = ?", (name, seq))
                back.append((seq, name))
            return sorted((seq, id) for seq, id in back)

    def purge(self, limit: int = 500) -> list[int]:
        """Forget for good what was removed 24 hours ago, with its history; return the seqs, whose outputs can go.

        Args:
            limit: how many at once, so that no claim waits long.
        """
        before = self._clock() - REMOVED_FOR
        if not self._database.run(REMOVED, (before, 1)):
            return []
        with self._database.writing():
            rows = self._database.run(f"DELETE FROM job WHERE seq IN ({REMOVED}) RETURNING seq", (before, limit))
            return [seq for (seq,) in rows]

    def set_paused(self, paused: bool) -> None:
        """Stop or go on handing out jobs; what runs goes on. It is stored and survives restarts."""
        with self._database.writing():
            self._database.run("UPDATE queue SET paused = ? WHERE paused <> ?", (int(paused), int(paused)))

    def _checked(self, seq: int, verb: Verb) -> State:
        """Return the state of a job that the verb may touch."""
        rows = self._database.run("SELECT state, id FROM job WHERE seq = ? AND removed_at IS NULL", (seq,))
        if not rows:
            raise JobNotFound(str(seq))
        state, id = State(rows[0][0]), rows[0][1]
        if state not in ALLOWED[verb]:
            raise WrongState(id, state, verb)
        return state
