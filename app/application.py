"""The application of the process that shows the window."""

from __future__ import annotations

import sys

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QApplication

from app import __version__

if sys.platform == "win32":
    from app.desktop.start_menu_windows import take_identity


class Application(QApplication):
    """Asks nobody when the system wants the program to end.

    Qt would close every window instead, and stay where one of them refuses: the window itself, which goes into the
    tray, or a form in which something is typed. On macOS, which tells of a log-off by this event alone, that would hold
    it up.

    Signals:
        end_wanted: the system ends the program; on macOS also Quit in the Dock.
        file_wanted(str): the system has this file opened. On macOS that is how a double click comes, also in the first
            moment of a start; elsewhere it is a word of the command line.
    """

    end_wanted = Signal()
    file_wanted = Signal(str)

    def event(self, event: QEvent) -> bool:
        """Take note of a request to end, and agree; and of a file that is to be opened."""
        if event.type() == QEvent.Type.Quit:
            self.end_wanted.emit()
        elif event.type() == QEvent.Type.FileOpen:
            self.file_wanted.emit(event.file())  # type: ignore[attr-defined]  # it is a QFileOpenEvent
        else:
            return super().event(event)
        event.accept()
        return True


def make_application() -> Application:
    """Return the application of this process, which knows what it is called."""
    if sys.platform == "win32":
        take_identity()
    application = Application([*sys.argv[:1], "-style", "Fusion"])
    application.setApplicationName("queuectl")
    application.setApplicationDisplayName("QueueCTL")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("queuectl")
    application.setQuitOnLastWindowClosed(False)
    return application
