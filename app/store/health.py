"""Whether a database is well: what ``doctor`` asks. Nothing here makes, upgrades or mends anything."""

from __future__ import annotations

from contextlib import closing
from enum import Enum

import apsw
import peewee
from msgspec import Struct

from app.domain.job import Millis, State
from app.paths import Home, NoRoomForDatabase
from app.store.database import APPLICATION_ID, Database
from app.store.errors import NewerDatabase, OtherDatabase
from app.store.header import read_header
from app.store.migrations import SCHEMA_VERSION, from_1_0
from app.store.soundness import unreadable
from app.store.sqlite_errors import known_errors

_BROKEN_SINCE, _MENDED_IN = (3, 7, 0), (3, 51, 3)
"""The versions of SQLite in which resetting the WAL can damage a database that several processes write to."""

_MOST_TOLD = 5
_SOURCE_TOLD = len("2026-10-16 14:45:20 555e07ef33f6")


class Kind(Enum):
    """What stands where the database should be."""

    NONE = "there is none yet"
    CURRENT = "of this program"
    OLDER = "of an older 2.x"
    VERSION_1_0 = "of QueueCTL 1.0"


class Health(Struct, frozen=True, kw_only=True):
    """What was found in a database of this program.

    Attributes:
        damage: what SQLite's own check says, and else of which jobs a text can't be read; empty where nothing is wrong.
        miscounted: by state, (what the counter says, how many rows there are), where they differ.
        loose: rows that belong to a job which does not exist.
        processing: jobs marked as being run, and how many of them have no open run.
        unanswered: when the oldest question was asked that the runner has not answered.
        waiting: jobs that wait for a worker or for their next try.
    """

    damage: list[str]
    miscounted: dict[State, tuple[int, int]]
    loose: int
    processing: int
    runless: int
    unanswered: Millis | None
    waiting: int


def sqlite_in_use() -> tuple[str, bool]:
    """Return the version of the SQLite that is used here, and whether it is sound for a queue."""
    version = apsw.sqlite_lib_version()
    numbers = tuple(int(part) for part in version.split(".")[:3])
    return version, not _BROKEN_SINCE <= numbers < _MENDED_IN


def sqlite_source() -> str:
    """Return the date and the beginning of the checksum of the source that the SQLite used here was compiled from."""
    return apsw.sqlite3_sourceid()[:_SOURCE_TOLD]


def libraries() -> dict[str, str]:
    """Return the versions of what the store stands on, by name."""
    return {
        "SQLite": f"{sqlite_in_use()[0]} ({sqlite_source()})",
        "APSW": apsw.apsw_version(),
        "peewee": getattr(peewee, "__version__", "not told"),
    }


def identify(home: Home) -> Kind:
    """Return what kind of database a home holds, without changing it.

    Raises:
        StoreError: it can't be used.
        NoRoomForDatabase: a folder stands in its place.
    """
    path = home.database
    if not path.exists():
        return Kind.NONE
    if path.is_dir():
        raise NoRoomForDatabase(path)
    application, version = read_header(path)
    if application == APPLICATION_ID:
        if version > SCHEMA_VERSION:
            raise NewerDatabase(path, version, SCHEMA_VERSION)
        return Kind.CURRENT if version == SCHEMA_VERSION else Kind.OLDER
    if application != 0:
        raise OtherDatabase(path)
    with known_errors(path), closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
        if from_1_0.is_1_0(connection):
            return Kind.VERSION_1_0
    raise OtherDatabase(path)


def examine(database: Database) -> Health:
    """Look at a whole database, as of one moment; a second or two for a million jobs."""
    with database.reading():
        checked = [str(line) for (line,) in database.run(f"PRAGMA quick_check({_MOST_TOLD})")]
        damage = unreadable(database.run) if checked == ["ok"] else checked
        counters = {str(state): int(jobs) for state, jobs in database.run("SELECT state, jobs FROM state_count")}
        rows = database.run("SELECT state, count(*) FROM job WHERE removed_at IS NULL GROUP BY state")
        counted = {str(state): int(jobs) for state, jobs in rows}
        loose = len(database.run("PRAGMA foreign_key_check"))
        runless = database.run(
            "SELECT count(*) FROM job WHERE state = 'processing' AND removed_at IS NULL AND NOT EXISTS"
            " (SELECT 1 FROM run WHERE run.seq = job.seq AND run.run = job.run AND run.outcome IS NULL)"
        )
        unanswered = database.run("SELECT min(asked_at) FROM command WHERE answered_at IS NULL")
    return Health(
        damage=damage,
        miscounted={
            state: (counters.get(state, 0), counted.get(state, 0))
            for state in State
            if counters.get(state, 0) != counted.get(state, 0)
        },
        loose=loose,
        processing=counted.get(State.PROCESSING, 0),
        runless=int(runless[0][0]),
        unanswered=unanswered[0][0],
        waiting=counted.get(State.PENDING, 0) + counted.get(State.FAILED, 0),
    )
