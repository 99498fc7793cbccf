"""What the system tells of another process, and ending one that hangs. A process is its pid and its create time."""

from __future__ import annotations

from typing import Final

import psutil

_TOLERANCE: Final = 1.0
"""Seconds by which two readings of one create time may differ."""


def memory(pid: int, created: float | None) -> int | None:
    """Return how many bytes of memory a process holds, or None where it is gone or can't be looked at.

    Args:
        pid: its pid.
        created: its create time in seconds since 1970; None where it is not known, and the pid alone decides.
    """
    try:
        process = _process(pid, created)
        return None if process is None else int(process.memory_info().rss)
    except psutil.Error:
        return None


def kill(pid: int, created: float) -> bool:
    """End a process at once; return whether it was there to be ended.

    Args:
        pid: its pid.
        created: its create time: another one that only has its pid now is left alone.
    """
    try:
        process = _process(pid, created)
        if process is not None:
            process.kill()
    except psutil.Error:
        return False
    return process is not None


def _process(pid: int, created: float | None) -> psutil.Process | None:
    process = psutil.Process(pid)
    same = created is None or abs(process.create_time() - created) < _TOLERANCE
    return process if same and process.status() != psutil.STATUS_ZOMBIE else None
