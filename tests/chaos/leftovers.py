"""Which processes belong to a queue, jobs included; and ending them: also what an interrupted campaign left."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.runners import wait_for

HOME, TOKEN = "QUEUECTL_HOME", "QUEUECTL_TOKEN"
"""Names the queue in the environment of everything that an attack starts; names the run in that of a job."""


@dataclass(frozen=True)
class Found:
    """A living process of a queue, and whether a job has started it."""

    pid: int
    is_jobs: bool


def processes_of(folder: Path) -> list[Found]:
    """The living processes, but for this one, whose queue lies in a folder."""
    below = f"{folder}{os.sep}"
    return [
        Found(pid, bool(variables.get(TOKEN)))
        for pid, variables in _living()
        if pid != os.getpid() and f"{variables.get(HOME, '')}{os.sep}".startswith(below)
    ]


def end_leftovers(folder: Path) -> int:
    """Kill every process whose queue lies in a folder, and wait until none is left; return how many there were."""
    seen: set[int] = set()

    def none_is_left() -> bool:
        found = processes_of(folder)
        for process in found:
            seen.add(process.pid)
            with suppress(psutil.Error):
                psutil.Process(process.pid).kill()
        return not found

    wait_for(none_is_left, "the end of what an attack left")
    return len(seen)


if sys.platform == "linux":
    from app.engine.proc_linux import read_process, variables_of

    def _living() -> Iterator[tuple[int, Mapping[str, str]]]:
        # psutil takes ten times as long, and looks are many
        for name in os.listdir("/proc"):  # noqa: PTH208
            if not name.isdigit():
                continue
            home, token = variables_of(int(name), HOME, TOKEN)
            if home and (process := read_process(int(name))) is not None and process.alive:
                yield int(name), {HOME: os.fsdecode(home), TOKEN: os.fsdecode(token or b"")}

else:

    def _living() -> Iterator[tuple[int, Mapping[str, str]]]:
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.status() != psutil.STATUS_ZOMBIE:
                    yield process.pid, process.environ()
