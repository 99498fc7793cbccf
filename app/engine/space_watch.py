"""An eye on the free space of the disk: below the floor nothing new is started, and what runs is put back."""

from __future__ import annotations

import logging
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

_log = logging.getLogger(__name__)

_EVERY = 1000
_HELD_LOOKS = 5


class SpaceWatch(QObject):
    """Looks once a second while jobs run, or while they wait for space; else never.

    Args:
        free: gives the free bytes.
        floor: gives the bytes that must stay free.
        parent: its owner.
    """

    ran_low = Signal()
    has_space_again = Signal()

    def __init__(self, free: Callable[[], int], floor: Callable[[], int], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._free = free
        self._floor = floor
        self._low = False
        self._held = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY)
        self._timer.timeout.connect(self._tick)

    @property
    def is_low(self) -> bool:
        """Whether there was too little space at the last look."""
        return self._low

    def set_busy(self, busy: bool) -> None:
        """Say whether jobs run."""
        if busy or self._low:
            if not self._timer.isActive():
                self._timer.start()
        else:
            self._timer.stop()

    def hold(self) -> None:
        """Take it that there is no space for some seconds, whatever the disk says: a write has just failed."""
        self._held = _HELD_LOOKS
        self.look()

    def missing(self) -> int:
        """Return how many bytes are lacking, as the disk says: 0 where there are enough, or it can't be asked."""
        try:
            return max(0, self._floor() - self._free())
        except OSError:
            return 0

    def _tick(self) -> None:
        self._held = max(0, self._held - 1)
        self.look()

    def look(self) -> bool:
        """Look now; return whether there is enough space."""
        try:
            low = self._held > 0 or self._free() < self._floor()
        except OSError:
            return not self._low  # a folder that can't be asked says nothing new
        if low and not self._low:
            self._low = True
            self._timer.start()
            _log.warning("free space is below the floor: running jobs are put back, and nothing new is started")
            self.ran_low.emit()
        elif self._low and not low:
            self._low = False
            _log.warning("there is enough free space again")
            self.has_space_again.emit()
        return not low
