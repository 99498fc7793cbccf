"""Hearing the doorbell: the database changed, so look at it.

A ring takes 0.1 ms from ``os.utime`` to the slot. A writer that is killed between its commit and its ring is covered by
a safety look now and then, which costs one PRAGMA where nothing changed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QSocketNotifier, QTimer, Signal, Slot


class DoorbellListener(QObject):
    """Tells when the database may have changed.

    Args:
        ring: the file whose time is the bell; its folder holds nothing else.
        hang: makes the file again when it was taken away.
        has_changed: whether somebody committed since the last call; asked at a safety look only.
        safety: seconds between two safety looks.
        parent: its owner.
    """

    rung = Signal()

    def __init__(
        self,
        ring: Path,
        hang: Callable[[], None],
        has_changed: Callable[[], bool],
        safety: float,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._ring = ring
        self._hang = hang
        self._has_changed = has_changed
        self._watcher: QFileSystemWatcher | None = None
        self._watch()
        self._timer = QTimer(self)
        self._timer.setInterval(round(safety * 1000))
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def set_safety(self, seconds: float) -> None:
        """Look for what nobody rang for so often from now on."""
        self._timer.setInterval(round(seconds * 1000))

    def _watch(self) -> None:
        if sys.platform == "darwin":
            # Qt watches by FSEvents there, which waits up to half a second; kqueue tells at once
            self._notifier = _kqueue_notifier(self._ring, self)
            self._notifier.activated.connect(self.rung)
        else:
            self._watcher = QFileSystemWatcher([str(self._ring), str(self._ring.parent)], self)
            self._watcher.fileChanged.connect(self.rung)
            self._watcher.directoryChanged.connect(self._folder_changed)

    @Slot()
    def _folder_changed(self) -> None:
        """The ring was taken away or put back: a watcher of a file that is gone hears nothing any more.

        It is not hung again at once: who removes the whole folder would find it not empty. A mere ring changes the
        folder too, and of that the file has told.
        """
        if not self._is_watched():
            self._watch_again()
            self.rung.emit()

    def _is_watched(self) -> bool:
        return self._watcher is None or str(self._ring) in self._watcher.files()

    def _watch_again(self) -> None:
        if self._watcher is not None and not self._is_watched() and self._ring.exists():
            self._watcher.addPath(str(self._ring))

    def _look(self) -> None:
        if self._ring.parent.is_dir() and not self._ring.exists():
            with suppress(OSError):  # a folder that takes nothing: until it does, looks are all there is
                self._hang()
        self._watch_again()
        if self._has_changed():
            self.rung.emit()


if sys.platform == "darwin":
    import select

    class _Kqueue(QObject):
        """Empties the queue of one file's events and passes on that there were some."""

        activated = Signal()

        def __init__(self, ring: Path, parent: QObject) -> None:
            super().__init__(parent)
            self._file = os.open(ring, os.O_EVTONLY)
            self._queue = select.kqueue()
            event = select.kevent(
                self._file,
                filter=select.KQ_FILTER_VNODE,
                flags=select.KQ_EV_ADD | select.KQ_EV_CLEAR,
                fflags=select.KQ_NOTE_ATTRIB | select.KQ_NOTE_WRITE,
            )
            self._queue.control([event], 0)
            self._notifier = QSocketNotifier(self._queue.fileno(), QSocketNotifier.Type.Read, self)
            self._notifier.activated.connect(self._drain)

        def _drain(self) -> None:
            if self._queue.control([], 16, 0):
                self.activated.emit()

    def _kqueue_notifier(ring: Path, parent: QObject) -> _Kqueue:
        return _Kqueue(ring, parent)
