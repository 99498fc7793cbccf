"""The doorbell: one small file whose time says that the database changed. It carries nothing but that."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path


class Doorbell:
    """The ring of one queue.

    The file is made once and never replaced: a watcher of a replaced file is deaf.
    """

    def __init__(self, ring: Path) -> None:
        self._ring = ring

    def hang(self) -> None:
        """Make the file, unless it is there."""
        os.close(os.open(self._ring, os.O_CREAT | os.O_WRONLY, 0o600))

    def ring(self) -> None:
        """Tell everybody who watches. A ring that fails loses nothing: who listens looks now and then as well."""
        now = time.time_ns()  # the kernel's own "now" stands still for up to 4 ms, and two rings would look like one
        with suppress(OSError):
            try:
                os.utime(self._ring, ns=(now, now))
            except FileNotFoundError:
                self.hang()

    def rang_at(self) -> int:
        """Return the time of the last ring in nanoseconds; 0 when there is no ring."""
        try:
            return self._ring.stat().st_mtime_ns
        except OSError:
            return 0
