"""The last lines of the program's own logs, fit to leave this computer.

A log holds no command and no output, but errors can quote anything: of those only where they were is kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from app.domain.visible_text import visible

LINES: Final = 500
LOGS: Final = ("window", "runner")
"""The program's own; whatever else lies in the folder is not looked at."""

_MOST: Final = 2**21
"""Bytes of a file's end that are read: a rotated log is half as long."""

_LONGEST: Final = 1000
_ROTATED: Final = 9

_TOLD: Final = ("outcome", "to", "why", "what")
"""Fields of text that are a few fixed words. Numbers are kept under any name."""

_NAMES = re.compile(r"((?:still alive|cannot be ended):).*", re.DOTALL)
"""What comes then are names of programs that a job started."""

_FRAME = re.compile(r'\s*[|+\s-]*File "[^"]+", line \d+, in \S+')
_TYPE = re.compile(r"[\s|]*((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*)(?::.*)?")
_BETWEEN = (
    "During handling of the above exception",
    "The above exception was the direct cause",
)
_HEAD = "Traceback (most recent call last):"


def log_end(folder: Path, name: str, most: int = LINES) -> str:
    """Return the last lines of a log, the oldest first, rotated files included.

    Args:
        folder: where logs are.
        name: of the process: window or runner.
        most: how many lines.

    Raises:
        OSError: it can't be read.
    """
    lines: list[str] = []
    for file in (f"{name}.log", *(f"{name}.log.{number}" for number in range(1, _ROTATED + 1))):
        if len(lines) >= most:
            break
        try:
            older = _end(folder / file)
        except FileNotFoundError:
            continue
        lines = older[-(most - len(lines)) :] + lines
    return "".join(f"{safe_line(line)}\n" for line in lines)


def safe_line(line: str) -> str:
    """Return a log line without anything that an error quoted."""
    try:
        fields = json.loads(line)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        return json.dumps({"left out": f"{len(line)} characters that are no line of the log"})
    return json.dumps(dict(_safe_fields(fields)), ensure_ascii=False)


def _safe_fields(fields: dict[str, Any]) -> Iterator[tuple[str, object]]:
    for name in ("timestamp", "level", "logger"):
        if isinstance(fields.get(name), str):
            yield name, _short(fields[name])
    if isinstance(fields.get("event"), str):
        yield "event", _short(_NAMES.sub(r"\1 (names left out)", fields["event"]))
    for name, value in fields.items():
        if value is None or isinstance(value, int | float) or (name in _TOLD and isinstance(value, str)):
            yield name, _short(value) if isinstance(value, str) else value
    if isinstance(fields.get("exception"), str):
        yield "exception", without_messages(fields["exception"])


def without_messages(trace: str) -> str:
    """Return a traceback as its places and the types of its errors; what they say can hold anything."""
    kept: list[str] = []
    in_frames = False
    for line in trace.splitlines():
        if line.strip().endswith(_HEAD):
            in_frames = True
            kept.append(_HEAD)
        elif line.strip().startswith(_BETWEEN):
            in_frames = False
            kept.append("and with that:")
        elif in_frames and (frame := _FRAME.fullmatch(line)) is not None:
            kept.append(frame[0])
        elif in_frames and not line.startswith("  ") and (kind := _TYPE.fullmatch(line)) is not None:
            in_frames = False
            kept.append(kind[1])
    return "\n".join(kept)


def _end(path: Path) -> list[str]:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _MOST))
        data = file.read(_MOST)
    if size > len(data):
        data = data.partition(b"\n")[2]
    return [line for line in data.decode("utf-8", "replace").split("\n") if line.strip()]


def _short(text: str) -> str:
    return visible(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
