"""Whether a database is sound: what SQLite's own checks say, and whether the counters agree with the rows."""

from __future__ import annotations

from typing import Any, Final

import apsw

from app.store.database import Database, Row
from app.store.errors import Damaged

MOST_TOLD: Final = 5

COUNTERS: Final = "SELECT state, jobs FROM state_count"
COUNTED: Final = "SELECT state, count(*) FROM job NOT INDEXED WHERE removed_at IS NULL GROUP BY state"


def check_whole(database: Database) -> None:
    """Look through a whole database; among a million jobs it takes 2.5 s of one core, and holds up nobody.

    Raises:
        Damaged: it is not sound.
    """
    with database.reading():
        found = [str(line) for (line,) in database.run(f"PRAGMA quick_check({MOST_TOLD})")]
        if found == ["ok"]:
            found = _miscounted(database.run(COUNTERS), database.run(COUNTED))
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
    return _miscounted(connection.execute(COUNTERS).fetchall(), connection.execute(COUNTED).fetchall())


def _miscounted(counters: list[Row], counted: list[Row]) -> list[str]:
    there: dict[Any, Any] = dict(counted)
    return [
        f"{state}: {jobs} counted, {there.get(state, 0)} there"
        for state, jobs in counters
        if jobs != there.get(state, 0)
    ]
