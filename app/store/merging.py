"""Bringing what could be read of a damaged queue over a backup's state: the newer of both counts.

A row that makes no sense is refused by the tables' own checks, and left as the backup has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import apsw

from app.store.database import Row
from app.store.salvage import Reading
from app.store.tables import is_event, why_unreadable

BROUGHT: Final = "temp.brought"
"""The seqs of jobs that stand as they were last, not as in the backup."""

_SMALL: Final = (
    ("option", "INSERT OR REPLACE"),
    ("notice", "INSERT OR IGNORE"),
    ("session", "INSERT OR REPLACE"),
)
_NEWEST: Final = "SELECT coalesce(max(event), 0) FROM event"
_ONLY_ROW: Final = (
    "UPDATE queue SET arrivals = max(arrivals, ?), last_seq = max(last_seq, ?), expedites = max(expedites, ?),"
    " removals = max(removals, ?), paused = ?"
)


def begin(target: apsw.Connection) -> list[str]:
    """Make ready for rows in any order, inside the caller's transaction; return what ``end`` is to do again."""
    target.execute(f"CREATE TABLE {BROUGHT} (seq INTEGER PRIMARY KEY)")
    made_again: list[str] = []
    for kind, name, sql in target.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
        " ORDER BY type, rowid"
    ).fetchall():
        target.execute(f"DROP {kind} {name}")
        made_again.append(str(sql))
    return made_again


def merge(target: apsw.Connection, reading: Reading) -> None:
    """Take in what can be read, between ``begin`` and ``end``."""
    last = number(target, "SELECT last_seq FROM queue")
    for values in reading.small("SELECT arrivals, last_seq, expedites, removals, paused FROM queue")[:1]:
        if _try(target, _ONLY_ROW, values):
            last = number(target, "SELECT last_seq FROM queue")
    _merge_jobs(target, reading, last)
    columns = _common(target, reading, "run")
    if {"seq", "run", "outcome"} <= set(columns):
        _merge_runs(target, reading, columns)
    columns = _common(target, reading, "event")
    if {"event", "from_state", "to_state"} <= set(columns):
        _merge_events(target, reading, columns)
    for table, verb in _SMALL:
        columns = _common(target, reading, table)
        for row in reading.small(f"SELECT {', '.join(columns)} FROM {table}") if columns else ():
            _insert(target, verb, table, columns, row)


def keep_wish(target: apsw.Connection, reading: Reading | None) -> None:
    """Let no runner be there, and one be wanted as it was last: a stop that was said is not taken back by a backup."""
    target.execute("UPDATE runner SET state = 'stopped', slots = 0")
    for values in [] if reading is None else reading.small("SELECT wanted FROM runner")[:1]:
        _try(target, "UPDATE runner SET wanted = ?", values)


def agree(target: apsw.Connection) -> None:
    """Let what was brought over and what the backup alone has agree, between ``merge`` and ``end``.

    Of two jobs of one name the backup's gives way: a name is free again only when its job was removed.
    """
    target.execute("CREATE INDEX merging_by_id ON job (id)")
    target.execute(
        "UPDATE job SET removed_at = updated_at, removal = (SELECT removals + 1 FROM queue), claimable = 0,"
        " expedited = 0, ready_arrival = NULL, rank = NULL, next_retry_at = NULL, retry_delay = NULL,"
        " cancel_requested = 0,"
        " state = CASE WHEN state IN ('processing', 'failed') THEN 'pending' ELSE state END"
        f" WHERE removed_at IS NULL AND seq NOT IN (SELECT seq FROM {BROUGHT}) AND EXISTS (SELECT 1 FROM job AS newer"
        f" WHERE newer.id = job.id AND newer.removed_at IS NULL AND newer.seq IN (SELECT seq FROM {BROUGHT}))"
    )
    # where both were read, since a removal could not be, neither is lost
    target.execute(
        "UPDATE job SET id = id || '-restored-' || seq WHERE removed_at IS NULL AND EXISTS"
        " (SELECT 1 FROM job AS newer WHERE newer.id = job.id AND newer.removed_at IS NULL AND newer.seq > job.seq)"
    )
    target.execute("DROP INDEX merging_by_id")
    for table in ("run", "event"):
        target.execute(f"DELETE FROM {table} WHERE seq NOT IN (SELECT seq FROM job)")
    target.execute("UPDATE run SET session = NULL WHERE session NOT IN (SELECT session FROM session)")
    target.execute(
        "UPDATE queue SET last_seq = max(last_seq, (SELECT coalesce(max(seq), 0) FROM job)),"
        " expedites = max(expedites, (SELECT coalesce(max(expedited), 0) FROM job)),"
        " removals = max(removals, (SELECT coalesce(max(removal), 0) FROM job)),"
        " arrivals = max(arrivals, (SELECT coalesce(max(ready_arrival), 0) FROM job))"
    )


