"""The -shm file where the file system copies what is written anew (btrfs): made so that this one is written in place.

SQLite maps that file into memory. A page that must be copied first finds no room on a full disk, and the system has
nobody to tell it to but by a signal, SIGBUS, which ends the program. Seen on Linux 6.18: without this each program that
has a queue open there dies by it, sooner or later; with it none did. A file that is there already stays as it is, until
nobody has the queue open. Where a quota is used up, and not the disk, the system counts what it writes about a file as
well, and this does not help.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

# linux/fs.h, for systems whose unsigned long has 64 bits and whose ioctl numbers are the common ones
_GET_FLAGS = 0x80086601
_SET_FLAGS = 0x40086602
_COMPRESSED = 0x00000004
_NOT_COPIED = 0x00800000

_LEFT = 60.0
"""Seconds after which a file that was to become the -shm file belongs to nobody: a killed process left it."""

_making = threading.Lock()


def make_ready(database: Path) -> None:
    """Make an empty -shm file that is written in place, where there is none and the file system needs to be asked.

    To be called before the first statement of a connection, which makes the file itself where there is none. Whatever
    is refused leaves all as it was.

    Args:
        database: the file of the database.
    """
    shared = database.with_name(f"{database.name}-shm")
    with suppress(OSError):
        if not shared.exists() and _is_copied(database.parent):
            _make(shared)


def _is_copied(folder: Path) -> bool:
    """Whether new files of a folder can be kept from being copied, which only such file systems know."""
    if sys.platform != "linux":
        return False
    nameless = os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o600)
    try:
        _write_in_place(nameless)
    except OSError:
        return False
    finally:
        os.close(nameless)
    return True


def _make(shared: Path) -> None:
    """Make the file under another name first.

    Closing a file gives up all locks that the process has on it, those of SQLite on another thread too. So it has its
    name only when it is closed, and no two threads make one.
    """
    with _making:
        for left in shared.parent.glob(f"{shared.name}-new-*"):
            if time.time() - left.stat().st_mtime > _LEFT:
                left.unlink(missing_ok=True)
        new = shared.with_name(f"{shared.name}-new-{os.getpid()}")
        descriptor = os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        try:
            try:
                _write_in_place(descriptor)
            finally:
                os.close(descriptor)
            os.link(new, shared)
        finally:
            new.unlink(missing_ok=True)


def _write_in_place(descriptor: int) -> None:
    if sys.platform == "linux":
        import fcntl

        flags = int.from_bytes(fcntl.ioctl(descriptor, _GET_FLAGS, bytes(8)), sys.byteorder)
        if flags & _COMPRESSED:  # as the folder has it; the two exclude each other, and can't be set in one go
            flags &= ~_COMPRESSED
            fcntl.ioctl(descriptor, _SET_FLAGS, flags.to_bytes(8, sys.byteorder))
        fcntl.ioctl(descriptor, _SET_FLAGS, (flags | _NOT_COPIED).to_bytes(8, sys.byteorder))
