"""Looking at the queue: counts, pages, one job with its history, and why it does not run."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from functools import reduce
from operator import and_, or_
from typing import Any

from msgspec import Struct
from peewee import SQL

from app.domain.errors import JobNotFound
from app.domain.job import Event, Job, Millis, Run, State
from app.domain.waiting import QueueFacts
from app.store.database import Database, Row, by_index
from app.store.errors import UnreadableJob
from app.store.tables import (
    ENDED_BEFORE,
    EVENT,
    JOB,
    JOB_COLUMNS,
    RUN,
    RUN_COLUMNS,
    event_from_row,
    job_from_row,
    run_from_row,
)
from app.store.views import EVERY, Filter

_PAGE = 1000

# Three ranges of the index instead of one condition over all that can be claimed: 0.26 s among 300,000, however few
# of them are ahead.
_AHEAD_BY = f"(SELECT count(*) FROM job {by_index('job_to_claim')} WHERE claimable = 1 AND "
AHEAD = (
    f"SELECT {_AHEAD_BY} expedited > e) + {_AHEAD_BY} expedited = e AND rank > r)"
    f" + {_AHEAD_BY} expedited = e AND rank = r AND seq < s)"
    " FROM (SELECT expedited AS e, rank AS r, seq AS s FROM job WHERE seq = ?)"
)


class Order(Enum):
    """How a list is ordered; ties by seq. The value is (column or expression, descending)."""

    NEWEST = ("seq", True)
    OLDEST = ("seq", False)
    ID = ("id", False)
    STATE = ("state", False)
    PRIORITY = ("priority", True)
    EFFECTIVE = ("priority + waited", True)
    ATTEMPTS = ("attempts", True)
    STARTED = ("started_at", True)
    FINISHED = ("finished_at", True)


class Details(Struct, frozen=True, kw_only=True):
    """One job with all its runs and events, oldest first."""

    job: Job
    runs: list[Run]
    events: list[Event]


class Reads:
    """The reads of one database. None of them writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def by_id(self, id: str) -> Job:
        """Return the job that has this id.

        Raises:
            JobNotFound: none has.
        """
        rows = self._database.run(f"SELECT {JOB_COLUMNS} FROM job WHERE id = ? AND removed_at IS NULL", (id,))
        if not rows:
            raise JobNotFound(id)
        return job_from_row(rows[0])

    def by_seq(self, seq: int) -> Job:
        """Return the job of this number.

        Raises:
            JobNotFound: there is none, or it was removed.
        """
        rows = self._database.run(f"SELECT {JOB_COLUMNS} FROM job WHERE seq = ? AND removed_at IS NULL", (seq,))
        if not rows:
            raise JobNotFound(str(seq))
        return job_from_row(rows[0])

    def details(self, seq: int) -> Details:
        """Return a job with its history, all as of one moment.

        Raises:
            JobNotFound: there is none.
            UnreadableJob: its history holds what nobody has written.
        """
        with self._database.reading():
            runs = RUN.select(SQL(RUN_COLUMNS)).where(RUN.c.seq == seq).order_by(RUN.c.run).tuples()
            events = (
                EVENT.select(EVENT.c.at, EVENT.c.run, EVENT.c.from_state, EVENT.c.to_state, EVENT.c.cause)
                .where(EVENT.c.seq == seq)
                .order_by(EVENT.c.event)
                .tuples()
            )
            return Details(
                job=self.by_seq(seq),
                runs=[run_from_row(row) for row in self._database.query(runs)],
                events=_events(seq, self._database.query(events)),
            )

    def counts(self) -> dict[State, int]:
        """Return how many jobs are in each state, in constant time: triggers keep them."""
        found = {str(state): int(jobs) for state, jobs in self._database.run("SELECT state, jobs FROM state_count")}
        return {state: found.get(state, 0) for state in State}

    def count(self, filter: Filter = EVERY) -> int:
        """Return how many jobs match; in constant time where only states are asked for."""
        if not filter.text and filter.error_key is None:
            counts = self.counts()
            return sum(counts[state] for state in filter.states or frozenset(State))
        query = JOB.select(SQL("count(*)")).where(_condition(filter)).tuples()
        return int(self._database.query(query)[0][0])

    def page(
        self, filter: Filter = EVERY, order: Order = Order.NEWEST, position: int = 0, length: int = 100
    ) -> list[Job]:
        """Return the jobs at ``position`` and after it, at most ``length``."""
        by, descending = order.value
        direction = "DESC" if descending else "ASC"
        ties = "" if by == "seq" else f", seq {direction}"
        query = (
            JOB.select(SQL(JOB_COLUMNS))
            .where(_condition(filter))
            .order_by(SQL(f"{_expression(by)} {direction}{ties}"))
            .limit(length)
            .offset(position)
            .tuples()
        )
        return [job_from_row(row) for row in self._database.query(query)]

    def newest_first(self, filter: Filter = EVERY, limit: int | None = None) -> Iterator[Job]:
        """Yield all jobs that match, newest first: a page at a time, by key, so that nothing is held open meanwhile."""
        before: int | None = None
        left = limit
        while left is None or left > 0:
            length = _PAGE if left is None else min(_PAGE, left)
            condition = _condition(filter)
            if before is not None:
                condition &= JOB.c.seq < before
            query = JOB.select(SQL(JOB_COLUMNS)).where(condition).order_by(JOB.c.seq.desc()).limit(length).tuples()
            jobs = [job_from_row(row) for row in self._database.query(query)]
            yield from jobs
            if len(jobs) < length:
                return
            before = jobs[-1].seq
            left = None if left is None else left - len(jobs)

    def oldest_first(self, filter: Filter = EVERY) -> Iterator[Job]:
        """Yield all jobs that match, oldest first, as ``newest_first`` does; what comes meanwhile comes too."""
        after = 0
        while True:
            condition = _condition(filter) & (JOB.c.seq > after)
            query = JOB.select(SQL(JOB_COLUMNS)).where(condition).order_by(JOB.c.seq).limit(_PAGE).tuples()
            jobs = [job_from_row(row) for row in self._database.query(query)]
            yield from jobs
            if len(jobs) < _PAGE:
                return
            after = jobs[-1].seq

    def ended_before(self, state: State, moment: Millis) -> Iterator[int]:
        """Yield the seqs of jobs that have been in a finished state since before a moment, a page at a time."""
        after = 0
        while True:
            rows = self._database.run(
                f"SELECT seq FROM job {by_index('job_by_state')} WHERE state = ? AND removed_at IS NULL AND seq > ?"
                f" AND {ENDED_BEFORE} ORDER BY seq LIMIT {_PAGE}",
                (state, after, moment),
            )
            yield from (seq for (seq,) in rows)
            if len(rows) < _PAGE:
                return
            after = rows[-1][0]

    def is_paused(self) -> bool:
        """Whether the queue hands out nothing."""
        return bool(self._database.run("SELECT paused FROM queue")[0][0])

    def deaths_since(self, event: int) -> int:
        """Return how many jobs became dead after an event; see ``last_event``."""
        rows = self._database.run(
            "SELECT count(*) FROM event WHERE event > ? AND from_state = 'processing' AND to_state = 'dead'", (event,)
        )
        return int(rows[0][0])

    def last_event(self) -> int:
        """Return the number of the newest event; 0 where there is none."""
        return int(self._database.run("SELECT coalesce(max(event), 0) FROM event")[0][0])

    def facts(self, job: Job, *, runner_lives: bool, now: Millis, lacks_space: bool = False) -> QueueFacts:
        """Return what decides whether a waiting job runs now; see ``domain.waiting.explain``."""
        row = self._database.run("SELECT state, slots FROM runner")[0]
        ahead = self._database.run(AHEAD, (job.seq,))
        return QueueFacts(
            runner_lives=runner_lives,
            runner_drains=row[0] == "draining",
            slots=row[1],
            working=self.counts()[State.PROCESSING],
            paused=self.is_paused(),
            lacks_space=lacks_space,
            ahead=ahead[0][0],
            now=now,
        )


def _expression(by: str) -> str:
    if by == "priority + waited":
        arrivals = "(SELECT arrivals FROM queue)"
        return f"priority + CASE WHEN ready_arrival IS NULL THEN waited ELSE {arrivals} - ready_arrival END"
    return by


def _condition(filter: Filter) -> Any:
    parts: list[Any] = [JOB.c.removed_at.is_null()]
    if filter.states:
        parts.append(JOB.c.state.in_(sorted(filter.states)))
    if filter.text:
        # contains() escapes the wildcards of LIKE
        parts.append(
            reduce(or_, (column.contains(filter.text) for column in (JOB.c.id, JOB.c.command, JOB.c.argv, JOB.c.error)))
        )
    if filter.error_key is not None:
        parts.append(JOB.c.error_key == filter.error_key)
    return reduce(and_, parts)


def _events(seq: int, rows: list[Row]) -> list[Event]:
    try:
        return [event_from_row(row) for row in rows]
    except ValueError as wrong:
        raise UnreadableJob(seq, str(wrong)) from wrong
