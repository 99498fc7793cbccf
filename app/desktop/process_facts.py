"""What the system tells of another process, and ending one that hangs. A process is its pid and when it was created.

When that was, Linux counts from the boot on, and so it is kept: told by the clock, as psutil does, it would move each
time somebody sets that, and a process would not be known again. Elsewhere the system itself keeps what the clock said.
"""

from __future__ import annotations

import os
import sys
from typing import Final

import psutil

_TOLERANCE: Final = 1.0
"""Seconds by which two readings of one time of creation may differ that was told by the clock."""

_LONGEST_STAT: Final = 4096
_BY_THE_CLOCK: Final = 1e9
"""On Linux what is as much is seconds since 1970, as an earlier QueueCTL kept it: so long no computer runs."""


def created(pid: int) -> float | None:
    """Return when a process was created, in seconds since the boot on Linux, else since 1970; None where it is gone."""
    if sys.platform == "linux":
        try:
            with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:  # noqa: PTH123  it is read for each job
                stat = file.read(_LONGEST_STAT)
        except OSError:
            return None
        # proc_pid_stat(5): the name stands in parentheses and may hold some itself; the start is the 22nd field
        return int(stat[stat.rindex(b")") + 2 :].split()[19]) / os.sysconf("SC_CLK_TCK")
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None


def is_one_time(found: float, when: float) -> bool:
    """Whether two times of creation are one: one that is told now, and one that was kept."""
    if sys.platform == "linux" and when >= _BY_THE_CLOCK:
        found += psutil.boot_time()
    return abs(found - when) < _TOLERANCE


def is_same(pid: int, when: float | None) -> bool:
    """Whether a process is there that was created then; a zombie is not.

    Args:
        pid: its pid.
        when: as ``created`` told it; None where it is not known, and the pid alone decides.

    Raises:
        psutil.Error: it can't be looked at.
    """
    found = created(pid)
    if found is None:
        return False
    if when is not None and not is_one_time(found, when):
        return False
    return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)


def memory(pid: int, when: float | None) -> int | None:
    """Return how many bytes of memory a process holds, or None where it is gone or can't be looked at.

    Args:
        pid: its pid.
        when: as for ``is_same``.
    """
    try:
        return int(psutil.Process(pid).memory_info().rss) if is_same(pid, when) else None
    except psutil.Error:
        return None


def kill(pid: int, when: float) -> bool:
    """End a process at once; return whether it was there to be ended.

    Args:
        pid: its pid.
        when: when it was created: another one that only has its pid now is left alone.
    """
    try:
        process = psutil.Process(pid)  # before its identity is looked at: from here on psutil knows another one
        if not is_same(pid, when):
            return False
        process.kill()
    except psutil.Error:
        return False
    return True
