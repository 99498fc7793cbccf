"""Where log lines go: everyone logs through the standard library, and here it becomes JSON, a line an event.

Neither what jobs write nor their environment nor their commands are ever logged.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

import structlog

_MAX_BYTES = 1_000_000
_KEPT = 5
_LONGEST_LINE = 100_000
"""Bytes, tracebacks included."""


class _Rotating(RotatingFileHandler):
    """Rotates by the size that the file has, into files that this person alone reads.

    The library's own formats each line once more to see how long it is.
    """

    def _open(self) -> TextIOWrapper:
        os.close(os.open(self.baseFilename, os.O_CREAT | os.O_WRONLY, 0o600))
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  as the library calls it
        """Leave a line out that there is no room for: what can't be written down can't be told here either.

        The library would print a traceback, to the person where the pool works in the foreground.
        """
        if not isinstance(sys.exception(), OSError):
            super().handleError(record)
            return
        stream, self.stream = self.stream, None  # the next line opens it anew
        if stream is not None:
            with suppress(OSError):
                stream.close()  # what it still holds finds no room either
        with suppress(OSError):
            _drop_half_a_line(Path(self.baseFilename))

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802, ARG002  as the library calls it
        return self.stream is not None and self.stream.tell() >= self.maxBytes


def _drop_half_a_line(path: Path) -> None:
    """Cut a file after its last whole line: a full disk took part of one, and the next would stand right behind it.

    Raises:
        OSError: it can't be cut.
    """
    with path.open("rb+") as file:
        begin = max(0, file.seek(0, os.SEEK_END) - _LONGEST_LINE)
        file.seek(begin)
        file.truncate(begin + file.read(_LONGEST_LINE).rfind(b"\n") + 1)


def log_to(folder: Path, name: str, *, warn_here: bool = False) -> None:
    """Send this process's log lines to ``<name>.log`` in ``folder``, rotated at a million bytes.

    Args:
        folder: it exists.
        name: which process this is.
        warn_here: whether a person watches this process, and reads warnings on standard error too.
    """
    handler = _Rotating(folder / f"{name}.log", maxBytes=_MAX_BYTES, backupCount=_KEPT, encoding="utf-8", delay=True)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(),
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    if warn_here and sys.stderr is not None:
        here = logging.StreamHandler(sys.stderr)
        here.setLevel(logging.WARNING)
        root.addHandler(here)
