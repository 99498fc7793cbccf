"""What a table of jobs shows: which jobs, in which order, and what of each. What of it an index serves stands here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from app.domain.job import Millis, State
from app.store.database import Row, by_index
from app.store.tables import WAITED
from app.store.views import Column, Filter, View

COMMAND_LENGTH: Final = 300
"""Characters of a command that a line shows and that an order goes by: one can be 128 KiB long."""

Statement = tuple[str, tuple[Any, ...]]
"""Text, and the values for its places."""


class JobLine(Struct, frozen=True, kw_only=True):
    """What a row of a table needs of a job, and nothing more.

    ``command`` is cut to COMMAND_LENGTH characters, then with "…". Moments are Millis, ``retry_delay`` is
    milliseconds, ``timeout`` seconds. ``waited`` and ``effective`` are as of the moment of reading.
    """

    seq: int
    id: str
    command: str
    state: State
    attempts: int
    max_retries: int
    priority: int
    waited: int
    effective: int
    timeout: float
    created_at: Millis
    started_at: Millis | None
    finished_at: Millis | None
    next_retry_at: Millis | None
    retry_delay: Millis | None
    exit_code: int | None
    error: str | None
    claimable: bool
    cancel_requested: bool
    seen: bool
    expedited: bool

    @property
    def duration(self) -> float | None:
        """Seconds the last run took, or None while there is no end."""
        if self.started_at is None or self.finished_at is None:
            return None
        return max(0, self.finished_at - self.started_at) / 1000


_WAITED = WAITED.removesuffix(" AS waited")
_COMMAND_LINE = "coalesce(command, (SELECT group_concat(value, ' ') FROM json_each(argv)))"

_LINE_COLUMNS = (
    f"seq, id, substr({_COMMAND_LINE}, 1, {COMMAND_LENGTH + 1}), state, attempts, max_retries, priority, {_WAITED},"
    " timeout, created_at, started_at, finished_at, next_retry_at, retry_delay, exit_code, error,"
    " claimable, cancel_requested, seen, expedited > 0"
)
LINES = f"SELECT {_LINE_COLUMNS} FROM job WHERE seq IN (SELECT value FROM json_each(?)) AND removed_at IS NULL"
"""The lines of a JSON array of seqs, in no order; a job that was removed has none."""


def line_from_row(row: Row) -> JobLine:
    """Return the line that a row of LINES tells of."""
    (seq, id, command, state, attempts, max_retries, priority, waited, timeout, *rest) = row
    (created, started, finished, next_retry, delay, exit_code, error, claimable, cancel, seen, expedited) = rest
    return JobLine(
        seq=seq,
        id=id,
        command=command if len(command) <= COMMAND_LENGTH else f"{command[:COMMAND_LENGTH]}…",
        state=State(state),
        attempts=attempts,
        max_retries=max_retries,
        priority=priority,
        waited=waited,
        effective=priority + waited,
        timeout=timeout,
        created_at=created,
        started_at=started,
        finished_at=finished,
        next_retry_at=next_retry,
        retry_delay=delay,
        exit_code=exit_code,
        error=error,
        claimable=bool(claimable),
        cancel_requested=bool(cancel),
        seen=bool(seen),
        expedited=bool(expedited),
    )


_KEYS: dict[Column, tuple[str, ...]] = {
    Column.ID: ("id",),
    Column.COMMAND: (f"substr({_COMMAND_LINE}, 1, {COMMAND_LENGTH})",),
    Column.STATE: ("state",),
    Column.PROGRESS: ("CASE state WHEN 'processing' THEN -started_at WHEN 'failed' THEN next_retry_at END",),
    Column.ATTEMPTS: ("attempts",),
    Column.PRIORITY: ("priority",),
    Column.WAITED: (_WAITED,),
    Column.EFFECTIVE: (f"priority + {_WAITED}",),
    Column.CREATED: (),
    Column.STARTED: ("started_at",),
    Column.DURATION: ("max(0, finished_at - started_at)",),
    Column.EXIT: ("exit_code",),
    Column.ERROR: ("error",),
    Column.FINISHED: ("finished_at",),
}
_CONTAINS = "(" + " OR ".join(f"{text} LIKE ? ESCAPE '\\'" for text in ("id", "command", "argv", "error")) + ")"
_ALWAYS_FIRST = {Column.PROGRESS: "CASE state WHEN 'processing' THEN 0 WHEN 'failed' THEN 1 ELSE 2 END, "}


def ordering(view: View) -> Statement:
    """Return the statement that gives the seqs of a view in its order, by looking at all its jobs and sorting them."""
    direction = "DESC" if view.descending else "ASC"
    keys = "".join(f"{key} {direction} NULLS LAST, " for key in _KEYS[view.by])
    hint, condition, values = _matching(view.filter)
    return (
        f"SELECT seq FROM job {hint} WHERE {condition} ORDER BY {_ALWAYS_FIRST.get(view.by, '')}{keys}seq {direction}",
        values,
    )


def _matching(filter: Filter) -> tuple[str, str, tuple[Any, ...]]:
    """Return the index to go by, the condition and its values."""
    hint, parts, values = "NOT INDEXED", ["removed_at IS NULL"], list[Any]()
    if filter.states:
        hint = by_index("job_by_state")
        parts.append(f"state IN ({', '.join('?' * len(filter.states))})")
        values += sorted(filter.states)
    if filter.error_key is not None:
        if filter.states == {State.DEAD}:
            hint, parts, values = by_index("job_by_error"), [parts[0], "state = 'dead'"], []
        parts.append("error_key = ?")
        values.append(filter.error_key)
    if filter.text:
        parts.append(_CONTAINS)
        pattern = "".join(f"\\{letter}" if letter in "\\%_" else letter for letter in filter.text)
        values += [f"%{pattern}%"] * _CONTAINS.count("?")
    return hint, " AND ".join(parts), tuple(values)


class Stretch(Struct, frozen=True):
    """Jobs that lie one after the other in an index: a live view is one stretch, or a few in a row.

    ``where`` and ``values`` say which jobs, ``by`` names the columns of the index that order them, ascending and
    without ties. ``states``: whose counters together give the number of jobs; None where they must be counted.
    """

    index: str
    where: str
    values: tuple[Any, ...]
    by: tuple[str, ...]
    states: frozenset[State] | None

    def jobs(self, counts: Mapping[State, int]) -> int | None:
        """Return how many jobs there are by the counters of the states, or None where they don't tell."""
        return None if self.states is None else sum(counts[state] for state in self.states)

    def count(self) -> Statement:
        """Return the statement that counts the jobs."""
        return f"SELECT count(*) {self._among()}", self.values

    def keys(self, columns: Sequence[str], *, descending: bool, length: int = -1, offset: int = 0) -> Statement:
        """Return the statement that gives some columns of ``length`` jobs, ``offset`` jobs from one end."""
        direction = "DESC" if descending else "ASC"
        order = ", ".join(f"{column} {direction}" for column in self.by)
        return (
            f"SELECT {', '.join(columns)} {self._among()} ORDER BY {order} LIMIT ? OFFSET ?",
            (*self.values, length, offset),
        )

    def key_of(self, seq: int) -> Statement:
        """Return the statement that gives the key of one job; no row where it is not among these."""
        return f"SELECT {', '.join(self.by)} FROM job WHERE seq = ? AND {self.where}", (seq, *self.values)

    def before(self, key: Sequence[Any], *, descending: bool) -> Statement:
        """Return the statement that counts the jobs on one side of a key."""
        # One range of the index for each column, not a comparison of pairs: 28 ms instead of 47 among 700,000.
        less = ">" if descending else "<"
        parts, values = [], list[Any]()
        for at, column in enumerate(self.by):
            same = "".join(f" AND {before} = ?" for before in self.by[:at])
            parts.append(f"(SELECT count(*) {self._among()}{same} AND {column} {less} ?)")
            values += [*self.values, *key[: at + 1]]
        return f"SELECT {' + '.join(parts)}", tuple(values)

    def _among(self) -> str:
        return f"FROM job {by_index(self.index)} WHERE {self.where}"


