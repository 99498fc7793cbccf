"""What a queue says of its past: rows, runs, events and counters, read as of one moment, and what was done to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import apsw

from tests.chaos.witness import Line


@dataclass(frozen=True, kw_only=True)
class JobRow:
    """A job as it stands."""

    seq: int
    id: str
    state: str
    attempts: int
    run: int
    max_retries: int
    ready_arrival: int | None
    is_removed: bool


@dataclass(frozen=True, kw_only=True)
class RunRow:
    """A run; ``outcome`` is None while it has no end."""

    run: int
    session: int | None
    token: str
    outcome: str | None
    output_bytes: int | None


@dataclass(frozen=True, kw_only=True)
class EventRow:
    """A transition."""

    event: int
    run: int
    from_state: str | None
    to_state: str
    cause: str


@dataclass
class Life:
    """One job with all that is recorded of it, and what its runs said to the witness."""

    job: JobRow
    runs: list[RunRow]
    events: list[EventRow]
    lines: Sequence[Line] = ()


@dataclass
class Whole:
    """What is true of the queue as a whole.

    Attributes:
        damage: what SQLite's checks say; empty where nothing is wrong.
        counters: by state, how many jobs the program has counted.
        counted: by state, how many rows there are.
        arrivals: how many calls have brought jobs.
        last_seq: the highest number that was given out.
        highest_seq: the highest number of a row.
        claims: (event, session) of each claim, in order.
    """

    damage: list[str]
    counters: dict[str, int]
    counted: dict[str, int]
    arrivals: int
    last_seq: int
    highest_seq: int
    claims: Iterable[tuple[int, int | None]]


@dataclass
class Call:
    """One call that brings jobs, as whoever made it knows it.

    Attributes:
        ids: of its jobs.
        is_in: True where it said that they are in, False where it was refused, None where it was killed before it said.
    """

    ids: Sequence[str]
    is_in: bool | None = None


@dataclass
class Deeds:
    """What was done to a queue from outside.

    Attributes:
        calls: that brought jobs.
        upgraded: ids of jobs that came with a database of 1.0.
        ends: by id, the states in which a job may end; of one that is not named, nothing is known.
    """

    calls: list[Call] = field(default_factory=list)
    upgraded: frozenset[str] = frozenset()
    ends: dict[str, frozenset[str]] = field(default_factory=dict)

    def will_bring(self, jobs: Sequence[dict[str, Any]], ends: Sequence[frozenset[str]]) -> Call:
        """Note that a call is about to bring jobs, each with the states in which it may end; return it."""
        call = Call([job["id"] for job in jobs])
        self.calls.append(call)
        self.ends.update(zip(call.ids, ends, strict=True))
        return call


_JOBS = "SELECT seq, id, state, attempts, run, max_retries, ready_arrival, removed_at IS NOT NULL FROM job ORDER BY seq"
_RUNS = "SELECT seq, run, session, token, outcome, output_bytes FROM run ORDER BY seq, run"
_EVENTS = "SELECT seq, event, run, from_state, to_state, cause FROM event ORDER BY seq, event"
_CLAIMS = (
    "SELECT event.event, run.session FROM event JOIN run ON run.seq = event.seq AND run.run = event.run"
    " WHERE event.to_state = 'processing' ORDER BY event.event"
)


class History:
    """A database, as of the moment of the first look. Nothing is written, and no WAL is moved into the file."""

    def __init__(self, database: Path) -> None:
        self._connection = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READWRITE)
        self._connection.set_busy_timeout(60_000)
        self._connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        self._connection.execute("BEGIN")

    def close(self) -> None:
        """Let the moment go."""
        self._connection.close()

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """What a question answers."""
        return self._connection.cursor().execute(sql)

    def lives(self, lines: dict[str, list[Line]]) -> Iterator[Life]:
        """Every job, one after the other, so that a million need no memory."""
        runs, events = _Grouped(self.rows(_RUNS)), _Grouped(self.rows(_EVENTS))
        for seq, id, state, attempts, run, max_retries, ready_arrival, is_removed in self.rows(_JOBS):
            job = JobRow(
                seq=seq,
                id=id,
                state=state,
                attempts=attempts,
                run=run,
                max_retries=max_retries,
                ready_arrival=ready_arrival,
                is_removed=bool(is_removed),
            )
            yield Life(
                job,
                [
                    RunRow(run=run, session=session, token=token, outcome=outcome, output_bytes=output)
                    for _, run, session, token, outcome, output in runs.of(seq)
                ],
                [
                    EventRow(event=event, run=run, from_state=before, to_state=after, cause=cause)
                    for _, event, run, before, after, cause in events.of(seq)
                ],
                lines.get(id, ()),
            )

    def whole(self) -> Whole:
        """What is true of all of it."""
        ((arrivals, last_seq, highest),) = self.rows(
            "SELECT arrivals, last_seq, (SELECT coalesce(max(seq), 0) FROM job) FROM queue"
        )
        damage = [str(line) for (line,) in self.rows("PRAGMA integrity_check(5)")]
        loose = [f"a row of {table} belongs to no job" for table, *_ in self.rows("PRAGMA foreign_key_check")]
        return Whole(
            damage=([] if damage == ["ok"] else damage) + loose,
            counters=dict(self.rows("SELECT state, jobs FROM state_count WHERE jobs > 0")),
            counted=dict(self.rows("SELECT state, count(*) FROM job WHERE removed_at IS NULL GROUP BY state")),
            arrivals=arrivals,
            last_seq=last_seq,
            highest_seq=highest,
            claims=self.rows(_CLAIMS),
        )


class _Grouped:
    """Rows in the order of their first column, handed out a group at a time."""

    def __init__(self, rows: Iterator[tuple[Any, ...]]) -> None:
        self._groups = groupby(rows, key=itemgetter(0))
        self._next: tuple[int, list[tuple[Any, ...]]] | None = None

    def of(self, key: int) -> list[tuple[Any, ...]]:
        """The rows of a key; keys are asked for in their order."""
        while self._next is None or self._next[0] < key:
            found = next(self._groups, None)
            if found is None:
                return []
            self._next = (found[0], list(found[1]))
        return self._next[1] if self._next[0] == key else []


def opened(database: Path) -> closing[History]:
    """The history of a database, for the length of a block."""
    return closing(History(database))
