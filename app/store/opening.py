"""Opening the database of a home: made when there is none, upgraded when it is old, refused in words when not ours."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import apsw

from app.domain.job import Millis
from app.messages import Message, message
from app.paths import Home, UnusableHome
from app.store.backup_names import HALF, backup_name, read_name
from app.store.copying import copy_database
from app.store.database import (
    APPLICATION_ID,
    KillPoint,
    files_of,
    has_wal,
    is_filled,
    no_kill_point,
    raw_connection,
    sync_folder,
)
from app.store.doorbell import Doorbell
from app.store.errors import Busy, Damaged, HomeGone, NewerDatabase, OtherDatabase
from app.store.header import read_header
from app.store.migrations import MIGRATIONS, Migration, from_1_0
from app.store.progress_note import NUMBERED_OTHERWISE, PROGRESS, ProgressNote
from app.store.replacing import end_replacing, note_of
from app.store.sqlite_errors import known_errors

_UPGRADE_PATIENCE = 60.0
"""Seconds. A million jobs of 1.0 take about half of it."""

_MAKING_PATIENCE = 5.0
"""Seconds in which a runner that has just begun has made the database of a new home."""


def wall_clock() -> Millis:
    """Return now."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class Preparation:
    """Seeing to it that a home holds a database of this program's schema.

    Attributes:
        home: its folders exist.
        now: the moment, for the backup's name and the upgrade's events.
        told: is given what an upgrade did, or why there is none yet.
        is_old_worker: whether a living process with this pid is a worker of 1.0.
        lock_is_held: whether the caller holds the runner lock; else it is taken for an upgrade.
        kill_point: called in the middle of a migration.
        migrations: what this program knows.
    """

    home: Home
    now: Millis
    told: Callable[[Message], None]
    is_old_worker: Callable[[int], bool]
    lock_is_held: bool = False
    kill_point: KillPoint = no_kill_point
    migrations: Sequence[Migration] = MIGRATIONS

    def run(self) -> None:
        """Make the database, or upgrade it.

        Where an older program's runner works on it, that one is asked to let its jobs end: until it has, the database
        stays as it is and can only be looked at.

        Raises:
            StoreError: the file can't be used; it was not touched.
        """
        path, version = self.home.database, len(self.migrations)
        with known_errors(path):
            if note_of(self.home).exists():
                self._end_replacing()
            noted = ProgressNote(self.home.progress).read()  # before the database is looked at: that only ever goes on
            if not path.exists():
                self._refuse_to_replace_a_lost_one(path, noted)
                self._make(path)
            application, found = _identify(path, version, noted)
            if application == APPLICATION_ID and found > version:
                raise NewerDatabase(path, found, version)
            if application != APPLICATION_ID or found < version:
                self._upgrade_alone()

    def _end_replacing(self) -> None:
        """Wait for whoever brings the queue back, or end that where they died over it."""
        from app.locks import ProcessLock

        lock = ProcessLock(self.home.runner_lock)
        if not self.lock_is_held and not _within(_UPGRADE_PATIENCE, lock.take):
            raise Busy(self.home.database)
        try:
            end_replacing(self.home)
        finally:
            if not self.lock_is_held:
                lock.release()

    def _refuse_to_replace_a_lost_one(self, path: Path, noted: int) -> None:
        """Refuse where a database must have been: it rang, a WAL of it is left, or a runner works on it.

        A runner that has just taken its lock makes one itself.
        """
        from app.locks import ProcessLock

        is_left = any(is_filled(file) for file in files_of(path)[1:])
        if (noted > 0 or is_left) and not path.exists():  # else another process has just made one
            raise HomeGone(self.home.root)
        if not self.lock_is_held and ProcessLock(self.home.runner_lock).is_held():
            if not _within(_MAKING_PATIENCE, path.exists):
                raise HomeGone(self.home.root)
        elif any(read_name(file.name) for file in self.home.backups.iterdir()):
            self.told(
                message(
                    "There was no queue in {folder} any more, and a new one was begun. It has backups:"
                    " queuectl restore brings one back.",
                    folder=self.home.root,
                )
            )

    def _make(self, path: Path) -> None:
        """Make a new database whole under another name, then give it its name: nobody ever sees half of it.

        Where another process was quicker, its database stays.
        """
        fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
        try:
            fresh.unlink(missing_ok=True)
            os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except OSError as error:
            raise UnusableHome(path.parent, error) from error
        try:
            self._fill(fresh)
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
            for left in (fresh, fresh.with_name(f"{fresh.name}-journal")):
                left.unlink(missing_ok=True)

    def _fill(self, fresh: Path) -> None:
        connection = raw_connection(fresh)
        try:
            with connection:
                migrate(connection, 0, self.migrations)
            connection.pragma("journal_mode", "wal")
        finally:
            connection.close()

    def _upgrade_alone(self) -> None:
        from app.locks import ProcessLock

        lock = ProcessLock(self.home.runner_lock)
        if not self.lock_is_held and not lock.take():
            if _identify(self.home.database, len(self.migrations))[0] == APPLICATION_ID:
                self._ask_for_it()
                return
            # no runner works on a 1.0 database: another process is upgrading it
            if not _within(_UPGRADE_PATIENCE, lock.take):
                raise Busy(self.home.database)
        try:
            for line in self._upgrade():
                self.told(line)
        finally:
            if not self.lock_is_held:
                lock.release()

    def _ask_for_it(self) -> None:
        """Ask the older runner, once, to let its running jobs end and leave. Tables and words for that never change."""
        connection = raw_connection(self.home.database)
        try:
            with connection:
                connection.execute(
                    "INSERT INTO command (verb, asked_at) SELECT 'drain', ?"
                    " WHERE NOT EXISTS (SELECT 1 FROM runner WHERE state = 'draining')"
                    " AND NOT EXISTS (SELECT 1 FROM command WHERE verb = 'drain' AND answered_at IS NULL)",
                    (self.now,),
                )
            pid = connection.execute("SELECT pid FROM runner").fetchall()[0][0]
        finally:
            connection.close()
        Doorbell(self.home.ring).ring()
        self.told(
            message(
                "A runner of an older QueueCTL (PID: {pid}) works on this queue. It was asked to let its jobs end;"
                " until then the queue can only be looked at. To put them back and go on at once:"
                " queuectl worker stop --now",
                pid=pid,
            )
        )

    def _upgrade(self) -> list[Message]:
        connection = untouching(self.home.database)
        try:
            version = connection.pragma("user_version")
            old = connection.pragma("application_id") != APPLICATION_ID
            if not old and version == len(self.migrations):
                return []  # somebody else did it while the lock was waited for
            if old:
                from_1_0.refuse_living_workers(self.home.data, self.is_old_worker)
            connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
            label = "1.0" if old else f"v{version}"
            self._back_up(connection, backup_name(self.now, label))
            connection.pragma("journal_mode", "wal")
            connection.execute("BEGIN IMMEDIATE")
            lines = self._from_1_0(connection) if old else []
            migrate(connection, 1 if old else version, self.migrations)
            self.kill_point("in_migration")
            connection.execute("COMMIT")
            self.home.database.chmod(0o600)
            return lines
        finally:
            connection.close()  # an open transaction is rolled back

    def _back_up(self, connection: apsw.Connection, name: str) -> None:
        """Keep a copy of what is to be upgraded; it has its name only when it is whole."""
        folder = self.home.backups
        half = folder / f"{name}{HALF}"
        try:
            copy_database(connection, half)
            half.rename(folder / name)
            sync_folder(folder)
        except OSError as error:
            raise UnusableHome(folder, error) from error

    def _from_1_0(self, connection: apsw.Connection) -> list[Message]:
        """Bring 1.0's jobs into the first schema; the later migrations come after."""
        self.migrations[0](connection)
        return from_1_0.copy_jobs(connection, self.now, str(Path.home()))


