"""Copies of the database in the folder backups: made beside the work, looked through, and kept by number.

A copy gets its name only when it is whole and was found sound, so what bears a backup's name is one. Nothing here needs
the store to be connected: a backup is made on a thread of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Final

import apsw
from msgspec import Struct

from app.domain.job import LAST_MOMENT, Millis
from app.messages import KnownError, message
from app.paths import Home
from app.store.backup_names import DAILY, HALF, backup_name, read_name
from app.store.copying import copy_in_steps
from app.store.database import (
    APPLICATION_ID,
    has_wal,
    raw_connection,
    reading_only,
    remove_database,
    sync_folder,
)
from app.store.errors import Damaged, DiskFull, StoreError
from app.store.header import read_header
from app.store.migrations import SCHEMA_VERSION
from app.store.opening import untouching
from app.store.soundness import faults
from app.store.sqlite_errors import known_errors

A_DAY: Final[Millis] = 24 * 3600 * 1000

_STEPS: Final = 250_000
"""Of SQLite's own machine, between two looks whether a copy that is being checked is still wanted."""

_CONTENTS: Final = (
    "SELECT count(*), max(updated_at), count(removed_at), total(removed_at), total(seen), total(run) FROM job",
    "SELECT max(event) FROM event",
    "SELECT * FROM queue",
    "SELECT * FROM option ORDER BY key",
    "SELECT count(*), max(notice), total(seen) FROM notice",
)
"""What differs after each change that a person would miss; that a runner came and went is none."""


class Backup(Struct, frozen=True):
    """A whole copy: where it lies, when it was made, what for, and how large it is in bytes."""

    path: Path
    at: Millis
    label: str
    size: int


class TargetExists(KnownError):
    """A backup never takes the place of a file."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            "{path} exists already, and was not touched", path=path, remedy=message("Name a file that does not exist.")
        )


class UnwritableTarget(KnownError):
    """The file of a backup can't be made."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(
            "{path} can't be written: {reason}",
            path=path,
            reason=error.strerror or str(error),
            remedy=message("Name a file in a folder that is there, and that you can write to."),
        )


class BadBackup(KnownError):
    """A file that was to be restored from is none of ours, or not sound."""

    def __init__(self, path: Path, reason: object) -> None:
        super().__init__(
            "{path} can't be restored from: {reason}",
            path=path,
            reason=reason,
            remedy=message("queuectl restore lists the backups that there are."),
        )


class Stopped(Exception):
    """Whoever wanted the copy does not want it any more."""


def backups(home: Home, now: Millis = LAST_MOMENT) -> list[Backup]:
    """Return the backups of a home by their names, the newest first; one that is being made is none.

    Args:
        home: whose.
        now: the moment. What bears a later one was made by a clock that was wrong, at some time before, and comes last.
    """
    found = []
    try:
        entries = list(home.backups.iterdir())
    except OSError:
        return []
    for path in entries:
        named = read_name(path.name)
        if named is not None and path.is_file():
            found.append(Backup(path, *named, path.stat().st_size))
    return sorted(found, key=lambda backup: (backup.at <= now, backup.at), reverse=True)


def is_due(home: Home, now: Millis) -> bool:
    """Whether the newest backup is a day old, or there is none; one from the future is no reason to wait for it."""
    newest = next(iter(backups(home, now)), None)
    return newest is None or not 0 <= now - newest.at < A_DAY


def back_up(home: Home, now: Millis, label: str, between: Callable[[], None]) -> Backup | None:
    """Make a backup, unless nothing has changed since the newest.

    Args:
        home: whose database.
        now: for its name.
        label: what it is made for.
        between: as for ``copy_to``; raises Stopped where the copy is not wanted any more.

    Raises:
        Damaged: the copy is not sound, so the database is not either.
        StoreError, UnwritableTarget: it can't be made.
        Stopped: raised by ``between``.
    """
    newest = next(iter(backups(home, now)), None)
    if newest is not None and not _has_changed(home.database, newest.path):
        return None
    path = home.backups / backup_name(now, label)
    copy_to(home, path, between)
    return Backup(path, now, label, path.stat().st_size)


