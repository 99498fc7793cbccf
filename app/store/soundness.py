"""Whether a database is sound: what SQLite's own checks say, and whether the counters agree with the rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import apsw

from app.store.database import Database, Row
from app.store.errors import Damaged
from app.store.tables import STATES, why_unreadable

MOST_TOLD: Final = 5

TABLES: Final = ("job", "run", "event", "queue", "option")
"""Those that every schema has had."""

COUNTERS: Final = "SELECT state, jobs FROM state_count"
TEXTS: Final = (
    "SELECT seq, argv, env, success_codes FROM job"
    " WHERE seq > ? AND (argv IS NOT NULL OR env <> '{}' OR success_codes <> '[0]') ORDER BY seq LIMIT 1000"
)
_STATES: Final = ", ".join(f"'{state}'" for state in sorted(STATES))
EVENTS: Final = (
    "SELECT seq, from_state, to_state FROM event"
    f" WHERE to_state NOT IN ({_STATES}) OR from_state NOT IN ({_STATES}) LIMIT {MOST_TOLD}"
)
COUNTED: Final = "SELECT state, count(*) FROM job NOT INDEXED WHERE removed_at IS NULL GROUP BY state"


def check_whole(database: Database) -> None:
    """Look through a whole database; among a million jobs it takes 3 s of one core, and holds up nobody.

    Raises:
        Damaged: it is not sound.
    """
    with database.reading():
        found = [str(line) for (line,) in database.run(f"PRAGMA quick_check({MOST_TOLD})")]
        if found == ["ok"]:
            found = _miscounted(database.run(COUNTERS), database.run(COUNTED)) + unreadable(database.run)
    if found:
        database.leave_as_it_is()
        raise Damaged(database.path, "; ".join(found))


def faults(connection: apsw.Connection, *, thorough: bool) -> list[str]:
    """Return what is wrong with an open database of this schema; empty where it is sound.

    Args:
        connection: to it.
        thorough: whether each index is held against its table, too, which takes three times as long.

    Raises:
        apsw.Error: it can't be read at all.
    """
    check = "integrity_check" if thorough else "quick_check"
    found = [str(line) for (line,) in connection.execute(f"PRAGMA {check}({MOST_TOLD})").fetchall()]
    if found != ["ok"]:
        return found
    try:
        for table in TABLES:
            connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchall()
        counts = connection.execute(COUNTERS).fetchall(), connection.execute(COUNTED).fetchall()
        return _miscounted(*counts) + unreadable(lambda *asked: connection.execute(*asked).fetchall())
    except apsw.SQLError as error:  # somebody took a table away, or a column
        return [str(error)]


def unreadable(run: Callable[[str, tuple[int, ...]], list[Row]]) -> list[str]:
    """Return what is said of jobs whose texts, or whose history's, are none that were written: SQLite looks at none."""
    wrong = [f"job {seq}: from {before} to {after}, which is no state" for seq, before, after in run(EVENTS, ())]
    last = 0
    while len(wrong) < MOST_TOLD and (rows := run(TEXTS, (last,))):
        wrong += [f"job {seq}: {why}" for seq, *cells in rows if (why := why_unreadable(*cells))]
        last = rows[-1][0]
    return wrong[:MOST_TOLD]


def _miscounted(counters: list[Row], counted: list[Row]) -> list[str]:
    there: dict[Any, Any] = dict(counted)
    return [
        f"{state}: {jobs} counted, {there.get(state, 0)} there"
        for state, jobs in counters
        if jobs != there.get(state, 0)
    ]
