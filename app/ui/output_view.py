"""The output of one job: of a run of one's choice, live while it runs, and with find."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QFileDialog, QPlainTextEdit, QVBoxLayout, QWidget

from app.domain.job import Run
from app.messages import KnownError
from app.store.job_queries import Details
from app.store.outputs import gone
from app.store.store import Store
from app.ui.copying import MOST_OUTPUT
from app.ui.find_bar import FindBar
from app.ui.output_bar import OutputBar
from app.ui.output_pane import OutputPane
from app.ui.plain import Label
from app.ui.tools import Tools
from app.ui.wording import said, tr
from app.ui.wording import size as size_word


class OutputView(QWidget):
    """Shows what the runs of one job wrote.

    Args:
        tools: the window's.
        parent: its owner.
    """

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools = tools
        self._seq: int | None = None
        self._runs: list[Run] = []
        self._run: Run | None = None
        self._path: Path | None = None
        self._kept = False
        self._due = False
        self.pane = OutputPane(tools)
        self.find_bar = FindBar(tools, self.pane)
        self.bar = OutputBar(tools)
        self.note = Label()
        self.note.setProperty("kind", "dim")
        self.note.setWordWrap(True)
        self.note.setContentsMargins(12, 0, 12, 6)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.note)
        column.addWidget(self.pane, 1)
        column.addWidget(self.find_bar)
        self.bar.run_chosen.connect(self.show_run)
        self.bar.follow.clicked.connect(self._follow_clicked)
        self.bar.wrap.toggled.connect(self._wrap_toggled)
        self.bar.search.clicked.connect(self.find_bar.open_search)
        self.bar.open.triggered.connect(self.open_file)
        self.bar.copy.triggered.connect(self.copy_all)
        self.bar.save.triggered.connect(self._ask_where)
        self.pane.moved.connect(self._moved)
        self.pane.following_changed.connect(self.bar.follow.setChecked)
        self.bar.wrap.setChecked(True)
        self._moved()

    @property
    def run(self) -> int | None:
        """The run that is shown."""
        return None if self._run is None else self._run.run

    def show_details(self, details: Details | None) -> None:
        """Show the newest run of a job, or go on showing the chosen one with what is new.

        Args:
            details: the job with its runs; None for no job.
        """
        seq = None if details is None else details.job.seq
        newest = self._runs[-1].run if self._runs else None
        chosen = self.run if seq == self._seq and self.run != newest else None
        self._seq = seq
        self._runs = [] if details is None else details.runs
        wanted = next((run for run in self._runs if run.run == chosen), self._runs[-1] if self._runs else None)
        self._show(wanted)

    def show_run(self, run: int) -> None:
        """Show the output of one of the job's runs."""
        wanted = next((one for one in self._runs if one.run == run), None)
        if wanted is not None:
            self._show(wanted)

    def open_file(self) -> None:
        """Have the system open the file."""
        if self._path is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._path)))

    def copy_all(self) -> None:
        """Put the whole output on the clipboard, as text."""
        source = self.pane.source
        if source is None:
            QGuiApplication.clipboard().setText(self.pane.toPlainText())
            return

        shown = self.pane.toPlainText()

        def whole(_store: Store) -> str:
            try:
                return source.whole()
            except OSError:  # it has been freed meanwhile
                return shown

        self._tools.gateway.file(self, whole, QGuiApplication.clipboard().setText, key=(id(self), "copy"))

    def save_to(self, name: str) -> None:
        """Write the output, byte for byte, into a file."""
        path, text = self._path, self.pane.toPlainText()

        def save(_store: Store) -> None:
            try:
                if path is not None:
                    shutil.copyfile(path, name)
                else:
                    Path(name).write_text(text, encoding="utf-8")
            except OSError as error:
                raise KnownError("The output could not be saved: {why}", why=error.strerror or str(error)) from error

        self._tools.gateway.file(self, save, _done)

    def event(self, event: QEvent) -> bool:
        """Take the keys of finding for this place before the window does."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._is_ours(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Find, and walk from hit to hit."""
        keys = QKeySequence.StandardKey
        if not self._is_ours(event):
            super().keyPressEvent(event)
        elif event.matches(keys.Find):
            self.find_bar.open_search()
        elif event.matches(keys.FindNext):
            self.find_bar.next()
        elif event.matches(keys.FindPrevious):
            self.find_bar.previous()
        else:
            self.find_bar.close_search()

    def _is_ours(self, event: QKeyEvent) -> bool:
        keys = QKeySequence.StandardKey
        if event.key() == Qt.Key.Key_Escape:
            return self.find_bar.isVisible()
        return self.bar.search.isEnabled() and any(map(event.matches, (keys.Find, keys.FindNext, keys.FindPrevious)))

    def _show(self, run: Run | None) -> None:
        before, self._run = self._run, run
        self.bar.show_runs(self._runs, None if run is None else run.run)
        if run is None or before is None or (before.seq, before.run) != (run.seq, run.run):
            self._kept = False
            self._path = None
            self.pane.show_kept("")
            self._due = run is not None
        elif not self._kept and not self._due:
            self.pane.set_live(run.finished_at is None)
            if before != run:
                self.pane.look()
        self._load()
        self._moved()

    def _load(self) -> None:
        """Begin to read what nobody has seen yet, as soon as somebody does."""
        if self._due and self._run is not None and self.isVisible():
            self._due = False
            self._ask_for_path(self._run)

    def showEvent(self, event: QShowEvent) -> None:
        """Read what is due."""
        super().showEvent(event)
        self._load()

    def _ask_for_path(self, run: Run) -> None:
        def path(store: Store) -> Path:
            return store.outputs.path(run.seq, run.run)

        self._tools.gateway.look(self, path, partial(self._open_run, run), key=(id(self), "path"))

    def _open_run(self, run: Run, path: Path) -> None:
        now = self._run
        if now is not None and (now.seq, now.run) == (run.seq, run.run):
            self._path = path
            self.pane.open(path, live=now.finished_at is None)
            self.find_bar.begin_anew()

    def _moved(self) -> None:
        """Say what of the output is shown."""
        run, pane = self._run, self.pane
        words, empty = "", ""
        is_there = pane.source is not None and pane.file_size is not None
        if run is None:
            empty = tr("It has not run yet. What it writes is shown here.")
        elif pane.has_looked and not pane.file_size:
            empty = tr("It has written nothing so far.") if run.finished_at is None else tr("It wrote nothing.")
            if pane.file_size is None and run.finished_at is not None and run.tail:
                self._kept = True
                pane.show_kept(run.tail)
                return
            if pane.file_size is None and run.finished_at is not None and (run.freed_by or run.output_bytes):
                empty = said(gone(run.freed_by))
        elif self._kept:
            words = f"{said(gone(run.freed_by))} {tr('This is the end of it, which was kept.')}"
        elif pane.file_size is not None and (pane.start > 0 or pane.end < pane.file_size):
            part, whole = size_word(pane.end - pane.start), size_word(pane.file_size)
            if pane.end >= pane.file_size:
                words = tr("Showing the last {part} of {whole}. Scroll up for more.").format(part=part, whole=whole)
            else:
                words = tr("Showing {part} of {whole}, from {start} on.").format(
                    part=part, whole=whole, start=size_word(pane.start)
                )
        self.note.setText(words)
        self.note.setVisible(bool(words))
        self.pane.setPlaceholderText(empty)
        self.bar.follow.setChecked(pane.following)
        self.bar.follow.setEnabled(is_there)
        self.bar.open.setEnabled(is_there)
        too_large = (pane.file_size or 0) > MOST_OUTPUT
        has_text = is_there or self._kept
        self.bar.save.setEnabled(has_text)
        self.bar.search.setEnabled(is_there)
        self.bar.copy.setEnabled(has_text and not too_large)
        self.bar.copy.setText(tr("Copy all (too large)") if too_large else tr("&Copy all"))

    def _follow_clicked(self, follow: bool) -> None:
        if follow:
            self.pane.follow()
        else:
            self.pane.let_go()

    def _wrap_toggled(self, wrap: bool) -> None:
        mode = QPlainTextEdit.LineWrapMode
        self.pane.setLineWrapMode(mode.WidgetWidth if wrap else mode.NoWrap)

    def _ask_where(self) -> None:
        dialog = QFileDialog(self, tr("Save the output"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self._run is not None:
            dialog.selectFile(f"job-{self._run.seq}-run-{self._run.run}.log")
        dialog.fileSelected.connect(self.save_to)
        dialog.open()


def _done(_nothing: None) -> None:
    """A saved file is its own message."""
