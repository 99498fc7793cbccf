"""Opening the database of a home: made when there is none, upgraded when it is old, refused in words when not ours."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import apsw

from app.domain.job import Millis
from app.messages import Message
from app.paths import Home, UnusableHome
from app.store.database import (
    APPLICATION_ID,
    KillPoint,
    copy_database,
    in_words,
    no_kill_point,
    raw_connection,
    read_header,
)
from app.store.errors import NewerDatabase, NotADatabase, OlderDatabase
from app.store.migrations import MIGRATIONS, SCHEMA_VERSION, from_1_0


def wall_clock() -> Millis:
    """Return now."""
    return time.time_ns() // 1_000_000


def prepare_database(
    home: Home,
    *,
    now: Millis,
    told: Callable[[Message], None],
    is_old_worker: Callable[[int], bool],
    lock_is_held: bool = False,
    kill_point: KillPoint = no_kill_point,
) -> None:
    """See to it that the home holds a database of this program's schema.

    Args:
        home: its folders must exist.
        now: the moment, for the backup's name and the upgrade's events.
        told: is given what an upgrade did.
        is_old_worker: whether a living process with this pid is a worker of 1.0.
        lock_is_held: whether the caller holds the runner lock; else it is taken for an upgrade.
        kill_point: called in the middle of a migration.

    Raises:
        StoreError: the file can't be used; it was not touched.
    """
    path = home.database
    try:
        if not path.exists():
            _make(path)
        application, version = _identify(path)
        if application == APPLICATION_ID and version > SCHEMA_VERSION:
            raise NewerDatabase(path, version, SCHEMA_VERSION)
        if application == APPLICATION_ID and version == SCHEMA_VERSION:
            return
        _upgrade_alone(home, now, told, is_old_worker, lock_is_held, kill_point)
    except apsw.Error as error:
        known = in_words(path, error)
        if known is None:
            raise
        raise known from error


def backup_name(now: Millis, label: str) -> str:
    """Return the file name of a backup made now; names sort by time."""
    moment = datetime.fromtimestamp(now / 1000, UTC)
    return f"queuectl-{moment:%Y%m%dT%H%M%S}{now % 1000:03d}Z-{label}.db"


def _identify(path: Path) -> tuple[int, int]:
    """Return (application id, user version), from the header and, where that says "ours", from the open database too.

    A file whose header already says that it will be refused is not opened: opening would leave files beside it.

    Raises:
        NotADatabase: it belongs to another program.
    """
    application, version = read_header(path)
    if application == APPLICATION_ID and version > SCHEMA_VERSION:
        return application, version
    if application not in (APPLICATION_ID, 0):
        raise NotADatabase(path, "it belongs to another program")
    connection = _untouching(path)
    try:
        application = connection.pragma("application_id")
        version = connection.pragma("user_version")
        if application != APPLICATION_ID and not from_1_0.is_1_0(connection):
            raise NotADatabase(path, "it belongs to another program")
    finally:
        connection.close()
    return application, version


def _untouching(path: Path) -> apsw.Connection:
    """Return a plain connection whose end moves nothing into the file from a WAL that somebody left beside it."""
    wal = path.with_name(f"{path.name}-wal")
    left = wal.exists() and wal.stat().st_size > 0
    connection = raw_connection(path)
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, int(left))
    return connection


def _make(path: Path) -> None:
    """Make a new database whole under another name, then give it its name: nobody ever sees half of it.

    Where another process was quicker, its database stays.
    """
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        fresh.unlink(missing_ok=True)
        os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise UnusableHome(path.parent, error) from error
    connection = raw_connection(fresh)
    try:
        with connection:
            _migrate(connection, 0)
        connection.pragma("journal_mode", "wal")
    finally:
        connection.close()
    try:
        if os.name == "nt":
            fresh.rename(path)  # refuses an existing name there
        else:
            os.link(fresh, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links, such as a memory stick's
        if not path.exists():
            fresh.rename(path)
    finally:
        fresh.unlink(missing_ok=True)


def _upgrade_alone(
    home: Home,
    now: Millis,
    told: Callable[[Message], None],
    is_old_worker: Callable[[int], bool],
    lock_is_held: bool,
    kill_point: KillPoint,
) -> None:
    from app.locks import ProcessLock

    lock = ProcessLock(home.runner_lock)
    if not lock_is_held and not lock.take():
        raise OlderDatabase(home.database)
    try:
        for line in _upgrade(home, now, is_old_worker, kill_point):
            told(line)
    finally:
        if not lock_is_held:
            lock.release()


def _upgrade(home: Home, now: Millis, is_old_worker: Callable[[int], bool], kill_point: KillPoint) -> list[Message]:
    connection = _untouching(home.database)
    try:
        version = connection.pragma("user_version")
        old = connection.pragma("application_id") != APPLICATION_ID
        if not old and version == SCHEMA_VERSION:
            return []  # somebody else did it while the lock was waited for
        if old:
            from_1_0.refuse_living_workers(home.data, is_old_worker)
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
        label = "1.0" if old else f"v{version}"
        try:
            copy_database(connection, home.backups / backup_name(now, label))
        except OSError as error:
            raise UnusableHome(home.backups, error) from error
        connection.pragma("journal_mode", "wal")
        connection.execute("BEGIN IMMEDIATE")
        _migrate(connection, 0 if old else version)
        lines = from_1_0.copy_jobs(connection, now, str(Path.home())) if old else []
        kill_point("in_migration")
        connection.execute("COMMIT")
        home.database.chmod(0o600)
        return lines
    finally:
        connection.close()  # an open transaction is rolled back


def _migrate(connection: apsw.Connection, version: int) -> None:
    """Apply what is missing, inside the caller's transaction."""
    for migration in MIGRATIONS[version:]:
        migration(connection)
    connection.pragma("user_version", SCHEMA_VERSION)
    connection.pragma("application_id", APPLICATION_ID)
