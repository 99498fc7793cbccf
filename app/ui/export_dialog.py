"""Asks what to export and how, and does it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QDir, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app.messages import KnownError
from app.store.exports import Exported
from app.store.views import View
from app.ui.counts import jobs
from app.ui.exporting import Exporter, Wish
from app.ui.job_columns import JobColumn
from app.ui.plain import Label
from app.ui.tools import Tools
from app.ui.wording import one_line, said_error, tr

_WIDTH = 62
"""Characters of a line."""


class ExportDialog(QDialog):
    """Exports what is chosen, or all that a table shows.

    Signals:
        notified(str): what came of it.

    Args:
        tools: the window's things.
        parent: over which it stands.
        view: what the table shows.
        total: how many jobs that are.
        chosen: the seqs of the chosen ones; empty where none is, or all are.
        columns: of the table, as they are shown.
    """

    notified = Signal(str)

    def __init__(
        self,
        tools: Tools,
        parent: QWidget,
        view: View,
        total: int,
        chosen: Sequence[int],
        columns: Sequence[JobColumn],
    ) -> None:
        super().__init__(parent)
        self._tools = tools
        self._view = view
        self._total = total
        self._chosen = chosen
        self._columns = columns
        self._exporter: Exporter | None = None
        self.setWindowTitle(tr("Export jobs"))
        self.chosen = QRadioButton(tr("Selected: {jobs}").format(jobs=jobs(len(chosen))))
        self.all = QRadioButton(tr("All that the list shows: {jobs}").format(jobs=jobs(total)))
        self.lines = QRadioButton(tr("JSON Lines: a job a line, which can be imported again"))
        self.table = QRadioButton(tr("CSV: the columns of the list, for spreadsheets"))
        self.with_state = QCheckBox(tr("With where each job stands: state, attempts, waiting"))
        self.with_env = QCheckBox(tr("With the values of environment variables"))
        self.warning = Label(tr("They may hold passwords and other secrets."))
        self.warning.setProperty("kind", "warn")
        self.trouble = Label()
        self.trouble.setProperty("kind", "wrong")
        self.trouble.setWordWrap(True)
        self.trouble.hide()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(tr("Progress"))
        self.go = QPushButton(tr("Export…"))
        self.go.setDefault(True)
        self.stop = QPushButton(tr("Cancel"))
        self._lay_out()
        self.chosen.setEnabled(bool(chosen))
        (self.chosen if chosen else self.all).setChecked(True)
        self.lines.setChecked(True)
        self.with_state.setChecked(True)
        self.warning.setVisible(False)
        self.with_env.toggled.connect(self.warning.setVisible)
        self.lines.toggled.connect(self._allow)
        self.go.clicked.connect(self._choose_file)
        self.stop.clicked.connect(self.reject)

    def export_to(self, path: str) -> None:
        """Export to a file; the dialog closes when all is written."""
        is_table = self.table.isChecked()
        chosen = self._chosen if self.chosen.isChecked() else None
        self._path = Path(path)
        self._exporter = Exporter(self._tools.gateway, self._tools.now, self)
        self._exporter.progressed.connect(self.progress.setValue)
        self._exporter.done.connect(self._done)
        self._exporter.failed.connect(self._failed)
        self._exporter.cancelled.connect(self._cancelled)
        self.progress.setRange(0, self._total if chosen is None else len(chosen))
        self._set_busy(True)
        self._exporter.start(
            Wish(
                path=self._path,
                view=self._view,
                chosen=chosen,
                columns=self._columns if is_table else None,
                with_env=self.with_env.isChecked(),
                with_state=self.with_state.isChecked(),
            )
        )

    def reject(self) -> None:
        """Close; an export that is under way ends first, and leaves no file."""
        if self._exporter is None:
            super().reject()
        else:
            self._exporter.cancel()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        for title, buttons in ((tr("What"), (self.chosen, self.all)), (tr("As"), (self.lines, self.table))):
            heading = Label(title)
            heading.setProperty("kind", "heading")
            column.addWidget(heading)
            group = QButtonGroup(self)
            for button in buttons:
                group.addButton(button)
                column.addWidget(button)
            column.addSpacing(8)
        column.addWidget(self.with_state)
        column.addWidget(self.with_env)
        column.addWidget(self.warning)
        column.addWidget(self.trouble)
        # the room is kept, so that nothing moves when the export begins
        room = QFrame()
        bar = QVBoxLayout(room)
        bar.setContentsMargins(0, 4, 0, 4)
        bar.addWidget(self.progress)
        room.setMinimumHeight(room.sizeHint().height())
        self.progress.hide()
        column.addWidget(room)
        buttons_row = QHBoxLayout()
        buttons_row.setSpacing(8)
        buttons_row.addStretch(1)
        buttons_row.addWidget(self.go)
        buttons_row.addWidget(self.stop)
        column.addLayout(buttons_row)
        self.setMinimumWidth(_WIDTH * self.fontMetrics().averageCharWidth())

    def _allow(self, is_lines: bool) -> None:
        self.with_state.setEnabled(is_lines)
        self.with_env.setEnabled(is_lines)
        self.warning.setVisible(is_lines and self.with_env.isChecked())

    def _choose_file(self) -> None:
        is_table = self.table.isChecked()
        name = "jobs.csv" if is_table else "jobs.jsonl"
        kinds = tr("Tables (*.csv)") if is_table else tr("Jobs (*.jsonl)")
        files = QFileDialog(self, tr("Export jobs"), QDir.home().filePath(name), f"{kinds};;{tr('All files (*)')}")
        files.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        files.setDefaultSuffix("csv" if is_table else "jsonl")
        files.fileSelected.connect(self.export_to)
        files.finished.connect(files.deleteLater)
        files.open()

    def _set_busy(self, busy: bool) -> None:
        for widget in (self.chosen, self.all, self.lines, self.table, self.with_state, self.with_env, self.go):
            widget.setEnabled(not busy)
        self.progress.setVisible(busy)
        self.trouble.setVisible(False)
        if not busy:
            self.chosen.setEnabled(bool(self._chosen))
            self._allow(self.lines.isChecked())

    def _done(self, result: Exported) -> None:
        words = tr("{jobs} exported to {file}").format(jobs=jobs(result.jobs), file=one_line(self._path.name))
        if result.without_env:
            left_out = tr("The environment variables of {jobs} were left out.")
            words = f"{words}\n{left_out.format(jobs=jobs(result.without_env))}"
        self.notified.emit(words)
        self.accept()

    def _cancelled(self) -> None:
        self._exporter = None
        self.reject()

    def _failed(self, error: Exception) -> None:
        self._exporter = None
        self._set_busy(False)
        if not isinstance(error, KnownError):
            raise error
        self.trouble.setText(said_error(error))
        self.trouble.show()