_ALL = frozenset(State)
_KEPT = "removed_at IS NULL"
_PLACED = "removed_at IS NULL AND seq <> 0"  # the words of the two indexes in migration 2
_WHOLE: dict[Column, Stretch] = {
    Column.CREATED: Stretch("job_in_order", _PLACED, (), ("seq",), _ALL),
    Column.ID: Stretch("job_by_id", _KEPT, (), ("id",), _ALL),
    Column.PRIORITY: Stretch("job_by_priority", _PLACED, (), ("priority", "seq"), _ALL),
}


def stretches(view: View) -> tuple[Stretch, ...]:
    """Return what a view is made of in ascending order, or nothing where no index serves it."""
    filter = view.filter
    if filter.text:
        return ()
    if filter.error_key is not None:
        if filter.states == {State.DEAD} and view.by in (Column.CREATED, Column.STATE):
            where = f"{_KEPT} AND state = 'dead' AND error_key = ?"
            return (Stretch("job_by_error", where, (filter.error_key,), ("seq",), None),)
        return ()
    states = filter.states or _ALL
    if view.by is Column.STATE or (view.by is Column.CREATED and len(states) == 1):
        where = f"{_KEPT} AND state = ?"
        return tuple(Stretch("job_by_state", where, (state,), ("seq",), frozenset({state})) for state in sorted(states))
    if states == _ALL and view.by in _WHOLE:
        return (_WHOLE[view.by],)
    return ()