def end(target: apsw.Connection, made_again: Sequence[str]) -> None:
    """Count the jobs, and make indexes and triggers again; ``made_again`` is from ``begin``."""
    target.execute(
        "UPDATE state_count SET jobs ="
        " (SELECT count(*) FROM job WHERE job.state = state_count.state AND removed_at IS NULL)"
    )
    for sql in made_again:
        target.execute(sql)


def number(target: apsw.Connection, sql: str, values: Sequence[Any] = ()) -> int:
    """Return the one whole number that a statement gives."""
    row: Row = target.execute(sql, values).fetchall()[0]
    return int(row[0])


def _merge_jobs(target: apsw.Connection, reading: Reading, last: int) -> None:
    columns = _common(target, reading, "job")
    if not {"seq", "id", "run", "updated_at", "argv", "env", "success_codes"} <= set(columns):
        return
    seq, run, updated = (columns.index(name) for name in ("seq", "run", "updated_at"))
    cells = [columns.index(name) for name in ("argv", "env", "success_codes")]
    name = columns.index("id")

    def makes_sense(row: Row) -> bool:
        return isinstance(row[name], str) and not why_unreadable(*(row[cell] for cell in cells))

    for rows in reading.ranges("job", "seq", columns, last, makes_sense):
        for row in rows:
            there = target.execute("SELECT run, updated_at FROM job WHERE seq = ?", (row[seq],)).fetchall()
            if there and not _is_newer(row[run], row[updated], there[0]):
                continue
            if _insert(target, "INSERT OR REPLACE", "job", columns, row):
                target.execute(f"INSERT OR IGNORE INTO {BROUGHT} VALUES (?)", (row[seq],))


def _is_newer(run: Any, updated: Any, there: Row) -> bool:
    return isinstance(run, int) and isinstance(updated, int) and (run, updated) >= there


def _merge_runs(target: apsw.Connection, reading: Reading, columns: list[str]) -> None:
    seq, run, outcome = (columns.index(name) for name in ("seq", "run", "outcome"))
    for rows in reading.ranges("run", "rowid", columns):
        for row in rows:
            there = target.execute("SELECT outcome FROM run WHERE seq = ? AND run = ?", (row[seq], row[run])).fetchall()
            if not there or (there[0][0] is None and row[outcome] is not None):
                _insert(target, "INSERT OR REPLACE", "run", columns, row)


def _merge_events(target: apsw.Connection, reading: Reading, columns: list[str]) -> None:
    before, after = columns.index("from_state"), columns.index("to_state")
    last = number(target, _NEWEST)
    for rows in reading.ranges("event", "event", columns, 0, lambda row: is_event(row[before], row[after])):
        for row in rows:
            _insert(target, "INSERT OR IGNORE", "event", columns, row)
    _leave_out_misnumbered(target, reading, last)


def _leave_out_misnumbered(target: apsw.Connection, reading: Reading, last: int) -> None:
    """Delete the newest event while it follows none at once and its index has it under another number.

    A bit of its number turned over. It would make up for the last changes where those are lost: nobody would say so.

    Args:
        target: with all events.
        reading: where they are from.
        last: up to this number they are the backup's.
    """
    while (event := number(target, _NEWEST)) > last:
        follows = number(target, "SELECT EXISTS (SELECT 1 FROM event WHERE event = ?)", (event - 1,))
        if follows or reading.lists(number(target, "SELECT seq FROM event WHERE event = ?", (event,)), event):
            return
        target.execute("DELETE FROM event WHERE event = ?", (event,))


def _common(target: apsw.Connection, reading: Reading, table: str) -> list[str]:
    """Return the columns that both have; the damaged one may be of an older schema."""
    known = set(reading.columns(table))
    names = [str(row[1]) for row in target.execute(f"PRAGMA table_info({table})").fetchall()]
    return [name for name in names if name in known]


def _insert(target: apsw.Connection, verb: str, table: str, columns: Sequence[str], row: Row) -> bool:
    places = ", ".join("?" * len(columns))
    return _try(target, f"{verb} INTO {table} ({', '.join(columns)}) VALUES ({places})", row)


def _try(target: apsw.Connection, sql: str, values: Row) -> bool:
    """Do what the tables' checks allow; return whether they do."""
    try:
        target.execute(sql, values)
    except (apsw.ConstraintError, apsw.MismatchError, TypeError, UnicodeEncodeError):
        return False
    return True
