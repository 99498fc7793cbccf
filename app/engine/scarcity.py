"""What a run lacks that is no fault of its job's: room on the disk, processes, open files. Then it is put back."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

from app.domain.outcome import Reason

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}
_NO_RESOURCES = {errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM}
_PIPES_OF_A_START = 3


def lacking(error: Exception) -> Reason | None:
    """Return what was lacking where an error kept a run from being started; None where it is something else."""
    if not isinstance(error, OSError):
        return None
    if error.errno in _NO_SPACE:
        return Reason.DISK_FULL
    return Reason.NO_RESOURCES if error.errno in _NO_RESOURCES else None


def is_for_want_of_resources(text: str) -> bool:
    """Whether a command could not be started because the system has no processes or open files left for it.

    Qt says so only where it can't fork; where a file can't be opened it does not say why.

    Args:
        text: QProcess's own words.
    """
    if text.startswith("Resource error"):
        return True
    ends: list[int] = []
    try:
        for _ in range(_PIPES_OF_A_START):
            ends += os.pipe()
    except OSError as error:
        return error.errno in _NO_RESOURCES
    finally:
        for end in ends:
            os.close(end)
    return False


def occupied(output: Path) -> int:
    """Return the bytes that an output takes of the disk; 0 where there is none."""
    try:
        found = output.stat()
    except OSError:
        return 0
    if sys.platform == "win32":  # which does not tell of the holes that the cap leaves
        return found.st_size
    return found.st_blocks * 512
