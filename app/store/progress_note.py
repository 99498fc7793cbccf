"""How far the database had come at its last commit, noted outside of it.

Of a WAL that was lost the database itself says nothing: without it, it is an older one, and whole. So who opens one
that has not come as far as the note says knows that something of it is missing.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

PROGRESS: Final = "SELECT (SELECT coalesce(max(event), 0) FROM event) + arrivals + removals + expedites FROM queue"
"""How far a database has come: a number that grows with each enqueue, transition, removal and "run next".

It goes back only where the newest events are purged with their jobs, a day after they were removed.
"""

NUMBERED_OTHERWISE: Final = (
    "SELECT EXISTS (SELECT 1 FROM event WHERE event = (SELECT max(event) FROM event) AND NOT EXISTS (SELECT 1"
    " FROM event AS listed INDEXED BY event_of_job WHERE listed.seq = event.seq AND listed.event = event.event))"
)
"""Whether the index knows the newest event under no such number: a bit of it turned over, and a database seems to have
come further than it has. No check of SQLite's but the thorough one sees that.
"""

_TWICE: Final = b"%020d %020d\n"
"""The number two times, always as long: what was read amid a write, or torn by a power cut, differs from itself."""

_HOW: Final = os.O_CREAT | os.O_WRONLY | getattr(os, "O_BINARY", 0)


class ProgressNote:
    """The note of one queue: a small file, which is never replaced.

    No time of a file, though that would be cheaper: whoever reads a file may set the time of its access, Wine does so
    when it only looks at it, and a memory stick knows no times before 1980.
    """

    def __init__(self, file: Path) -> None:
        self._file = str(file)

    def write(self, progress: int) -> None:
        """Note how far the database has come, after a commit.

        It is not written through to the disk: a note that has stayed behind only says less.
        """
        with suppress(OSError):
            descriptor = os.open(self._file, _HOW, 0o600)
            try:
                os.write(descriptor, _TWICE % (progress, progress))
            finally:
                os.close(descriptor)

    def forget(self) -> None:
        """Say nothing, after a power cut too. To be called where the database goes back, by a commit before that."""
        with suppress(OSError):
            descriptor = os.open(self._file, _HOW | os.O_TRUNC, 0o600)  # emptying needs no room on the disk
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def set_back(self, progress: int) -> None:
        """Note how far another database has come, which is the queue from now on."""
        self.forget()
        self.write(progress)

    def read(self) -> int:
        """Return how far the database had come at the last commit; 0 where that is not known."""
        try:
            noted = Path(self._file).read_bytes()
        except OSError:
            return 0
        number = noted.partition(b" ")[0]
        progress = int(number) if number.isdigit() else 0
        return progress if noted == _TWICE % (progress, progress) else 0
