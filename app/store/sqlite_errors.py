"""What an error of SQLite means for a person."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import apsw
from peewee import PeeweeException

from app.messages import KnownError
from app.store.errors import Busy, Damaged, DiskFull, NotADatabase, ReadOnly
from app.store.space import is_low

_NO_ROOM: Final = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}
_LEAST_ROOM: Final = 64 * 1024
"""Bytes: two steps by which the -shm file grows."""

_FAILS_FOR_ROOM: Final = {apsw.SQLITE_IOERR_SHMSIZE, apsw.SQLITE_IOERR_SHMOPEN}
"""The -shm file could not be made as long as it must be. SQLite then keeps no number of the system's, and most likely
the disk is full."""

ERRORS: Final = (apsw.Error, PeeweeException, UnicodeDecodeError)
"""What a statement may fail with."""


class UniqueViolation(Exception):
    """A row would have a name that another one has: for the caller to put into words."""


@contextmanager
def known_errors(path: Path, errno_of: Callable[[], int] = lambda: 0) -> Iterator[None]:
    """Raise what an error of SQLite in a block means for a person; one that is a bug of ours passes as it is.

    Args:
        path: of the database.
        errno_of: gives what the system said of the last input or output, 0 where nobody knows.

    Raises:
        StoreError: in place of an error that a person can understand.
        UniqueViolation: in place of one that the caller puts into words.
    """
    try:
        yield
    except ERRORS as error:
        meant = meaning(path, error, errno_of)
        if meant is error:
            raise
        raise meant from error


def meaning(path: Path, error: Exception, errno_of: Callable[[], int] = lambda: 0) -> Exception:
    """Return what ``known_errors`` raises in place of an error; that itself where it is a bug of ours."""
    if isinstance(error, apsw.ConstraintError):
        is_of_names = getattr(error, "extendedresult", 0) == apsw.SQLITE_CONSTRAINT_UNIQUE
        return UniqueViolation() if is_of_names else error
    return _in_words(path, error, errno_of) or error


def _in_words(path: Path, error: Exception, errno_of: Callable[[], int]) -> KnownError | None:
    """Return what an error of SQLite means for a person, or None where it is a bug of ours."""
    cause = getattr(error, "orig", None) or error
    text = str(cause)
    if isinstance(cause, apsw.BusyError | apsw.LockedError):
        return Busy(path)
    if isinstance(cause, apsw.FullError):
        return DiskFull(path)
    if isinstance(cause, apsw.NotADBError):
        return NotADatabase(path, "SQLite does not know its format")
    if isinstance(cause, apsw.CorruptError | UnicodeDecodeError):
        return Damaged(path, text)
    if isinstance(cause, apsw.ReadOnlyError | apsw.CantOpenError | apsw.PermissionsError):
        return ReadOnly(path, text)
    if isinstance(cause, apsw.IOError):
        return DiskFull(path) if _is_for_lack_of_room(path, cause, errno_of()) else ReadOnly(path, text)
    return None


def _is_for_lack_of_room(path: Path, error: apsw.Error, number: int) -> bool:
    """Whether an error of input and output comes from a full disk; SQLite says so only where it writes pages.

    It does not where it makes the -shm file, as who opens a queue does first, nor where it syncs, nor where what is
    used up is this person's part of the disk alone.
    """
    if getattr(error, "extendedresult", 0) in _FAILS_FOR_ROOM:
        return True
    return number in _NO_ROOM or is_low(path.parent, _LEAST_ROOM)
