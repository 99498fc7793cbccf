"""Putting another database in the place of a queue's: all of it or nothing, also when that is killed in the middle.

What is to be done is written down first, in the file ``replacing`` beside the database. Whoever opens the queue next
and finds that file ends what was begun.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import apsw

from app.messages import KnownError, message
from app.paths import Home, UnusableHome
from app.store.database import KillPoint, files_of, no_kill_point, sync_folder
from app.store.doorbell import Doorbell
from app.store.errors import Busy, StoreError
from app.store.header import read_header
from app.store.progress_note import ProgressNote

_AFTER: Final = "replacing"
_PATIENCE: Final = 10_000
"""Milliseconds in which whoever writes has written."""


class InUse(KnownError):
    """Another program has the database open, and the system lets nobody move it away."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            "{path} is in use, and can't be put aside",
            path=path,
            remedy=message("Close the window, and whatever else works with this queue, and call again."),
        )


def note_of(home: Home) -> Path:
    """Return the file that says what is to be done; it is there only meanwhile."""
    return home.data / _AFTER


def replace_database(
    home: Home, fresh: Path, aside: Path, progress: int, kill_point: KillPoint = no_kill_point
) -> None:
    """Put a database in the place of the present one, which is kept.

    The caller holds the runner lock. Who writes to the present one meanwhile is waited for, and refused from then on:
    what it writes to is no longer the queue.

    Args:
        home: whose.
        fresh: the new database, closed, in the folder of the present one.
        aside: a folder that does not exist, for the present one and all that belongs to it.
        progress: how far the new database has come.
        kill_point: called between the steps.

    Raises:
        InUse: it can't be moved; nothing was changed.
        Busy: somebody writes to it for longer than anyone should; nothing was changed.
        UnusableHome: a file can't be made or moved. Nothing was changed, or whoever opens the queue next ends it.
    """
    with _held_by_nobody_else(home.database):
        try:
            aside.mkdir(mode=0o700)
            _write_note(note_of(home), {"fresh": fresh.name, "aside": aside.name, "progress": progress})
            kill_point("replacing_noted")
            _carry_out(home, kill_point)
        except OSError as error:
            if not home.database.exists() or (aside / home.database.name).exists():
                raise UnusableHome(aside, error) from error
            is_refused_to_move = os.name == "nt" and isinstance(error, PermissionError) and aside.is_dir()
            with suppress(OSError):
                note_of(home).unlink(missing_ok=True)
                aside.rmdir()
            if is_refused_to_move:
                raise InUse(home.database) from error
            raise UnusableHome(home.backups, error) from error


def end_replacing(home: Home) -> None:
    """End what somebody began and could not end; the caller holds the runner lock.

    Raises:
        UnusableHome: a file can't be moved.
    """
    try:
        _carry_out(home, no_kill_point)
    except OSError as error:
        raise UnusableHome(home.data, error) from error


def _carry_out(home: Home, kill_point: KillPoint) -> None:
    """Do what is noted, from wherever it stands: each step can be done again."""
    noted = _read_note(note_of(home))
    if noted is not None:
        fresh, aside = home.data / str(noted["fresh"]), home.backups / str(noted["aside"])
        if fresh.exists():  # else all was moved, and only the note is left
            for file in files_of(home.database):
                with suppress(FileNotFoundError):
                    file.rename(aside / file.name)
                kill_point("replacing_moved")
            fresh.replace(home.database)
            kill_point("replacing_put")
        ProgressNote(home.progress).set_back(int(noted["progress"]))
        Doorbell(home.ring).ring()
        if aside.is_dir():
            for folder in (aside, home.backups, home.data):
                sync_folder(folder)
    note_of(home).unlink(missing_ok=True)
    sync_folder(home.data)


class _held_by_nobody_else:  # noqa: N801  reads as the sentence it is
    """Keeps others from writing to a database that can still be locked, until it has been moved.

    Raises:
        Busy: somebody writes, and goes on to: what they are told is kept would be put aside.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: apsw.Connection | None = None

    def __enter__(self) -> None:
        if os.name != "posix" or not self._path.exists():
            return  # on Windows nobody moves a file that anybody has open, this process included
        is_busy = False
        with suppress(apsw.Error, StoreError):
            read_header(self._path)  # of an empty file SQLite would delete the WAL
            connection = apsw.Connection(str(self._path), flags=apsw.SQLITE_OPEN_READWRITE)
            self._connection = connection
            connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            connection.set_busy_timeout(_PATIENCE)
            try:
                connection.execute("BEGIN IMMEDIATE")
            except apsw.BusyError:
                is_busy = True
        if is_busy:
            self.__exit__()
            raise Busy(self._path)

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            with suppress(apsw.Error):
                self._connection.close(True)


def _write_note(note: Path, content: dict[str, str | int]) -> None:
    draft = note.with_name(f"{note.name}.new")
    descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    try:
        os.write(descriptor, json.dumps(content).encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    draft.replace(note)
    sync_folder(note.parent)


def _read_note(note: Path) -> dict[str, Any] | None:
    try:
        noted = json.loads(note.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return noted if isinstance(noted, dict) and {"fresh", "aside", "progress"} <= noted.keys() else None
