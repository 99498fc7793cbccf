"""About QueueCTL: what it is, which version, where its data is, and under which licences it and its parts stand."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QTabWidget, QVBoxLayout, QWidget

from app import __version__
from app.paths import Home
from app.ui.form_field import words
from app.ui.icons import application_icon
from app.ui.licences import licences
from app.ui.mono_text import MonoText
from app.ui.plain import Label
from app.ui.program_facts import as_text, program_facts, screen_facts
from app.ui.wording import one_line, tr

_GAP = 16
_MARK = 64
_LINES, _LETTERS = 18, 76


class AboutDialog(QDialog):
    """Says all that in plain text.

    Args:
        home: the queue's.
        parent: over which it stands.
    """

    def __init__(self, home: Home, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("About QueueCTL"))
        self._home = home
        mark = Label()
        mark.setPixmap(application_icon().pixmap(QSize(_MARK, _MARK), self.devicePixelRatioF()))
        self.versions = MonoText(tr("Versions"))
        self.versions.show_text(as_text(program_facts() + screen_facts()))
        self.licences = MonoText(tr("Licences"))
        self.folder = words("", one_line(str(home.root)))
        self.folder.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.folder.setAccessibleName(tr("Data folder"))
        self.open_folder = QPushButton(tr("Open"))
        self.open_folder.setAccessibleName(tr("Open the data folder"))
        self.copy = QPushButton(tr("Copy versions"))
        self.close_ = QPushButton(tr("Close"))
        self.close_.setDefault(True)
        self.tabs = QTabWidget()
        self._lay_out(mark)
        width = self.sizeHint().width()
        self.resize(width, self.heightForWidth(width))  # left to itself a low screen cuts it to two thirds
        self.tabs.currentChanged.connect(self._show_licences)
        self.open_folder.clicked.connect(self._open)
        self.copy.clicked.connect(self._copy)
        self.close_.clicked.connect(self.accept)

    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._home.root)))

    def _show_licences(self) -> None:
        if self.tabs.currentWidget() is self.licences and not self.licences.toPlainText():
            self.licences.show_text(licences())  # long in the built program, and seldom asked for

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.versions.toPlainText())

    def _lay_out(self, mark: Label) -> None:
        names = QVBoxLayout()
        names.setSpacing(4)
        names.addWidget(words("title", "QueueCTL"))
        names.addWidget(words("dim", tr("Version {version}").format(version=__version__)))
        names.addWidget(
            words("", tr("Runs shell jobs in the background, by priority, with retries, and loses none of them."))
        )
        head = QHBoxLayout()
        head.setSpacing(_GAP)
        head.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(names, 1)
        for text, title in ((self.versions, tr("Versions")), (self.licences, tr("Licences"))):
            text.setStyleSheet("QPlainTextEdit { border: none; }")
            self.tabs.addTab(text, title)
        self.tabs.setMinimumSize(
            _LETTERS * self.fontMetrics().averageCharWidth(), _LINES * self.versions.fontMetrics().lineSpacing()
        )
        data = QHBoxLayout()
        data.setSpacing(12)
        data.addWidget(words("heading", tr("Data folder")))
        data.addWidget(self.folder, 1)
        data.addWidget(self.open_folder)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.copy)
        foot.addStretch()
        foot.addWidget(self.close_)
        column = QVBoxLayout(self)
        column.setContentsMargins(_GAP, _GAP, _GAP, _GAP)
        column.setSpacing(_GAP)
        column.addLayout(head)
        column.addWidget(self.tabs, 1)
        column.addLayout(data)
        column.addLayout(foot)
