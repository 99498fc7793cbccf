"""Bringing a queue back: from a backup, and from what can still be read of what is damaged.

The present database is put aside whole. In its place comes the newest good backup (or the one asked for), and over it
what a damaged database still yields, where that is newer. Nothing runs twice unsaid: see ``settling``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import apsw
from msgspec import Struct

from app.domain.job import Millis
from app.messages import KnownError, Message, message
from app.paths import Home, UnusableHome
from app.store import merging
from app.store.backup_names import read_name, stamp
from app.store.backups import BadBackup, check_good, newest_good
from app.store.copying import copy_database
from app.store.database import (
    APPLICATION_ID,
    KillPoint,
    files_of,
    has_wal,
    no_kill_point,
    raw_connection,
    remove_database,
    sync_folder,
)
from app.store.doorbell import Doorbell
from app.store.errors import NewerDatabase, StoreError
from app.store.header import read_header
from app.store.lost_outputs import LostOutputs
from app.store.migrations import MIGRATIONS, from_1_0
from app.store.notices import NoticeKind, add_notice
from app.store.opening import migrate, refuse_to_go_back, untouching
from app.store.progress_note import PROGRESS, ProgressNote
from app.store.replacing import replace_database
from app.store.salvage import Reading, best_reading
from app.store.settling import note_known, note_outputs, settle
from app.store.soundness import faults
from app.store.sqlite_errors import known_errors

_NAMED: Final = 10
"""So many uncertain jobs are told by their ids."""

_FRESH, _REFERENCE = "queuectl.fresh", "queuectl.reference"


class NothingToRestore(KnownError):
    """There is no backup, and nothing that would have to be brought back."""

    def __init__(self) -> None:
        super().__init__("There is no backup to restore from", remedy=message("queuectl backup makes one."))


class Recovered(Struct, frozen=True, kw_only=True):
    """What became of a queue that was brought back.

    Attributes:
        aside: the folder in which what stood there lies; None where nothing did.
        backup: the file that it was brought back from; None where there was none.
        since: when that was made; None where it is not known or there was none.
        was_damaged: whether what stood there was damaged.
        jobs: how many there are now.
        read: how many were read from what was damaged, those that had been removed too.
        older: how many of those there are now are as they were in the backup.
        lost: how many were added since the backup and are not there now; at most, where that is all that is known.
        missing: how many of the last changes can't be read, where that is known.
        unsure: ids of jobs that may have run since, and went to the dead letters.
    """

    aside: Path | None
    backup: Path | None
    since: Millis | None
    was_damaged: bool
    jobs: int
    read: int
    older: int
    lost: int
    missing: int
    unsure: list[str]

    def told(self) -> list[Message]:
        """Return it in words, the first of them what counts most."""
        return list(self._told())

    def _told(self) -> Iterator[Message]:
        since = _moment(self.since)
        if self.was_damaged and self.read > 0:
            yield message("The queue was brought back: {n} job(s)", n=self.jobs)
            if self.older:
                yield message(
                    "{n} could be read as they stood last, the others are as they were {since}",
                    n=self.jobs - self.older,
                    since=since,
                )
            else:
                yield message("All of them could be read as they stood last")
        elif self.backup is None:
            yield message("The queue was begun afresh: there was no backup, and nothing could be read")
        else:
            yield message("The queue was brought back as it was {since}: {n} job(s)", since=since, n=self.jobs)
            if self.was_damaged:
                yield message("Nothing that came after that could be read: it is lost")
        if self.lost and self.was_damaged:
            yield message("Lost: up to {n} job(s) that were added since and can't be read", n=self.lost)
        elif self.lost:
            yield message("Up to {n} job(s) that were added since are not in it", n=self.lost)
        if self.missing and self.read:
            yield message("The last {n} change(s) can't be read, and are lost", n=self.missing)
        if self.unsure:
            more = len(self.unsure) - _NAMED
            names = ", ".join(self.unsure[:_NAMED]) + (f" and {more} more" if more > 0 else "")
            yield message(
                "{n} job(s) may have run since, and wait in the dead letters for you to decide: {ids}",
                n=len(self.unsure),
                ids=names,
            )
        if self.aside is not None:
            yield message("What stood there before lies in {folder}", folder=self.aside)


def is_sound(home: Home) -> bool:
    """Whether the database of a home is there and whole; it is looked through thoroughly.

    Raises:
        StoreError: it can't be told, as another process holds it or it may not be read.
    """
    path, noted = home.database, ProgressNote(home.progress).read()
    if not path.exists():
        return False
    try:
        application, version = read_header(path)
        if application == APPLICATION_ID and version > len(MIGRATIONS):
            raise NewerDatabase(path, version, len(MIGRATIONS))
        with known_errors(path), closing(untouching(path)) as connection:
            if application != APPLICATION_ID:
                return from_1_0.is_1_0(connection)
            refuse_to_go_back(path, connection, noted)
            return not faults(connection, thorough=True)
    except StoreError as error:
        if error.is_damage:
            return False
        raise


def recover(
    home: Home,
    now: Millis,
    chosen: Path | None = None,
    *,
    kill_point: KillPoint = no_kill_point,
    progress: Callable[[Message], None] = lambda _: None,
) -> Recovered:
    """Bring a queue back; the caller holds the runner lock.

    Args:
        home: whose.
        now: the moment.
        chosen: the backup; None for the newest good one.
        kill_point: called between the steps.
        progress: is told what goes on.

    Raises:
        BadBackup: what was chosen can't be restored from.
        NothingToRestore: there is no backup, and the queue is sound or there never was one.
        InUse: on Windows, another program has the database open.
        StoreError, UnusableHome: it can't be done; what stands there was not touched.
    """
    home.make()
    progress(message("Looking at what is there"))
    if chosen is not None:
        check_good(chosen)
    sound = is_sound(home)
    if chosen is None:
        good = newest_good(home, now)
        chosen = None if good is None else good.path
    is_there = ProgressNote(home.progress).read() > 0 or any(file.exists() for file in files_of(home.database))
    if chosen is None and (sound or not is_there):
        raise NothingToRestore
    fresh, reference = home.data / _FRESH, home.data / _REFERENCE
    try:
        for place in (fresh, reference):
            remove_database(place)
        progress(message("Bringing together what can be read"))
        report, came_to = _build(home, fresh, reference, chosen, now, was_damaged=not sound)
        kill_point("recovery_built")
        if report.aside is None:
            fresh.replace(home.database)
            sync_folder(home.data)
            ProgressNote(home.progress).set_back(came_to)
            Doorbell(home.ring).ring()
        else:
            replace_database(home, fresh, report.aside, came_to, kill_point)
    except OSError as error:
        raise UnusableHome(home.data, error) from error
    finally:
        for place in (fresh, reference):
            remove_database(place)
    return report


def _build(
    home: Home, fresh: Path, reference: Path, chosen: Path | None, now: Millis, *, was_damaged: bool
) -> tuple[Recovered, int]:
    """Make the new database, whole and closed, and return what is in it, and how far it has come."""
    since = None if chosen is None else _made_at(chosen)
    for place in (fresh, reference):
        _begin_from(chosen, place)
    with known_errors(fresh), closing(raw_connection(fresh)) as target:
        before = merging.number(target, "SELECT last_seq FROM queue")
        with best_reading(home.database, reference, home.data) as reading, target:
            unsure, missing = _bring_together(home, target, reading, _moment(since), now, was_damaged=was_damaged)
            report = Recovered(
                aside=_aside(home, now, was_damaged=was_damaged),
                backup=chosen,
                since=since,
                was_damaged=was_damaged,
                missing=missing,
                unsure=unsure,
                **_counted(target, before),
            )
            # each of the missing changes may have added a job, whose number is never used again
            target.execute("UPDATE queue SET last_seq = last_seq + ?", (missing,))
            _leave_notice(target, report, now)
        found = faults(target, thorough=True)
        if found:
            raise BadBackup(chosen or fresh, "; ".join(found))
        # before anybody can take them for what a kill has left
        LostOutputs(home.outputs).keep(before, merging.number(target, "SELECT last_seq FROM queue"))
        came_to = merging.number(target, PROGRESS)
        target.pragma("journal_mode", "wal")
    return report, came_to


def _bring_together(
    home: Home, target: apsw.Connection, reading: Reading | None, since: str, now: Millis, *, was_damaged: bool
) -> tuple[list[str], int]:
    """Bring what was read over the backup's state, in a transaction.

    Returns:
        The ids of the jobs that are unsure, and how many changes are missing.
    """
    made_again = merging.begin(target)
    note_outputs(target, home.outputs)
    if reading is not None and was_damaged:
        merging.merge(target, reading)
    elif reading is not None:
        note_known(target, reading)
    merging.keep_wish(target, reading)
    merging.agree(target)
    missing = max(0, ProgressNote(home.progress).read() - merging.number(target, PROGRESS)) if was_damaged else 0
    unsure = settle(target, since, now, is_whole=missing == 0)
    merging.end(target, made_again)
    return unsure, missing


def _begin_from(chosen: Path | None, place: Path) -> None:
    """Make a database to begin from: a copy of a backup, brought to this schema, or an empty one."""
    if chosen is not None and has_wal(chosen):  # a queue that was put aside
        with known_errors(chosen), closing(untouching(chosen)) as origin:
            copy_database(origin, place)
    else:
        os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        if chosen is not None:
            shutil.copyfile(chosen, place)
    with known_errors(place), closing(raw_connection(place)) as connection:
        connection.pragma("journal_mode", "delete")
        with connection:
            migrate(connection, connection.pragma("user_version"), MIGRATIONS)


def _aside(home: Home, now: Millis, *, was_damaged: bool) -> Path | None:
    """Return the folder for what stands there now, if anything does."""
    if not any(file.exists() for file in files_of(home.database)):
        return None
    return home.backups / f"{'damaged' if was_damaged else 'replaced'}-{stamp(now)}"


def _made_at(backup: Path) -> Millis:
    named = read_name(backup.name)
    if named is not None:
        return named[0]
    return round(1000 * max(file.stat().st_mtime for file in files_of(backup)[:2] if file.exists()))


def _counted(target: apsw.Connection, before: int) -> dict[str, int]:
    """Return how many jobs there are, how many were read, how many are the backup's, and how many are lost.

    Args:
        target: when all is brought together.
        before: the highest number that the backup knew.
    """
    added = "SELECT last_seq - ?1 - (SELECT count(*) FROM job WHERE seq > ?1) FROM queue"
    there = "SELECT count(*) FROM job WHERE removed_at IS NULL"
    return {
        "jobs": merging.number(target, there),
        "read": merging.number(target, f"SELECT count(*) FROM {merging.BROUGHT}"),
        "older": merging.number(target, f"{there} AND seq NOT IN (SELECT seq FROM {merging.BROUGHT})"),
        "lost": max(0, merging.number(target, added, (before,))),
    }


def _leave_notice(target: apsw.Connection, report: Recovered, now: Millis) -> None:
    first, *others = report.told()
    words = first
    for other in others:
        words = message("{first}. {other}", first=words, other=other)
    add_notice(target.execute, now, NoticeKind.RECOVERED, message("The queue was brought back\n{words}", words=words))


def _moment(at: Millis | None) -> str:
    """Return a moment in local time, as in lists."""
    return "" if at is None else f"{datetime.fromtimestamp(at / 1000, UTC).astimezone():%Y-%m-%d %H:%M:%S}"