def migrate(connection: apsw.Connection, version: int, migrations: Sequence[Migration]) -> None:
    """Apply what is missing to a database of a version, inside the caller's transaction."""
    for migration in migrations[version:]:
        migration(connection)
    connection.pragma("user_version", len(migrations))
    connection.pragma("application_id", APPLICATION_ID)


def refuse_to_go_back(path: Path, connection: apsw.Connection, noted: int) -> None:
    """Refuse a database that has come less far than it had: its WAL was lost or can't be read.

    Args:
        path: its file.
        connection: to it.
        noted: how far it had come.

    Raises:
        Damaged: it has not got that far, or how far it has come can't be told.
    """
    if connection.execute(NUMBERED_OTHERWISE).fetchall() == [(1,)]:
        raise Damaged(path, message("the number of its newest event is not the one that its index has"))
    found = int(str(connection.execute(PROGRESS).fetchall()[0][0]))
    if found < noted:
        raise Damaged(
            path,
            message("its last {n} change(s) are missing: its -wal file is lost or can't be read", n=noted - found),
        )


def _within(seconds: float, done: Callable[[], bool]) -> bool:
    """Wait until something is done; return whether it is."""
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def _identify(path: Path, newest: int, noted: int = 0) -> tuple[int, int]:
    """Return (application id, user version), from the header and, where that says "ours", from the open database too.

    A file whose header already says that it will be refused is not opened: opening would leave files beside it.

    Args:
        path: the file.
        newest: the version that this program knows.
        noted: how far it had come.

    Raises:
        Damaged: it has not got that far, or how far it has come can't be told.
        OtherDatabase: it belongs to another program.
    """
    application, version = read_header(path)
    if application == APPLICATION_ID and version > newest:
        return application, version
    if application not in (APPLICATION_ID, 0):
        raise OtherDatabase(path)
    connection = untouching(path)
    try:
        with connection:  # all of it as it stands at one moment: another process may be about to upgrade it
            application = connection.pragma("application_id")
            version = connection.pragma("user_version")
            if application == APPLICATION_ID:
                refuse_to_go_back(path, connection, noted)
            elif not from_1_0.is_1_0(connection):
                raise OtherDatabase(path)
    finally:
        connection.close()
    return application, version


def untouching(path: Path) -> apsw.Connection:
    """Return a plain connection whose end moves nothing into the file from a WAL that somebody left beside it."""
    left = has_wal(path)
    connection = raw_connection(path)
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, int(left))
    return connection
