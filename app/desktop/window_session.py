"""Hearing in the window that the person logs off or shuts the computer down, and never holding that up.

What has to be saved is on the disk already. The runner hears of it by itself; here it is recorded at once, before the
system goes on, so that a runner which is killed without warning is not held to have been brought down by its job.

Qt tells of it where the platform has a session manager: on Windows, and on X11 where Qt was built with one, as the
distributions do and PyPI's is not. Elsewhere on Linux a log-off is a signal, SIGTERM, for window and runner alike.
"""

from __future__ import annotations

import logging
import sys
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QSessionManager, QWindow

from app.locks import ProcessLock
from app.store.store import Store

_log = logging.getLogger(__name__)

PATIENCE: Final = 60_000
_TOUCHES: Final = frozenset({QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress})


class WindowSession(QObject):
    """The person's session, as the window sees it.

    Signals:
        ending(str): it is about to end; a word for the record. The system waits for this to return.
        went_on: somebody called that off.

    Args:
        application: is told by the system.
        parent: its owner.
        patience: milliseconds until a session that was said to end, and did not, is held to go on: nobody says so.
    """

    ending = Signal(str)
    went_on = Signal()

    def __init__(self, application: QGuiApplication, parent: QObject | None = None, patience: int = PATIENCE) -> None:
        super().__init__(parent)
        self._application = application
        self._ending = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(patience)
        self._timer.timeout.connect(self._go_on)
        if sys.platform == "win32":
            # told is who has a window; what started in the tray may not have made one yet
            self._ear = QWindow()
            self._ear.create()
        # directly: the system takes the return for the answer
        application.commitDataRequest.connect(self._on_commit, Qt.ConnectionType.DirectConnection)
        application.saveStateRequest.connect(self._on_save, Qt.ConnectionType.DirectConnection)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt calls it so
        """Take it for going on when the person uses the window; Qt lets them only then."""
        if event.type() in _TOUCHES:
            self._go_on()
        return super().eventFilter(watched, event)

    def _on_commit(self, manager: QSessionManager) -> None:
        self._on_save(manager)
        self._timer.start()
        if self._ending:
            return
        _log.info("the session ends")
        self._ending = True
        self._application.installEventFilter(self)
        self.ending.emit("log-off")

    def _on_save(self, manager: QSessionManager) -> None:
        # Option `autostart` alone says whether this is started at log-in; the session manager would start it without
        # its arguments besides.
        manager.setRestartHint(QSessionManager.RestartHint.RestartNever)

    def _go_on(self) -> None:
        _log.info("the session goes on")
        self._timer.stop()
        self._ending = False
        self._application.removeEventFilter(self)
        self.went_on.emit()


def record_end(store: Store, what: str) -> None:
    """Note in the queue that the session of a living runner ends.

    Args:
        store: connected on this thread.
        what: as ``WindowSession.ending`` tells it.
    """
    if ProcessLock(store.home.runner_lock).is_held():  # one that is dead already did not die of this
        store.runner.session_ends(what)
