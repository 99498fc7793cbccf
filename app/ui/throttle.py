"""Refreshing calmly: the first call at once, those that follow gathered into one."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal


class Throttle(QObject):
    """Passes a call on at once, and then at most one each ``interval``.

    Args:
        interval: milliseconds between two calls passed on.
        parent: its owner.
    """

    passed = Signal()

    def __init__(self, interval: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._again = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(interval)
        self._pause.timeout.connect(self._over)

    def call(self) -> None:
        """Pass this call on, now or together with others when the pause is over."""
        if self._pause.isActive():
            self._again = True
            return
        self._pause.start()
        self.passed.emit()

    def _over(self) -> None:
        if self._again:
            self._again = False
            self._pause.start()
            self.passed.emit()
