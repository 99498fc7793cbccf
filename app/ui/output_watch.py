"""Hearing that a file grows, without holding it and without looking often."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from app.ui.throttle import Throttle

_SAFETY = 2000
"""Milliseconds between two looks that need no news: some file systems send none."""

_SOON = 100
"""Milliseconds: so often at most a file that is written to is looked at."""


class OutputWatch(QObject):
    """Tells when a file is worth a look.

    Signals:
        rang: it may have grown; at most every 100 ms, at least every 2 s.

    Args:
        parent: its owner.
    """

    rang = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(self._changed)
        self._gather = Throttle(_SOON, self)
        self._gather.passed.connect(self.rang)
        self._safety = QTimer(self)
        self._safety.setInterval(_SAFETY)
        self._safety.timeout.connect(self.rang)

    def watch(self, path: Path, *, is_there: bool) -> None:
        """Watch a file from now on; call again after each look, for it may have come or been replaced."""
        if not self._safety.isActive():
            self._safety.start()
        watched = self._watcher.files()
        if watched and watched != [str(path)]:
            self._watcher.removePaths(watched)
            watched = []
        if is_there and not watched:
            self._watcher.addPath(str(path))

    def rest(self) -> None:
        """Watch nothing."""
        self._safety.stop()
        if self._watcher.files():
            self._watcher.removePaths(self._watcher.files())

    def _changed(self, _path: str) -> None:
        self._gather.call()
