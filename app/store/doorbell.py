"""The doorbell: one small file whose time says that the database changed. It holds nothing."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path


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
        """Make the file, unless it is there.

        Raises:
            OSError: it can't be made.
        """
        try:
            os.close(os.open(self._ring, os.O_CREAT | os.O_WRONLY, 0o600))
        except OSError:
            if not self._ring.is_file():  # it may be there on a disk that takes nothing any more
                raise

    def ring(self) -> None:
        """Tell everybody who watches. A ring that fails loses nothing: who listens looks now and then as well."""
        now = time.time_ns()  # the kernel's own "now" stands still for up to 4 ms, and two rings would look like one
        if sys.platform == "win32":
            now = max(now, _next_millisecond(self.rang_at()))
        self._own = now
        with suppress(OSError):
            try:
                os.utime(self._name, ns=(now, now))
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


def _next_millisecond(at: int) -> int:
    """Return the first nanosecond of the millisecond after a moment's.

    Qt's watcher on Windows compares times in whole milliseconds: under Wine 84 of 3,000 rings, each made when the one
    before was heard, fell into the millisecond of that one, and none of them was heard.
    """
    return (at // 1_000_000 + 1) * 1_000_000
