"""The page of the dead letters: what they died of, which they are, and what is to become of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from app.domain.job import State
from app.messages import KnownError
from app.store.dead_groups import DeadGroups, Death
from app.store.ordered_jobs import Page
from app.store.views import Filter, View
from app.ui.counts import jobs
from app.ui.dead_letters_model import DeadLook, dead_look
from app.ui.death_panel import DeathPanel
from app.ui.empty_state import EmptyState
from app.ui.job_columns import dead_letter_columns
from app.ui.job_table import JobTable
from app.ui.kind_list import KindList
from app.ui.question import Question
from app.ui.seen_marker import SeenMarker
from app.ui.throttle import Throttle
from app.ui.tools import Tools
from app.ui.wording import said_error, tr

_GROUPS_EVERY = 2000
_SPLITS = ("dead-letters/split", "dead-letters/below")
_ALL = View(filter=Filter(states=frozenset({State.DEAD})))
"""Newest first: that order is always up to date, so what was retried is gone at once."""


class DeadLettersPage(QWidget):
    """Shows dead letters by kind of error, while it is visible.

    Signals:
        retry_wanted(list), remove_wanted(list): seqs of chosen jobs.
        edit_and_retry_wanted(int): the seq of one.
        export_wanted: of what is selected, or of all that is shown.
        opened(int): the details of a job are wanted.
        notified(str): something to tell in passing.

    Args:
        tools: the window's things.
    """

    retry_wanted = Signal(list)
    remove_wanted = Signal(list)
    edit_and_retry_wanted = Signal(int)
    export_wanted = Signal()
    opened = Signal(int)
    notified = Signal(str)

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools = tools
        self._is_retrying = False
        self._question: Question | None = None
        self.kinds = KindList(tools)
        self.table = JobTable(tools, dead_letter_columns(), "dead-letters", _ALL)
        self.table.when_empty(_say_empty)
        self.death = DeathPanel(tools)
        self.retry_button, self.edit_button, self.remove_button = QPushButton(), QPushButton(), QPushButton()
        self.copy_button, self.export_button = QPushButton(tr("Copy error")), QPushButton(tr("Export…"))
        self.retry_button.setProperty("kind", "primary")
        self.edit_button.setText(tr("Edit and retry…"))
        self._across, self._below = QSplitter(Qt.Orientation.Horizontal), QSplitter(Qt.Orientation.Vertical)
        self._marker = SeenMarker(tools.gateway, self.table)
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
        """Have what is chosen run again; where nothing is, all that the list shows, if the person says so once more."""
        total, key = self.table.total, self.table.view.filter.error_key
        if self.table.selected_count and not self.table.selected_all:
            self.retry_wanted.emit(self.table.selected_seqs())
        elif total > 1:
            self._question = Question(
                self._tools,
                self,
                (tr("Retry all {jobs}?") if key is None else tr("Retry {jobs} of this kind?")).format(jobs=jobs(total)),
                tr("They leave the dead letters, and their attempts begin at 0 again. This can't be undone."),
                tr("Retry {jobs}").format(jobs=jobs(total)),
                tr("Leave them here"),
            )
            self._question.accepted.connect(partial(self._retry_all, key))
            self._question.open()
        elif total:
            self._retry_all(key)

    def _retry_all(self, key: str | None) -> None:
        self._is_retrying = True  # a million take half a minute
        self._say_counts()
        self._tools.gateway.change(
            self, lambda store: store.changes.retry_all_dead(key), self._retried, self._retry_failed
        )

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

    def _lay_out(self) -> None:
        actions = QHBoxLayout()
        actions.setContentsMargins(12, 8, 12, 8)
        actions.setSpacing(8)
        for button in (self.retry_button, self.edit_button, self.remove_button):
            actions.addWidget(button)
        actions.addStretch(1)
        for button in (self.copy_button, self.export_button):
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
        self.kinds.chosen.connect(self._kind_chosen)
        self.table.selection_changed.connect(self._chosen_changed)
        self.table.view_changed.connect(self._view_changed)
        self.table.shown.connect(self._shown)
        self.table.opened.connect(self.opened)
        self.retry_button.clicked.connect(self.retry)
        self.edit_button.clicked.connect(self.edit_and_retry)
        self.remove_button.clicked.connect(self.remove)
        self.copy_button.clicked.connect(self.copy_error)
        self.export_button.clicked.connect(self.export_wanted)
        self._groups_due.passed.connect(self._read_groups)
        self._across.splitterMoved.connect(self._keep_splits)
        self._below.splitterMoved.connect(self._keep_splits)

    # The kinds of errors

    def _read_groups(self) -> None:
        self._tools.gateway.detail(self, dead_look, self._groups_came, key=("kinds", id(self)))

    def _groups_came(self, look: DeadLook) -> None:
        self.kinds.show_look(look)
        self.kinds.setVisible(look.total > 0)

    def _kind_chosen(self, key: str | None) -> None:
        self.table.set_view(replace(self.table.view, filter=replace(_ALL.filter, error_key=key)))

    def _view_changed(self) -> None:
        self.kinds.choose(self.table.view.filter.error_key)
        self._chosen_changed()

    # The jobs

    def _shown(self, page: Page) -> None:
        has_any = page.counts[State.DEAD] > 0
        self.death.setVisible(has_any)
        self.kinds.setVisible(has_any)
        self._say_counts()

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
        self.notified.emit(said_error(error))

    def _retried(self, count: int) -> None:
        self._is_retrying = False
        self._say_counts()
        self.notified.emit(tr("{jobs} queued to run again").format(jobs=jobs(count)))

    def _keep_splits(self) -> None:
        for key, split in zip(_SPLITS, (self._across, self._below), strict=True):
            self._tools.layout.setValue(key, split.saveState())

    def showEvent(self, event: QShowEvent) -> None:
        """Show what is now, and count it as looked at after a while."""
        super().showEvent(event)
        self._groups_due.call()
        self._marker.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Look no more."""
        super().hideEvent(event)
        self._marker.stop()


def _say_empty(empty: EmptyState) -> None:
    empty.say("inbox", tr("No dead letters"), tr("Jobs that fail for good land here."), [])
