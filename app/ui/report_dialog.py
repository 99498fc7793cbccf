"""Report a problem: what goes in is ticked, then seen, then saved; nothing is sent."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QDir, QSize, QStandardPaths, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.messages import KnownError
from app.paths import Home
from app.ui.form_field import words
from app.ui.problem_report import Piece, default_name
from app.ui.program_facts import screen_facts
from app.ui.report_choices import ReportChoices
from app.ui.report_making import ReportMaker
from app.ui.report_pieces import ReportPieces
from app.ui.tools import Tools
from app.ui.wording import local, one_line, said_error, tr

_GAP = 16
_WIDE, _HIGH = 120, 42
_FILE = 12
"""Letters and lines; a file is never lower than that."""


class ReportDialog(QDialog):
    """Makes a report of a problem.

    Args:
        tools: the window's things.
        home: the queue's; it may be one that can't be opened.
        parent: over which it stands.
    """

    def __init__(self, tools: Tools, home: Home, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Report a problem"))
        self._tools = tools
        self._maker = ReportMaker(home, screen_facts(), self)
        self.choices = ReportChoices()
        self.files = ReportPieces()
        self.saved = SavedBar()
        self.trouble = words("wrong")
        self.trouble.hide()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(tr("Progress"))
        self.save = QPushButton(tr("Save…"))
        self.save.setProperty("kind", "primary")
        self.close_ = QPushButton(tr("Close"))
        self._lay_out()
        self._connect()
        self.resize(self.sizeHint())
        self._make()

    def sizeHint(self) -> QSize:
        """Return a size in which a file can be read."""
        metrics = self.fontMetrics()
        wished = QSize(_WIDE * metrics.averageCharWidth(), _HIGH * metrics.lineSpacing())
        return wished.boundedTo(self.screen().availableSize() * 0.95)

    def save_to(self, path: str) -> None:
        """Save what is shown, as it is shown."""
        self._set_busy(True)
        self.choices.setEnabled(False)
        self._maker.save(self.files.pieces, Path(path))

    def done(self, result: int) -> None:
        """Close; what is being made is given up."""
        self._maker.stop()
        super().done(result)

    def _make(self) -> None:
        self.saved.hide()
        self._set_busy(True)
        self._maker.make(self.choices.wish())

    def _made(self, pieces: list[Piece]) -> None:
        self._set_busy(False)
        self.files.show_pieces(pieces)

    def _choose_file(self) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        place = QDir(folder) if folder and QDir(folder).exists() else QDir.home()
        name = place.filePath(default_name(local(self._tools.now()).date()))
        files = QFileDialog(self, tr("Save the report"), name, tr("Zip files (*.zip)"))
        files.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        files.setDefaultSuffix("zip")
        files.fileSelected.connect(self.save_to)
        files.finished.connect(files.deleteLater)
        files.open()

    def _set_busy(self, busy: bool) -> None:
        self.choices.setEnabled(True)
        self.save.setEnabled(not busy)
        self.progress.setRange(0, 0)
        self.progress.setVisible(busy)
        self.trouble.hide()

    def _progressed(self, done: int, total: int) -> None:
        self.progress.setRange(0, total)
        self.progress.setValue(done)

    def _tell_saved(self, path: str) -> None:
        self._set_busy(False)
        self.saved.tell(path)

    def _tell_trouble(self, error: KnownError) -> None:
        self._set_busy(False)
        self.saved.hide()
        self.trouble.setText(said_error(error))
        self.trouble.show()

    def _connect(self) -> None:
        self.choices.changed.connect(self._make)
        self.save.clicked.connect(self._choose_file)
        self.close_.clicked.connect(self.reject)
        self._maker.progressed.connect(self._progressed)
        self._maker.made.connect(self._made)
        self._maker.saved.connect(self._tell_saved)
        self._maker.failed.connect(self._tell_trouble)

    def _lay_out(self) -> None:
        always = tr(
            "One file that you can attach to your report. It always holds versions, options, checks, counts of jobs"
            " and the last lines of the program's logs, and never sends itself."
        )
        # the room of the bar is kept, so that nothing moves when something is made
        room = QWidget()
        room.setMinimumWidth(20 * self.fontMetrics().averageCharWidth())
        bar = QVBoxLayout(room)
        bar.setContentsMargins(0, 0, 0, 0)
        bar.addWidget(self.progress)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(room, 1)
        foot.addStretch(1)
        foot.addWidget(self.save)
        foot.addWidget(self.close_)
        frame = QFrame()
        frame.setProperty("kind", "card")
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.addWidget(self.files)
        frame.setMinimumHeight(_FILE * self.fontMetrics().lineSpacing())
        body = QWidget()
        content = QVBoxLayout(body)
        content.setContentsMargins(_GAP, _GAP, _GAP, 0)
        content.setSpacing(12)
        content.addWidget(words("", always))
        content.addWidget(self.choices)
        content.addWidget(words("heading", tr("This is what will be saved")))
        content.addWidget(frame, 1)
        # on a low screen it scrolls, and the buttons stay
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(body)
        ends = QVBoxLayout()
        ends.setContentsMargins(_GAP, 12, _GAP, _GAP)
        ends.setSpacing(12)
        ends.addWidget(self.saved)
        ends.addWidget(self.trouble)
        ends.addLayout(foot)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(scroll, 1)
        column.addLayout(ends)


class SavedBar(QFrame):
    """Where the report is now, and what to do with it; hidden until there is one."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "notice")
        self._path = ""
        self.words = words()
        self.show_folder = QPushButton(tr("Show in folder"))
        self.copy_path = QPushButton(tr("Copy path"))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 8, 4)
        row.setSpacing(12)
        row.addWidget(self.words, 1)
        for button in (self.show_folder, self.copy_path):
            button.setProperty("kind", "link")
            button.setAutoDefault(False)
            row.addWidget(button)
        self.show_folder.clicked.connect(self._show_folder)
        self.copy_path.clicked.connect(self._copy_path)
        self.hide()

    def tell(self, path: str) -> None:
        """Say where it was saved."""
        self._path = QDir.toNativeSeparators(path)
        self.words.setText(tr("Saved to {path}").format(path=one_line(self._path)))
        self.show()
        self.show_folder.setFocus()

    def _show_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(self._path).parent)))

    def _copy_path(self) -> None:
        QGuiApplication.clipboard().setText(self._path)
