"""What a person does to jobs that exist: cancel, retry, edit, run next, remove, undo, clear; pause and resume.

Each verb touches only the states that ``lifecycle.ALLOWED`` names, and looks again inside its transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from app.domain.ageing import rank, ready_arrival
from app.domain.errors import JobNotFound, WrongState
from app.domain.job import FINISHED, JobSpec, Millis, State
from app.domain.lifecycle import ALLOWED, Cause, Verb
from app.store.database import Database
from app.store.intake import free_id
from app.store.tables import ENDED_BEFORE, JOB_COLUMNS, SPEC_COLUMNS, job_from_row, spec_values
from app.store.work import EVENT

REMOVED_FOR: Millis = 24 * 3600 * 1000
"""How long Undo can bring a removed job back."""

_LEAVES_THE_WAIT = (
    "claimable = 0, expedited = 0, rank = NULL, ready_arrival = NULL,"
    " waited = CASE WHEN ready_arrival IS NULL THEN waited ELSE (SELECT arrivals FROM queue) - ready_arrival END"
)
_RETRY = (
    "UPDATE job SET state = 'pending', attempts = 0, interruptions = 0, error = NULL, error_key = NULL, seen = 0,"
    " started_at = NULL, finished_at = NULL, exit_code = NULL,"
    " claimable = 1, waited = 0, ready_arrival = (SELECT arrivals FROM queue),"
    " rank = priority - (SELECT arrivals FROM queue), updated_at = ?"
)


class Changes:
    """The verbs of one database."""

    def __init__(self, database: Database, clock: Callable[[], Millis]) -> None:
        self._database = database
        self._clock = clock

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
            state, run = self._checked(seq, Verb.CANCEL)
            now = self._clock()
            if state is State.PROCESSING:
                self._database.run("UPDATE job SET cancel_requested = 1, updated_at = ? WHERE seq = ?", (now, seq))
                return False
            self._database.run(
                f"UPDATE job SET state = 'cancelled', {_LEAVES_THE_WAIT}, next_retry_at = NULL, retry_delay = NULL,"
                " finished_at = CASE WHEN started_at IS NULL THEN ? ELSE finished_at END, updated_at = ? WHERE seq = ?",
                (now, now, seq),
            )
            self._database.run(EVENT, (seq, run, state, State.CANCELLED, Cause.CANCELLED, now))
            return True

    def retry(self, seqs: Sequence[int]) -> None:
        """Let finished jobs run again as if they were new: no attempts, nothing waited. All or none.

        Raises:
            JobNotFound: one does not exist.
            WrongState: one has not ended.
        """
        with self._database.writing():
            now = self._clock()
            for seq in seqs:
                state, run = self._checked(seq, Verb.RETRY)
                self._database.run(f"{_RETRY} WHERE seq = ?", (now, seq))
                self._database.run(EVENT, (seq, run, state, State.PENDING, Cause.RETRIED, now))

    def retry_all_dead(self, error_key: str | None = None) -> int:
        """Let every dead letter, or those of one kind of error, run again; return how many.

        Args:
            error_key: as in a job's ``error_key``; None for all.
        """
        which = "state = 'dead' AND removed_at IS NULL AND (? IS NULL OR error_key = ?)"
        with self._database.writing():
            now = self._clock()
            self._database.run(
                "INSERT INTO event (seq, run, from_state, to_state, cause, at)"
                f" SELECT seq, run, 'dead', 'pending', ?, ? FROM job WHERE {which}",
                (Cause.RETRIED, now, error_key, error_key),
            )
            self._database.run(f"{_RETRY} WHERE {which}", (now, error_key, error_key))
            return self._database.changes()

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
            state, _ = self._checked(seq, Verb.RUN_NEXT)
            now = self._clock()
            (number,), *_ = self._database.run("UPDATE queue SET expedites = expedites + 1 RETURNING expedites")
            due = "min(next_retry_at, ?)" if state is State.FAILED else "NULL"
            values = (now,) if state is State.FAILED else ()
            self._database.run(
                f"UPDATE job SET claimable = 1, expedited = ?, next_retry_at = {due}, updated_at = ? WHERE seq = ?",
                (number, *values, now, seq),
            )

    def remove(self, seqs: Sequence[int]) -> None:
        """Take jobs out of every list, in one step that one ``undo`` brings back. All or none.

        Raises:
            JobNotFound: one does not exist.
            WrongState: one is being run.
        """
        with self._database.writing():
            for seq in seqs:
                self._checked(seq, Verb.REMOVE)
            if not seqs:
                return
            removal = self._next_removal()
            for seq in seqs:
                self._take_out("seq = ?", removal, (seq,))

    def remove_all(self) -> int:
        """Take every job out but those being run, in one step; return how many."""
        with self._database.writing():
            which = "removed_at IS NULL AND state <> 'processing'"
            if not self._database.run(f"SELECT 1 FROM job WHERE {which} LIMIT 1"):
                return 0
            self._take_out(which, self._next_removal(), ())
            return self._database.changes()

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
            removal = None
            for state, moment in before.items():
                which = f"removed_at IS NULL AND state = '{state}' AND {ENDED_BEFORE}"
                if self._database.run(f"SELECT 1 FROM job WHERE {which} LIMIT 1", (moment,)):
                    removal = self._next_removal() if removal is None else removal
                    self._take_out(which, removal, (moment,))
                    removed += self._database.changes()
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
            rows = self._database.run(
                "SELECT seq, id, state FROM job"
                " WHERE removal = (SELECT max(removal) FROM job WHERE removal IS NOT NULL) ORDER BY seq"
            )
            return [(seq, self._bring_back(seq, id, State(state))) for seq, id, state in rows]

    def purge(self, limit: int = 500) -> list[int]:
        """Forget for good what was removed 24 hours ago, with its history; return the seqs, whose outputs can go.

        Args:
            limit: how many at once, so that no claim waits long.
        """
        with self._database.writing():
            rows = self._database.run(
                "DELETE FROM job WHERE seq IN"
                " (SELECT seq FROM job WHERE removal IS NOT NULL AND removed_at < ? LIMIT ?) RETURNING seq",
                (self._clock() - REMOVED_FOR, limit),
            )
            return [seq for (seq,) in rows]

    def set_paused(self, paused: bool) -> None:
        """Stop or go on handing out jobs; what runs goes on. It is stored and survives restarts."""
        with self._database.writing():
            self._database.run("UPDATE queue SET paused = ? WHERE paused <> ?", (int(paused), int(paused)))

    def _checked(self, seq: int, verb: Verb) -> tuple[State, int]:
        """Return (state, run) of a job that the verb may touch."""
        rows = self._database.run("SELECT state, run, id FROM job WHERE seq = ? AND removed_at IS NULL", (seq,))
        if not rows:
            raise JobNotFound(str(seq))
        state, run, id = State(rows[0][0]), rows[0][1], rows[0][2]
        if state not in ALLOWED[verb]:
            raise WrongState(id, state, verb)
        return state, run

    def _next_removal(self) -> int:
        (removal,), *_ = self._database.run("UPDATE queue SET removals = removals + 1 RETURNING removals")
        return int(removal)

    def _take_out(self, which: str, removal: int, values: Sequence[int]) -> None:
        """Remove jobs; what they have waited is frozen, so that an undo finds it as it was."""
        self._database.run(
            f"UPDATE job SET removed_at = ?, removal = ?, {_LEAVES_THE_WAIT} WHERE {which}",
            (self._clock(), removal, *values),
        )

    def _bring_back(self, seq: int, id: str, state: State) -> str:
        taken = self._database.run("SELECT 1 FROM job WHERE id = ? AND removed_at IS NULL", (id,))
        name = free_id(self._database, id) if taken else id
        waits = state in ALLOWED[Verb.RUN_NEXT]
        (arrivals, waited, priority), *_ = self._database.run(
            "SELECT queue.arrivals, job.waited, job.priority FROM queue, job WHERE job.seq = ?", (seq,)
        )
        ready = ready_arrival(arrivals, waited) if waits else None
        self._database.run(
            "UPDATE job SET id = ?, removed_at = NULL, removal = NULL, claimable = ?, ready_arrival = ?, rank = ?"
            " WHERE seq = ?",
            (name, int(state is State.PENDING), ready, None if ready is None else rank(priority, ready), seq),
        )
        return name