def copy_to(home: Home, target: Path, between: Callable[[], None] = lambda: None) -> None:
    """Write a copy of the database to a file, and look through it before it gets its name.

    Args:
        home: whose database.
        target: must not exist.
        between: called between the steps, of the copying and of the check.

    Raises:
        TargetExists: it does.
        Damaged: the copy is not sound, so the database is not either.
        StoreError, UnwritableTarget: it can't be made.
    """
    if target.exists():
        raise TargetExists(target)
    half = target.with_name(target.name + HALF)
    try:
        remove_database(half)
        copy_in_steps(home.database, half, between)
        try:
            _refuse_damage(half, home.database, between)
            half.rename(target)
        finally:
            remove_database(half)
        sync_folder(target.parent)
    except DiskFull as error:  # it is the copy that needs room
        raise DiskFull(target) from error
    except OSError as error:
        raise UnwritableTarget(target, error) from error


def drop_old(home: Home, kept: int, now: Millis) -> list[Backup]:
    """Delete daily backups of which there are newer ones enough, and halves; return the backups.

    The caller holds the runner lock, so nobody else makes a daily one. Half of another may be one that a person is
    making: only an old one goes. What somebody has open on Windows is left for the next time.

    Args:
        home: whose.
        kept: so many of the newest daily ones stay.
        now: the moment.
    """
    daily = [backup for backup in backups(home, now) if backup.label == DAILY]
    for backup in daily[kept:]:
        with suppress(PermissionError):
            backup.path.unlink(missing_ok=True)
    for half in home.backups.glob(f"*{HALF}*"):
        named = read_name(half.name.partition(HALF)[0])
        if named is None or named[1] == DAILY or not 0 <= now - named[0] < A_DAY:
            with suppress(PermissionError):
                half.unlink(missing_ok=True)
    return daily[kept:]


def newest_good(home: Home, now: Millis) -> Backup | None:
    """Return the newest backup that is sound and of a schema known here; see ``backups``."""
    return next((backup for backup in backups(home, now) if _is_good(backup.path)), None)


def check_good(path: Path) -> None:
    """Look through a backup, or a queue that was put aside: that may have a WAL, which holds the last of it.

    Raises:
        BadBackup: it can't be restored from.
    """
    try:
        application, version = read_header(path)
        if application != APPLICATION_ID:
            raise BadBackup(path, message("it is no backup of a queue of QueueCTL 2"))
        if version > SCHEMA_VERSION:
            raise BadBackup(path, message("it belongs to a newer QueueCTL"))
        _refuse_damage(path, path)
    except StoreError as error:
        raise BadBackup(path, error.message) from error


def _is_good(path: Path) -> bool:
    try:
        check_good(path)
    except BadBackup:
        return False
    return True


def _refuse_damage(copy: Path, original: Path, between: Callable[[], None] = lambda: None) -> None:
    with known_errors(original), closing(untouching(copy) if has_wal(copy) else reading_only(copy)) as connection:
        connection.set_progress_handler(partial(_goes_on, between), _STEPS)
        found = faults(connection, thorough=True)
    if found:
        raise Damaged(original, "; ".join(found))


def _goes_on(between: Callable[[], None]) -> bool:
    """Tell SQLite not to interrupt itself; what ``between`` raises does so."""
    between()
    return False


def _has_changed(database: Path, backup: Path) -> bool:
    now: list[object] = []
    with known_errors(database), closing(raw_connection(database)) as connection:
        now = _contents(connection)
    then: list[object] = []
    with suppress(apsw.Error), closing(reading_only(backup)) as connection:
        then = _contents(connection)
    return now != then


def _contents(connection: apsw.Connection) -> list[object]:
    connection.execute("BEGIN")
    return [connection.execute(sql).fetchall() for sql in _CONTENTS]
