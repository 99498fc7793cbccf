"""Whether there is a tray: no signal of the desktop says so, and panels come late, restart and go."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QSystemTrayIcon

EVERY: Final = 10_000
"""Milliseconds between two looks."""

AWAY: Final = 15.0
"""Seconds that a tray must be away to count as gone: a panel that restarts takes a few."""


class TrayPresence(QObject):
    """Looks whether there is a tray, now and then.

    Signals:
        came: there is one where the last look found none, however short it was away.
        went: there has been none for AWAY seconds; said once, until one comes.

    Args:
        available: whether there is one at this moment. QSystemTrayIcon's isVisible() and supportsMessages() say yes
            where there is none.
        monotonic: gives seconds.
        parent: its owner.
    """

    came = Signal()
    went = Signal()

    def __init__(
        self,
        available: Callable[[], bool] = QSystemTrayIcon.isSystemTrayAvailable,
        monotonic: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._available = available
        self._monotonic = monotonic
        self._is_there = False
        self._has_gone = False
        self._missing_since = monotonic()
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.look)

    @property
    def is_there(self) -> bool:
        """Whether the last look found one; who is about to hide the window looks first."""
        return self._is_there

    def start(self) -> None:
        """Look now, and then again and again."""
        self._missing_since = self._monotonic()
        self._timer.start()
        self.look()

    def stop(self) -> None:
        """Look no more, and know of no tray."""
        self._timer.stop()
        self._is_there = self._has_gone = False

    def look(self) -> bool:
        """Look now, tell what has changed, and return whether there is one."""
        was_there, self._is_there = self._is_there, self._available()
        if self._is_there:
            self._has_gone = False
            if not was_there:
                self.came.emit()
        elif was_there:
            self._missing_since = self._monotonic()
        elif not self._has_gone and self._monotonic() - self._missing_since >= AWAY:
            self._has_gone = True
            self.went.emit()
        return self._is_there
