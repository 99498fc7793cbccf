"""The verbs on any number of jobs at once: a few statements each, whatever their number, in one transaction.

What a verb does to a row stands here alone; ``changes`` uses it for one job. Each touches only the states that
``lifecycle.ALLOWED`` names and leaves the others as they are: between the look at a list and the click they may have
gone on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct, structs

from app.domain.job import MAX_PRIORITY, MIN_PRIORITY, WAITING, Millis, State
from app.domain.lifecycle import ALLOWED, Cause, Verb
from app.store.database import Database, by_index

_LEAVES_THE_WAIT = (
    "claimable = 0, expedited = 0, rank = NULL, ready_arrival = NULL,"
    " waited = CASE WHEN ready_arrival IS NULL THEN waited ELSE (SELECT arrivals FROM queue) - ready_arrival END"
)

_CANCEL = (
    f"UPDATE job SET state = 'cancelled', {_LEAVES_THE_WAIT}, next_retry_at = NULL, retry_delay = NULL,"
    " finished_at = CASE WHEN started_at IS NULL THEN ?1 ELSE finished_at END, updated_at = ?1 WHERE "
)
_ASK_TO_END = "UPDATE job SET cancel_requested = 1, updated_at = ?1 WHERE "
_RETRY = (
    "UPDATE job SET state = 'pending', attempts = 0, interruptions = 0, error = NULL, error_key = NULL, seen = 0,"
    " started_at = NULL, finished_at = NULL, exit_code = NULL,"
    " claimable = 1, waited = 0, ready_arrival = (SELECT arrivals FROM queue),"
    " rank = priority - (SELECT arrivals FROM queue), updated_at = ?1 WHERE "
)
LAST_REMOVAL = f"(SELECT max(removal) FROM job {by_index('job_removed')} WHERE removal > 0)"
"""The number of what a person removed last; 0 is what retention removed, which no undo of theirs is about."""

_LAST_REMOVAL = f"removal = {LAST_REMOVAL}"
_FROM_LIST = "FROM json_each(?) AS wanted CROSS JOIN job ON job.seq = wanted.value"
_UNSEEN = "state = 'dead' AND seen = 0 AND removed_at IS NULL"


_ALL = -1
"""As a LIMIT: none."""


class Done(Struct, frozen=True):
    """What a verb did.

    Attributes:
        done: to how many jobs.
        refused: how many it left as they are or did not find.
        asked: of how many of ``done`` the runner has only been asked, and will do it.
    """

    done: int
    refused: int
    asked: int = 0


class Bulk:
    """The verbs of one database, each on all jobs of a list. A job named twice counts once."""

    def __init__(self, database: Database, clock: Callable[[], Millis]) -> None:
        self._database = database
        self._clock = clock

    def cancel(self, seqs: Sequence[int]) -> Done:
        """Call jobs off. Those being run are only asked for: their runner ends them.

        The end of a run that one had stays its end; one that never ran has ended now.
        """
        waiting, running = ALLOWED[Verb.CANCEL] & WAITING, ALLOWED[Verb.CANCEL] - WAITING
        wanted = _Wanted(seqs)
        with self._database.writing():
            now = self._clock()
            self._tell(wanted, waiting, State.CANCELLED, Cause.CANCELLED, now)
            self._database.run(_CANCEL + _listed(waiting), (now, wanted.text))
            done = self._database.changes()
            self._database.run(_ASK_TO_END + _listed(running), (now, wanted.text))
            asked = self._database.changes()
            return structs.replace(wanted.done(done + asked), asked=asked)

    def still_running(self, seqs: Sequence[int]) -> int:
        """Return how many of these jobs were called off and are still being run."""
        which = "state = 'processing' AND cancel_requested = 1 AND seq IN (SELECT value FROM json_each(?))"
        return int(self._database.run(f"SELECT count(*) FROM job WHERE {which}", (_Wanted(seqs).text,))[0][0])

    def retry(self, seqs: Sequence[int]) -> Done:
        """Let finished jobs run again as if they were new: no attempts, nothing waited."""
        wanted = _Wanted(seqs)
        with self._database.writing():
            now = self._clock()
            self._tell(wanted, ALLOWED[Verb.RETRY], State.PENDING, Cause.RETRIED, now)
            self._database.run(_RETRY + _listed(ALLOWED[Verb.RETRY]), (now, wanted.text))
            return wanted.done(self._database.changes())

    def retry_all_dead(self, error_key: str | None = None) -> int:
        """Let every dead letter, or those of one kind of error, run again; return how many.

        Args:
            error_key: as in a job's ``error_key``; None for all.
        """
        which = "state = 'dead' AND removed_at IS NULL AND (?2 IS NULL OR error_key = ?2)"
        with self._database.writing():
            now = self._clock()
            self._database.run(
                "INSERT INTO event (seq, run, from_state, to_state, cause, at)"
                f" SELECT seq, run, 'dead', 'pending', ?3, ?1 FROM job WHERE {which}",
                (now, error_key, Cause.RETRIED),
            )
            self._database.run(_RETRY + which, (now, error_key))
            return self._database.changes()

    def run_next(self, seqs: Sequence[int]) -> Done:
        """Put waiting jobs first in line, in the order given; retries that are not due are made due at once.

        What was put first later goes before what was put first earlier.
        """
        wanted = _Wanted(seqs)
        with self._database.writing():
            rows = self._database.run(
                f"SELECT job.seq {_FROM_LIST} WHERE {_among(ALLOWED[Verb.RUN_NEXT])} ORDER BY wanted.key DESC",
                (wanted.text,),
            )
            if rows:
                last_first = _Wanted(seq for (seq,) in rows)
                self._database.run(
                    "UPDATE job SET claimable = 1, expedited = (SELECT expedites FROM queue) + place.key + 1,"
                    " next_retry_at = CASE WHEN state = 'failed' THEN min(next_retry_at, ?1) END, updated_at = ?1"
                    " FROM json_each(?) AS place WHERE job.seq = place.value",
                    (self._clock(), last_first.text),
                )
                self._database.run("UPDATE queue SET expedites = expedites + ?", (len(rows),))
            return wanted.done(len(rows))

    def change_priority(self, seqs: Sequence[int], step: int) -> Done:
        """Raise or lower priorities by a step, within their range; what jobs have waited stays.

        An odd old value that lies outside the range moves toward it, and never further away.
        """
        wanted = _Wanted(seqs)
        priority = f"max(min(priority + ?1, max(priority, {MAX_PRIORITY})), min(priority, {MIN_PRIORITY}))"
        with self._database.writing():
            self._database.run(
                f"UPDATE job SET priority = {priority}, rank = {priority} - ready_arrival, updated_at = ?2"
                f" WHERE {_listed(ALLOWED[Verb.EDIT])}",
                (step, self._clock(), wanted.text),
            )
            return wanted.done(self._database.changes())

    def remove(self, seqs: Sequence[int]) -> Done:
        """Take jobs out of every list, in one step that one ``undo`` brings back."""
        wanted = _Wanted(seqs)
        with self._database.writing():
            return wanted.done(self.remove_where(_listed(ALLOWED[Verb.REMOVE]), (wanted.text,)))

    def remove_where(self, which: str, values: Sequence[Any], *, same_step: bool = False) -> int:
        """Take out what a condition names, in a transaction of the caller's; return how many.

        What they have waited is frozen, so that an undo finds it as it was.

        Args:
            which: the condition, with a ``?`` for each value; it leaves out what is being run.
            values: of the condition.
            same_step: whether one undo is to bring it back together with what was removed just before.
        """
        if not self._database.run(f"SELECT 1 FROM job WHERE {which} LIMIT 1", values):
            return 0
        if not same_step:
            self._database.run("UPDATE queue SET removals = removals + 1")
        self._database.run(
            f"UPDATE job SET removed_at = ?, removal = (SELECT removals FROM queue), {_LEAVES_THE_WAIT} WHERE {which}",
            (self._clock(), *values),
        )
        return self._database.changes()

    def undoable(self, most: int = _ALL) -> int:
        """Return how many jobs the next ``undo`` would bring back.

        Args:
            most: no more are counted, so that a million cost no more than so many.
        """
        rows = self._database.run(
            f"SELECT count(*) FROM (SELECT 1 FROM job {by_index('job_removed')} WHERE {_LAST_REMOVAL} LIMIT ?)", (most,)
        )
        return int(rows[0][0])

    def mark_seen(self, seqs: Sequence[int] | None = None) -> int:
        """Note that a person has looked at dead letters; return how many were new to them.

        Args:
            seqs: which; None for all.
        """
        with self._database.writing():
            if seqs is None:
                self._database.run(f"UPDATE job {by_index('job_unseen')} SET seen = 1 WHERE {_UNSEEN}")
            else:
                which = f"{_listed(frozenset({State.DEAD}))} AND seen = 0"
                self._database.run(f"UPDATE job SET seen = 1 WHERE {which}", (_Wanted(seqs).text,))
            return self._database.changes()

    def unseen(self, most: int = _ALL) -> int:
        """Return how many dead letters nobody has looked at yet.

        Args:
            most: as in ``undoable``.
        """
        rows = self._database.run(
            f"SELECT count(*) FROM (SELECT 1 FROM job {by_index('job_unseen')} WHERE {_UNSEEN} LIMIT ?)", (most,)
        )
        return int(rows[0][0])

    def _tell(self, wanted: _Wanted, states: Collection[State], to_state: State, cause: Cause, now: Millis) -> None:
        """Record the transition of each job that is in one of these states, before it is made."""
        self._database.run(
            "INSERT INTO event (seq, run, from_state, to_state, cause, at)"
            f" SELECT job.seq, job.run, job.state, ?, ?, ? {_FROM_LIST} WHERE {_among(states)} ORDER BY wanted.key",
            (to_state, cause, now, wanted.text),
        )


class _Wanted:
    """A list of jobs as a statement takes it: the JSON of their seqs, each once."""

    def __init__(self, seqs: Iterable[int]) -> None:
        distinct = list(dict.fromkeys(seqs))
        self._count = len(distinct)
        self.text = msgspec.json.encode(distinct).decode()

    def done(self, done: int) -> Done:
        return Done(done, self._count - done)


def _listed(states: Collection[State]) -> str:
    """Return the condition for jobs of the list, its one value, that are in one of these states."""
    return f"job.seq IN (SELECT value FROM json_each(?)) AND {_among(states)}"


def _among(states: Collection[State]) -> str:
    # the plus keeps SQLite from looking each job up once for each state, in the index by state
    return f"+job.state IN ({', '.join(repr(str(state)) for state in sorted(states))}) AND job.removed_at IS NULL"
