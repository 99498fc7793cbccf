"""Clocks that nobody sets: one for timeouts, of the time in which the computer was awake, and one of all time."""

from __future__ import annotations

import sys
import time

if sys.platform == "win32":
    import ctypes

    def awake_seconds() -> float:
        """Return seconds since the computer started, without the time it slept."""
        ticks = ctypes.c_ulonglong()  # of 100 ns
        ctypes.windll.kernel32.QueryUnbiasedInterruptTime(ctypes.byref(ticks))
        return ticks.value / 1e7

else:
    awake_seconds = time.monotonic
    """Seconds from some beginning, without the time in which the computer slept: CLOCK_MONOTONIC on Linux and
    mach_absolute_time on macOS both stand still meanwhile."""


def elapsed_seconds() -> float:
    """Return seconds from some beginning, those in which the computer slept among them."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    if sys.platform == "darwin":
        return time.clock_gettime(time.CLOCK_MONOTONIC)
    return time.monotonic()  # on Windows it goes on meanwhile
