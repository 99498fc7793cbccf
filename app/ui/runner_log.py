"""The newest lines of the runner's own log, which is JSON, a line an event."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from app.domain.job import Millis
from app.paths import Home

_READ: Final = 131_072
"""Bytes from the end of the file; 200 lines are shorter."""

_ERRORS: Final = frozenset({"error", "critical"})
_TOLD: Final = frozenset({"event", "exception", "level", "logger", "timestamp"})


class LogLine(Struct, frozen=True):
    """One event: when, how grave (``info``, ``warning``, ``error``, ``critical``), what, and what it came with.

    A line that is no JSON, such as one cut off, is only an event.
    """

    at: Millis | None
    level: str
    event: str
    more: str


def log_file(home: Home) -> Path:
    """Return where the runner of a home writes its log."""
    return home.logs / "runner.log"


def read_log(path: Path, most: int) -> list[LogLine]:
    """Return the newest lines of a log, oldest first; none where there is none."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - _READ))
            lines = file.read(_READ).splitlines()
    except OSError:
        return []
    return [_line(line) for line in (lines[1:] if size > _READ else lines)[-most:]]


def last_error(path: Path, since: Millis) -> str | None:
    """Return what the newest error in a log says, of those written from a moment on."""
    for line in reversed(read_log(path, 50)):
        if line.level in _ERRORS and line.at is not None and line.at >= since:
            return line.event
    return None


def _line(data: bytes) -> LogLine:
    try:
        fields: dict[str, Any] = msgspec.json.decode(data, type=dict[str, Any])
        at = datetime.fromisoformat(str(fields.get("timestamp")))
    except (msgspec.DecodeError, ValueError):
        return LogLine(None, "", data.decode("utf-8", "replace"), "")
    event = str(fields.get("event", ""))
    trace = str(fields.get("exception", "")).strip()
    if trace:
        event = f"{event}: {trace.splitlines()[-1]}"
    more = "  ".join(f"{name}={value}" for name, value in fields.items() if name not in _TOLD and value is not None)
    return LogLine(round(at.timestamp() * 1000), str(fields.get("level", "")), event, more)
