"""What a queue's processes said: to the person, each start into files of its own, and to the log."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_TRACES = ("Traceback", "This is a bug", "Fatal Python error", "Segmentation", "QObject::", "QThread", "exc_info")
_KNOWN_ERRORS = (
    "runner refused: A runner is already running",
    "left by a dead runner: cannot be ended",
    "the runner leaves: The queue in ",
    "The database can't be used any more: The queue in ",
    "runner refused: The queue in ",
)
"""Errors in the log that an attack brings about, and that are told rightly."""


class Said:
    """The streams of processes below one folder, and the log below another.

    Args:
        folder: of the streams.
        logs: of the program's log.
        harmless: parts of lines that the target may write.
    """

    def __init__(self, folder: Path, logs: Path, harmless: Sequence[str]) -> None:
        self._folder = folder
        self._logs = logs
        self._harmless = harmless
        self._count = 0
        self._last = folder
        self._by_pid: dict[int, Path] = {}
        folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def streams(self, kind: str) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
        """The files for standard output and standard error of a process that is being started."""
        self._count += 1
        self._last = self._folder / f"{self._count}-{kind}"
        with self._last.with_suffix(".out").open("wb") as out, self._last.with_suffix(".err").open("wb") as err:
            yield out, err

    def belongs_to(self, pid: int) -> None:
        """Note whose streams were made last."""
        self._by_pid[pid] = self._last

    def output_of(self, pid: int) -> str:
        """What a process has written on its standard output so far."""
        return self._by_pid[pid].with_suffix(".out").read_text(encoding="utf-8", errors="replace")

    def errors_of(self, pid: int) -> str:
        """What a process has written on its standard error so far."""
        return self._by_pid[pid].with_suffix(".err").read_text(encoding="utf-8", errors="replace")

    def trouble(self) -> list[str]:
        """What no person should ever see: tracebacks on a stream, bugs and unexpected errors in the log."""
        found = []
        for path in sorted(self._folder.iterdir()):
            text = path.read_text(encoding="utf-8", errors="replace")
            lines = [line for line in text.splitlines() if not any(part in line for part in self._harmless)]
            found += [f"{path.name}: {line}" for line in lines if any(trace in line for trace in _TRACES)]
        for path in sorted(self._logs.glob("*.log*")):
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            found += [f"{path.name}: {line}" for line in lines if _is_trouble(line)]
        return found


def _is_trouble(line: str) -> bool:
    try:
        told = json.loads(line.lstrip("\0"))  # a disk that failed has kept how long the file was, and not what it held
    except ValueError:
        return True  # half a line: two have written at once
    if told.get("level") == "critical" or "exception" in told or "Traceback" in line:
        return True
    return told.get("level") == "error" and not str(told.get("event", "")).startswith(_KNOWN_ERRORS)
