"""A main window as others see it from outside: it comes and goes, and remembers where it stood."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QEvent, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QHideEvent, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow

from app.ui.tools import Tools

_GEOMETRY = "window/geometry"
_WIDE, _HIGH = 1180, 760


class Shell(QMainWindow):
    """Comes and goes; whether closing it ends the program is decided elsewhere.

    Signals:
        close_wanted: the person closes it.
        seen_changed(bool): it can be seen from now on, or not any more.
        painted: it is painted for the first time; its widgets follow before the next turn of the event loop.

    Args:
        tools: its things.
    """

    close_wanted = Signal()
    seen_changed = Signal(bool)
    painted = Signal()

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools = tools
        self._is_seen = False
        self._is_held = True
        self._is_painted = False
        geometry = tools.layout.value(_GEOMETRY)
        if not (isinstance(geometry, QByteArray) and self.restoreGeometry(geometry)):
            room = QGuiApplication.primaryScreen().availableSize()
            self.resize(min(_WIDE, room.width()), min(_HIGH, room.height()))

    @property
    def is_seen(self) -> bool:
        """Whether it is shown, and not minimized."""
        return self._is_seen

    def show_again(self) -> None:
        """Come to the front."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def may_close(self) -> bool:
        """Close its dialogs; return whether all of them let go, since in one of them something may be typed."""
        from PySide6.QtWidgets import QDialog

        dialogs = [dialog for dialog in self.findChildren(QDialog) if dialog.isVisible()]
        return all(dialog.close() for dialog in dialogs)

    def keep_layout(self) -> None:
        """Keep where it stands for the next time."""
        self._tools.layout.setValue(_GEOMETRY, self.saveGeometry())

    def let_go(self) -> None:
        """Be closed by whatever closes it: the session of the desktop ends, and is not held up."""
        self._is_held = False

    def hold(self) -> None:
        """Only ask whether to close, as at first: nothing has ended after all."""
        self._is_held = True

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leave it to others what closing means."""
        if self._is_held:
            event.ignore()
            self.close_wanted.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell of the first time."""
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            self.painted.emit()

    def showEvent(self, event: QShowEvent) -> None:
        """Look more often."""
        super().showEvent(event)
        self._tell_whether_seen()

    def hideEvent(self, event: QHideEvent) -> None:
        """Look more seldom."""
        super().hideEvent(event)
        self._tell_whether_seen()

    def changeEvent(self, event: QEvent) -> None:
        """Look more seldom while it is minimized."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self._tell_whether_seen()

    def _tell_whether_seen(self) -> None:
        is_seen = self.isVisible() and not self.isMinimized()
        if is_seen != self._is_seen:
            self._is_seen = is_seen
            self._tools.gateway.set_seen(is_seen)
            self.seen_changed.emit(is_seen)
