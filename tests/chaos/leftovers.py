"""Ending what belongs to an attack's folder: also what an interrupted campaign left."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from tests.runners import wait_for

VARIABLE = "QUEUECTL_HOME"
"""Names the queue in the environment of everything that an attack starts, jobs included."""


def processes_of(folder: Path) -> Iterator[psutil.Process]:
    """The living processes, but for this one, whose queue lies in a folder."""
    below = f"{folder}{os.sep}"
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            home = process.environ().get(VARIABLE, "")
            if process.pid != os.getpid() and f"{home}{os.sep}".startswith(below):
                yield process


def end_leftovers(folder: Path) -> int:
    """Kill every process whose queue lies in a folder, and wait until none is left; return how many there were."""
    seen: set[int] = set()

    def none_is_left() -> bool:
        found = [process for process in processes_of(folder) if process.status() != psutil.STATUS_ZOMBIE]
        for process in found:
            seen.add(process.pid)
            with suppress(psutil.Error):
                process.send_signal(signal.SIGKILL)
        return not found

    wait_for(none_is_left, "the end of what an attack left")
    return len(seen)
