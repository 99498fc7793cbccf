"""The free space of the disk that a queue lies on: who wants to know asks the disk, since a full one takes no notes."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def free_bytes(folder: Path) -> int:
    """Return the bytes that this person may still write to the disk of a folder.

    Raises:
        OSError: the disk can't be asked.
    """
    if sys.platform != "win32":  # the runner asks at each turn, and an import here alone would take 5 us of it
        found = os.statvfs(folder)
        return found.f_bavail * found.f_frsize

    import shutil  # who enqueues pays for each import, and does not ask

    return shutil.disk_usage(folder).free


def is_low(folder: Path, floor: int) -> bool:
    """Whether less than ``floor`` bytes are free there; a disk that can't be asked is not said to be full."""
    try:
        return free_bytes(folder) < floor
    except OSError:
        return False
