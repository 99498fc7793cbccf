"""The page of the dead letters: what they died of, which they are, and what is to become of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from msgspec import structs
from PySide6.QtCore import QByteArray, QItemSelectionModel, QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QListView, QMenu, QPushButton, QSplitter, QVBoxLayout, QWidget

from app.domain.job import State
from app.messages import KnownError
from app.store.dead_groups import DeadGroups, Death
from app.store.job_queries import Filter
from app.store.job_views import Column, View
from app.store.ordered_jobs import Page
from app.store.store import Store
from app.ui.counts import jobs
from app.ui.dead_letters_model import KEY, DeadLettersModel, DeadLook, dead_look
from app.ui.death_panel import DeathPanel
from app.ui.export_dialog import ExportDialog
from app.ui.job_columns import dead_letter_columns
from app.ui.job_table import JobTable
from app.ui.kind_delegate import KindDelegate
from app.ui.throttle import Throttle
from app.ui.tools import Tools
from app.ui.wording import said_error, tr

SEEN_AFTER = 2000
"""Milliseconds after which what is in sight counts as looked at."""

_GROUPS_EVERY = 2000
_SPLITS = ("dead-letters/split", "dead-letters/below")
_ALL = View(filter=Filter(states=frozenset({State.DEAD})), by=Column.FINISHED, descending=True)


class DeadLettersPage(QWidget):
    """Shows dead letters by kind of error, while it is visible.

    Signals:
        retry_wanted(list), remove_wanted(list): seqs of chosen jobs.
        edit_and_retry_wanted(int): the seq of one.
        opened(int): the details of a job are wanted.
        notified(str): something to tell in passing.

    Args:
        tools: the window's things.
    """

    retry_wanted = Signal(list)
    remove_wanted = Signal(list)
    edit_and_retry_wanted = Signal(int)
    opened = Signal(int)
    notified = Signal(str)

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools = tools
        self._key: str | None = None
        self._is_retrying = False
        self.model = DeadLettersModel()
        self.model.setParent(self)
        self.kinds = QListView()
        self.kinds.setModel(self.model)
        self.kinds.setItemDelegate(KindDelegate(tools, self.kinds))
        self.kinds.setAccessibleName(tr("Kinds of errors"))
        self.kinds.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.kinds.setResizeMode(QListView.ResizeMode.Adjust)
        self.table = JobTable(tools, dead_letter_columns(), "dead-letters", _ALL)
        self.table.empty.say("inbox", tr("No dead letters"), tr("Jobs that fail for good land here."), [])
        self.death = DeathPanel(tools)
        self.retry_button, self.edit_button, self.remove_button = QPushButton(), QPushButton(), QPushButton()
        self.copy_button, self.export_button = QPushButton(tr("Copy error")), QPushButton(tr("Export…"))
        self.retry_button.setProperty("kind", "primary")
        self.edit_button.setText(tr("Edit and retry…"))
        self._across, self._below = QSplitter(Qt.Orientation.Horizontal), QSplitter(Qt.Orientation.Vertical)
        self._seen = QTimer(self)
        self._seen.setSingleShot(True)
        self._seen.setInterval(SEEN_AFTER)
        self._groups_due = Throttle(_GROUPS_EVERY, self)
        self.setFocusProxy(self.table)
        self._lay_out()
        self._connect()
        self._chosen_changed()

    def refresh(self) -> None:
        """Show the dead letters as of now, where they are to be seen."""
        self.table.refresh()
        if self.isVisible():
            self._groups_due.call()

    # What can be done, also by key from outside

    def retry(self) -> None:
        """Have what is chosen run again; where nothing is, all that the list shows."""
        if self.table.selected_all or not self.table.selected_count:
            key = self._key
            self._is_retrying = True  # a million take half a minute
            self._say_counts()
            self._tools.gateway.change(
                self, lambda store: store.changes.retry_all_dead(key), self._retried, self._retry_failed
            )
        else:
            self.retry_wanted.emit(self.table.selected_seqs())

    def edit_and_retry(self) -> None:
        """Have the one that is chosen edited, and then run again."""
        if self.table.selected_count == 1:
            self.table.with_chosen(self._edit)

    def remove(self) -> None:
        """Have what is chosen removed."""
        if self.table.selected_count:
            self.table.with_chosen(self._remove)

    def copy_error(self) -> None:
        """Put the error of the one that is chosen on the clipboard, as it is."""
        if self.table.selected_count == 1 and not self.table.selected_all:
            self._ask_for_death(self._copy)

    def export(self) -> ExportDialog:
        """Open the dialog that exports what is chosen or shown."""
        chosen = [] if self.table.selected_all else self.table.selected_seqs()
        dialog = ExportDialog(self._tools, self, self.table.view, self.table.total, chosen, self.table.model.columns)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.notified.connect(self.notified)
        dialog.open()
        return dialog

    @property
    def _buttons(self) -> tuple[QPushButton, ...]:
        return self.retry_button, self.edit_button, self.remove_button, self.copy_button, self.export_button

    def _lay_out(self) -> None:
        actions = QHBoxLayout()
        actions.setContentsMargins(12, 8, 12, 8)
        actions.setSpacing(8)
        for button in self._buttons:
            if button is self.copy_button:
                actions.addStretch(1)
            actions.addWidget(button)
        self._below.addWidget(self.table)
        self._below.addWidget(self.death)
        self._below.setStretchFactor(0, 3)
        self._below.setStretchFactor(1, 2)
        self._across.addWidget(self.kinds)
        self._across.addWidget(self._below)
        self._across.setStretchFactor(0, 0)
        self._across.setStretchFactor(1, 1)
        self._across.setSizes([36 * self.fontMetrics().averageCharWidth(), 1000])
        self.kinds.setMinimumWidth(18 * self.fontMetrics().averageCharWidth())
        for key, split in zip(_SPLITS, (self._across, self._below), strict=True):
            split.setChildrenCollapsible(False)
            kept = self._tools.layout.value(key)
            if isinstance(kept, QByteArray):
                split.restoreState(kept)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(actions)
        column.addWidget(self._across, 1)

    def _connect(self) -> None:
        self.kinds.selectionModel().currentChanged.connect(self._kind_chosen)
        self.table.selection_changed.connect(self._chosen_changed)
        self.table.view_changed.connect(self._chosen_changed)
        self.table.shown.connect(self._shown)
        self.table.opened.connect(self.opened)
        self.table.menu_wanted.connect(self._show_menu)
        self.table.refused.connect(self._refused)
        self.table.rows.verticalScrollBar().valueChanged.connect(self._start_looking)
        self.retry_button.clicked.connect(self.retry)
        self.edit_button.clicked.connect(self.edit_and_retry)
        self.remove_button.clicked.connect(self.remove)
        self.copy_button.clicked.connect(self.copy_error)
        self.export_button.clicked.connect(self.export)
        self._tools.gateway.changed.connect(self.refresh)
        self._groups_due.passed.connect(self._read_groups)
        self._seen.timeout.connect(self._looked)
        self._across.splitterMoved.connect(self._keep_splits)
        self._below.splitterMoved.connect(self._keep_splits)

    # The kinds of errors

    def _read_groups(self) -> None:
        self._tools.gateway.detail(self, dead_look, self._groups_came, key=("kinds", id(self)))

    def _groups_came(self, look: DeadLook) -> None:
        self.model.show(look)
        row = self.model.row_of(self._key)
        self.kinds.setVisible(look.total > 0)
        self.kinds.selectionModel().setCurrentIndex(
            self.model.index(row or 0), QItemSelectionModel.SelectionFlag.ClearAndSelect
        )
        self._say_counts()

    def _kind_chosen(self, place: QModelIndex, _before: QModelIndex) -> None:
        key = place.data(KEY) if place.isValid() else self._key
        if key != self._key:
            self._key = key
            self.table.set_view(structs.replace(self.table.view, filter=structs.replace(_ALL.filter, error_key=key)))

    # The jobs

    def _shown(self, page: Page) -> None:
        has_any = page.counts[State.DEAD] > 0
        self.death.setVisible(has_any)
        self.kinds.setVisible(has_any)
        self._say_counts()
        self._start_looking()

    def _chosen_changed(self) -> None:
        self._say_counts()
        if self.table.selected_count == 1 and not self.table.selected_all:
            self._ask_for_death(self.death.show_death)
        else:
            self.death.show_death(None)

    def _say_counts(self) -> None:
        chosen, total = self.table.selected_count, self.table.total
        if chosen and not self.table.selected_all:
            words = tr("Retry {jobs}").format(jobs=jobs(chosen))
        else:
            words = (
                tr("Retry all {jobs}").format(jobs=jobs(total))
                if total > 1
                else tr("Retry {jobs}").format(jobs=jobs(total))
            )
        self.retry_button.setText(tr("Retrying…") if self._is_retrying else words)
        self.retry_button.setEnabled(total > 0 and not self._is_retrying)
        self.export_button.setEnabled(total > 0)
        self.remove_button.setEnabled(chosen > 0)
        self.remove_button.setText(tr("Remove {jobs}").format(jobs=jobs(chosen)) if chosen else tr("Remove"))
        for button in (self.edit_button, self.copy_button):
            button.setEnabled(chosen == 1)

    def _ask_for_death(self, then: Callable[[Death | None], None]) -> None:
        (seq,) = self.table.selected_seqs()
        self._tools.gateway.look(
            self, lambda store: DeadGroups(store.database).death(seq), then, key=("death", id(self))
        )

    def _edit(self, seqs: Sequence[int]) -> None:
        for seq in seqs[:1]:
            self.edit_and_retry_wanted.emit(seq)

    def _remove(self, seqs: Sequence[int]) -> None:
        self.remove_wanted.emit(list(seqs))

    def _copy(self, death: Death | None) -> None:
        if death is not None and death.job.error:
            QGuiApplication.clipboard().setText(death.job.error)
            self.notified.emit(tr("Error copied"))

    def _retry_failed(self, error: Exception) -> None:
        self._is_retrying = False
        self._say_counts()
        if not isinstance(error, KnownError):
            raise error
        self._refused(error)

    def _retried(self, count: int) -> None:
        self._is_retrying = False
        self._say_counts()
        self.notified.emit(tr("{jobs} queued to run again").format(jobs=jobs(count)))

    def menu(self) -> QMenu:
        """Return a menu of what can be done with what is chosen; whoever shows it closes it."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for button in self._buttons:
            action = menu.addAction(button.text())
            action.setEnabled(button.isEnabled())
            action.triggered.connect(button.click)
        return menu

    def _show_menu(self, place: QPoint) -> None:
        self.menu().popup(place)

    def _refused(self, error: KnownError) -> None:
        self.notified.emit(said_error(error))

    # Looking at them

    def _start_looking(self) -> None:
        if self.isVisible() and not self._seen.isActive():
            self._seen.start()

    def _looked(self) -> None:
        first, last = self.table.rows.rows_in_sight()
        lines = [line for row in range(first, last + 1) if (line := self.table.model.line(row)) is not None]
        new = [line.seq for line in lines if not line.seen]
        if new and self.isVisible():
            self._tools.gateway.change(self, partial(_mark_seen, new))

    def _keep_splits(self) -> None:
        for key, split in zip(_SPLITS, (self._across, self._below), strict=True):
            self._tools.layout.setValue(key, split.saveState())

    def showEvent(self, event: QShowEvent) -> None:
        """Show what is now, and count it as looked at after a while."""
        super().showEvent(event)
        self.refresh()
        self._start_looking()

    def hideEvent(self, event: QHideEvent) -> None:
        """Look no more."""
        super().hideEvent(event)
        self._seen.stop()


def _mark_seen(seqs: list[int], store: Store) -> int:
    return store.bulk.mark_seen(seqs)
