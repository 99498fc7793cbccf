"""Whole copies of a database, what stands in its WAL included: one file each, readable by this person only."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import apsw

from app.store.database import raw_connection, remove_database
from app.store.sqlite_errors import known_errors

_PAGES_A_STEP: Final = 256
"""A megabyte: a step takes about a millisecond."""


def copy_database(source: apsw.Connection, target: Path) -> None:
    """Write a whole copy of an open database, what stands in its WAL included, readable by this person only."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    copy = apsw.Connection(str(target))
    try:
        with copy.backup("main", source, "main") as backup:
            backup.step(-1)
    except BaseException:
        copy.close()
        target.unlink()  # half a copy must not pass for a whole one
        raise
    copy.close()


def copy_in_steps(source: Path, target: Path, between: Callable[[], None]) -> None:
    """Write a whole copy of a database as it stands at one moment, while others go on writing to it.

    The copy is made out of one reading transaction: under WAL a reader holds up no writer, and what is written
    meanwhile does not make it begin anew. It is one file, readable by this person only, with nothing beside it.

    Args:
        source: the database.
        target: a file that does not exist.
        between: called after each step; what it raises ends the copying.

    Raises:
        StoreError: it can't be copied; nothing is left of the target, nor where ``between`` raises.
        OSError: the target can't be made.
    """
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        with known_errors(source), closing(raw_connection(source)) as origin, closing(raw_connection(target)) as copy:
            origin.execute("BEGIN")
            origin.execute("SELECT count(*) FROM sqlite_schema").fetchall()  # from here on it sees this moment
            with copy.backup("main", origin, "main") as backup:
                while not backup.done:
                    backup.step(_PAGES_A_STEP)
                    between()
            copy.pragma("journal_mode", "delete")
    except BaseException:
        remove_database(target)
        raise
