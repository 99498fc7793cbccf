"""What a person sees of a bug: that there is one, that the jobs go on, and a report to pass on."""

from __future__ import annotations

import platform
import traceback
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from app import __version__
from app.ui.wording import tr


class BugReport(QObject):
    """Shows bugs, one at a time: what follows while one is shown only goes to the log.

    Signals:
        report_wanted: the person wants to make a report with more in it.

    Args:
        window: over which it stands.
    """

    report_wanted = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._box: QMessageBox | None = None
        self._text = ""

    def show(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Show what an exception was that nobody expected."""
        if self._box is not None:
            return
        self._text = report(kind, error, trace)
        box = self._box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(tr("Something went wrong"))
        box.setText(tr("QueueCTL has met a bug. Your jobs are safe and go on."))
        box.setInformativeText(tr("The report below holds no command and no output. Pass it on, and it can be mended."))
        box.setDetailedText(self._text)
        copy = QPushButton(tr("Copy report"))
        box.addButton(copy, QMessageBox.ButtonRole.ActionRole)
        copy.clicked.disconnect()  # copying does not close it
        copy.clicked.connect(self._copy)
        more = box.addButton(tr("Report a problem…"), QMessageBox.ButtonRole.AcceptRole)
        more.clicked.connect(self.report_wanted)
        box.addButton(QMessageBox.StandardButton.Close)
        box.finished.connect(self._over)
        box.open()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text)

    def _over(self) -> None:
        self._box = None


def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> str:
    """Return the report of an exception: versions, and where it was. Its own text is left out: it can hold anything."""
    frames = "".join(traceback.format_tb(trace))
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}, Qt {qVersion()}"
    return f"QueueCTL {__version__}, {system}\n{frames}{kind.__qualname__} ({type(error).__module__})"
