"""A clock for timeouts: it counts the time in which the computer was awake, and nobody sets it."""

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
