"""The doorbell: one small file whose time says that the database changed. It holds nothing.

Its other time, that of its last access, says how far the database had come then: so many seconds since 1970 (see
``database.PROGRESS``). It is set in the same breath, so it costs nothing; and who opens a database that has not come as
far knows that something of it is missing, such as its WAL, of which the database itself says nothing.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

_SECOND: Final = 10**9
_MOST: Final = 10**9
"""A time of access after 2001 was set by somebody who read the file, and says nothing."""


class Doorbell:
    """The ring of one queue.

    The file is made once and never replaced: a watcher of a replaced file is deaf.
    """

    def __init__(self, ring: Path) -> None:
        self._ring = ring
        self._name = str(ring)
        self._own = 0  # the time of the last ring from here
        self._known = 0

    def hang(self) -> None:
        """Make the file, unless it is there."""
        os.close(os.open(self._ring, os.O_CREAT | os.O_WRONLY, 0o600))

    def ring(self, progress: int | None = None) -> None:
        """Tell everybody who watches. A ring that fails loses nothing: who listens looks now and then as well.

        Args:
            progress: how far the database has come, after a commit; 0 where that is not known, and None where nothing
                was committed.
        """
        now = time.time_ns()  # the kernel's own "now" stands still for up to 4 ms, and two rings would look like one
        self._own = now
        with suppress(OSError):
            try:
                os.utime(self._name, ns=(self._noted_as(progress), now))
            except FileNotFoundError:
                self.hang()

    def know_own_ring(self) -> None:
        """Take the last ring from here for no news.

        To be called by whoever has seen all that others committed before that ring, and has looked *after* it that
        nobody has committed since: who does so now rings later.
        """
        self._known = self._own

    def has_news(self) -> bool:
        """Whether the last ring is another than the one that is known for no news."""
        return self.rang_at() != self._known

    def rang_at(self) -> int:
        """Return the time of the last ring in nanoseconds; 0 when there is no ring."""
        try:
            return os.stat(self._name).st_mtime_ns  # noqa: PTH116  a text: the runner looks after each turn of its own
        except OSError:
            return 0

    def progress(self) -> int:
        """Return how far the database had come at the last commit; 0 where that is not known."""
        try:
            noted = self._ring.stat().st_atime_ns // _SECOND
        except OSError:
            return 0
        return noted if 0 <= noted < _MOST else 0

    def _noted_as(self, progress: int | None) -> int:
        return self._ring.stat().st_atime_ns if progress is None else min(progress, _MOST) * _SECOND
