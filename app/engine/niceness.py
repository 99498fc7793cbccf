"""Letting jobs give way to what the person does: a lower priority for the processor and the disk."""

from __future__ import annotations

import os
import sys

import psutil

NORMAL, BELOW_NORMAL, IDLE = "normal", "below-normal", "idle"

_NICE = {BELOW_NORMAL: 10, IDLE: 19}


def give_way(pid: int, niceness: str) -> None:
    """Lower the priority of a process that has just started, and of what it has started meanwhile.

    On Linux the disk's priority follows the processor's (ioprio_set(2)), but for IDLE, which has a class of its own. On
    Windows each has its own call, and on macOS the disk's is left alone. It does not matter when the process has ended
    already.

    Args:
        pid: leader of its own process group (POSIX).
        niceness: value of option ``niceness``.
    """
    if niceness == NORMAL:
        return
    try:
        if sys.platform == "win32":
            process = psutil.Process(pid)
            low, lowest = psutil.BELOW_NORMAL_PRIORITY_CLASS, psutil.IDLE_PRIORITY_CLASS
            process.nice(lowest if niceness == IDLE else low)
            process.ionice(psutil.IOPRIO_VERYLOW if niceness == IDLE else psutil.IOPRIO_LOW)
        else:
            os.setpriority(os.PRIO_PGRP, pid, _NICE[niceness])
        if sys.platform == "linux" and niceness == IDLE:
            psutil.Process(pid).ionice(psutil.IOPRIO_CLASS_IDLE)
    except (psutil.Error, OSError):
        return
