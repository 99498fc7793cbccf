"""The table of jobs: any number of them, in any order, kept in place while the queue changes under it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.messages import KnownError
from app.store.views import NotOrdered, View
from app.ui.job_columns import JobColumn
from app.ui.job_selection import JobSelection
from app.ui.job_table_model import JobTableModel
from app.ui.job_table_view import JobTableView
from app.ui.table_feed import Slice, TableFeed
from app.ui.tools import Tools
from app.ui.wording import number, tr

if TYPE_CHECKING:
    from app.store.ordered_jobs import Page
    from app.ui.empty_state import EmptyState
    from app.ui.slim_bar import SlimBar

_SECOND = 1000
_BUSY_AFTER = 150
"""Milliseconds after which a person is told that something is being sorted."""

_MOST_BY_HAND = 50_000
_SCREENS = 3
"""Read at once: the one that is seen, one before and one after it."""


class JobTable(QWidget):
    """A view of the queue as a table.

    Signals:
        selection_changed: other jobs are chosen. opened(int): the details of a job are wanted.
        menu_wanted(QPoint): a menu for what is chosen, at a place of the screen.
        shown(Page): what is shown now. view_changed: it shows another view.
        refused(KnownError): it could not be read.

    Args:
        tools: the window's things.
        columns: what is shown.
        key: under which the person's columns are kept.
        view: what it shows first.
    """

    selection_changed = Signal()
    opened = Signal(int)
    menu_wanted = Signal(QPoint)
    shown = Signal(object)
    view_changed = Signal()
    refused = Signal(object)

    def __init__(self, tools: Tools, columns: Sequence[JobColumn], key: str, view: View) -> None:
        super().__init__()
        self._revealed: int | None = None
        self.model = JobTableModel(columns, tools.theme, tools.icons, tools.now)
        self.model.setParent(self)
        self.selection = JobSelection(self.model)
        self.rows = JobTableView(tools, self.model, self.selection, key)
        self.rows.show_order(view.by, descending=view.descending)
        self._tools = tools
        self._when_empty: Callable[[EmptyState], None] | None = None
        self._feed = TableFeed(tools.gateway, view, self._slice, self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.rows)
        self.setFocusProxy(self.rows)
        self._ticks, self._busy = QTimer(self), QTimer(self)
        self._ticks.setInterval(_SECOND)
        self._busy.setSingleShot(True)
        self._busy.setInterval(_BUSY_AFTER)
        self._connect(tools)

    def _connect(self, tools: Tools) -> None:
        self._feed.began.connect(self._began)
        self._feed.came.connect(self._came)
        self._feed.grew.connect(self._grew)
        self._feed.sorting_began.connect(self._busy.start)
        self._feed.sorting_ended.connect(self._sorting_ended)
        self._feed.gave_up.connect(self._show_order)
        self._feed.refused.connect(self.refused)
        self.rows.order_chosen.connect(self._order_chosen)
        self.rows.rows_missing.connect(self._rows_missing)
        self.rows.opened.connect(self._open)
        self.rows.menu_wanted.connect(self.menu_wanted)
        self.rows.all_chosen.connect(self._choose_all)
        self.selection.chosen_changed.connect(self._chosen_changed)
        self.selection.range_wanted.connect(self._choose_range)
        self._busy.timeout.connect(self._say_busy)
        self._ticks.timeout.connect(self._tick)
        tools.theme.changed.connect(self._draw_anew)

    # What is made when there is something to say

    @cached_property
    def empty(self) -> EmptyState:
        """What stands in the middle where there is no job."""
        from app.ui.empty_state import EmptyState

        empty = EmptyState(self._tools, self.rows)
        if self._when_empty is not None:
            self._when_empty(empty)
        return empty

    @cached_property
    def _busy_bar(self) -> SlimBar:
        bar = self._bar()
        bar.dismissed.connect(self._feed.stop_sorting)
        return bar

    @cached_property
    def _all_bar(self) -> SlimBar:
        bar = self._bar()
        bar.accepted.connect(self.selection.choose_all)
        bar.dismissed.connect(self.selection.forget)
        return bar

    def _bar(self) -> SlimBar:
        from app.ui.slim_bar import SlimBar

        bar = SlimBar()
        self._column.insertWidget(self._column.count() - 1, bar)
        return bar

    # What its page does with it

    def when_empty(self, say: Callable[[EmptyState], None]) -> None:
        """Have ``say`` tell what stands where there is no job, at the latest when that is first to be seen."""
        self._when_empty = say
        if "empty" in self.__dict__:
            say(self.empty)

    @property
    def view(self) -> View:
        """What it shows."""
        return self._feed.view

    @property
    def wanted(self) -> View:
        """What it will show, once that is read."""
        return self._feed.wanted

    @property
    def total(self) -> int:
        """How many jobs match."""
        return self.model.rowCount()

    def set_view(self, view: View) -> None:
        """Show other jobs or another order. What is shown stays until the new one is here."""
        if view.filter != self._feed.wanted.filter:
            self.selection.forget()
        self.rows.show_order(view.by, descending=view.descending)
        self._feed.want(view, self._length())

    def refresh(self) -> None:
        """Show the queue as of now; when it is not visible, once it is, and where it is not open yet, then."""
        if self.isVisible() and self._tools.gateway.is_open:
            self._feed.refresh(self._length())

    def reveal(self, seq: int) -> None:
        """Choose a job and bring it into sight, as soon as it is there."""
        self._revealed = seq
        self.selection.choose([seq])
        self._look_for_revealed()

    def selected_seqs(self) -> list[int]:
        """Return the chosen jobs; where all that match are chosen, ask ``with_chosen``."""
        return self.selection.chosen

    @property
    def selected_all(self) -> bool:
        """Whether all that match are chosen, those not loaded included."""
        return self.selection.is_all

    @property
    def selected_count(self) -> int:
        """How many jobs are chosen."""
        return self.total if self.selection.is_all else len(self.selection.chosen)

    def with_chosen(self, then: Callable[[Sequence[int]], None]) -> None:
        """Hand over the seqs of the chosen jobs: at once, or after reading which they are."""
        if not self.selection.is_all:
            then(self.selection.chosen)
            return
        view = self.view
        self._feed.ask(lambda orders: orders.all_seqs(view), then, self._failed)

    # What was read

    def _length(self) -> int:
        return _SCREENS * self.rows.rows_on_screen()

    def _slice(self) -> Slice:
        first, last = self.rows.rows_in_sight()
        screen = last - first + 1
        begin = max(0, first - screen)
        kept = self.rows.kept_row()
        line = None if kept is None else self.model.line(kept)
        if kept is None or line is None:
            return Slice(begin, _SCREENS * screen)
        return Slice(begin, _SCREENS * screen, line.seq, kept - begin)

    def _began(self, page: Page) -> None:
        self.model.begin_anew(page)
        self.rows.verticalScrollBar().setValue(0)
        self.view_changed.emit()
        self._shown(page)

    def _came(self, page: Page) -> None:
        self.rows.keep_in_place(page)
        self._shown(page)

    def _grew(self, page: Page) -> None:
        self.model.take_more(page)
        self._shown(page)

    def _shown(self, page: Page) -> None:
        self.selection.draw()
        self.rows.mend_current()
        if page.total == 0 or "empty" in self.__dict__:
            self.empty.setVisible(page.total == 0)
        bar = Qt.ScrollBarPolicy.ScrollBarAsNeeded if page.total else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.rows.setHorizontalScrollBarPolicy(bar)
        self._tick_where_needed()
        self._say_chosen()
        self.shown.emit(page)
        self.rows.look_for_missing()
        self._look_for_revealed()

    def _rows_missing(self) -> None:
        self._feed.read(keep=False)

    def _show_order(self) -> None:
        self.rows.show_order(self.view.by, descending=self.view.descending)
        self.view_changed.emit()

    def _failed(self, error: Exception) -> None:
        if isinstance(error, KnownError):
            self.refused.emit(error)
        elif not isinstance(error, NotOrdered):  # the order is made anew, and who asked can ask again
            raise error

    # A job brought into sight

    def _look_for_revealed(self) -> None:
        seq, view = self._revealed, self.view
        if seq is not None and self.isVisible() and self._feed.wanted == view:
            self._feed.ask(
                lambda orders: orders.position(view, seq), partial(self._reveal, seq), self._failed, "reveal"
            )

    def _reveal(self, seq: int, row: int | None) -> None:
        if self._revealed == seq and row is not None and row < self.total:
            self._revealed = None
            self.rows.go_to(row, seq)

    # What the person chooses

    def _order_chosen(self, order: View) -> None:
        self.set_view(replace(order, filter=self._feed.wanted.filter))

    def _open(self, row: int) -> None:
        line = self.model.line(row)
        if line is not None:
            self.opened.emit(line.seq)

    def _choose_all(self) -> None:
        here = [line.seq for _, line in self.model.loaded()]
        if len(self.selection.chosen) == len(here) < self.total:  # asked for twice
            self.selection.choose_all()
        else:
            self.selection.choose(here)

    def _choose_range(self, start: int, end: int) -> None:
        view = self.view
        then = partial(self._choose_found, self.selection.version)
        self._feed.ask(lambda orders: orders.between(view, start, end, _MOST_BY_HAND), then, self._failed, "range")

    def _choose_found(self, version: int, seqs: Sequence[int]) -> None:
        if version == self.selection.version:  # else the person has chosen something else meanwhile
            self.selection.choose(seqs)

    def _chosen_changed(self) -> None:
        self._say_chosen()
        self.selection_changed.emit()

    def _say_chosen(self) -> None:
        """Offer all that match, once a whole screen of them is chosen; chosen they are only when the person says so."""
        count = self.selected_count
        if self.selection.is_all and self.total:
            words = tr("All {n} jobs that match are selected.").format(n=number(count))
            self._all_bar.say(words, no=tr("Clear selection"))
        elif self.rows.rows_on_screen() <= count < self.total:
            words = tr("{n} jobs are selected.").format(n=number(count))
            every = tr("Select all {n} that match").format(n=number(self.total))
            self._all_bar.say(words, every, tr("Clear selection"))
        elif "_all_bar" in self.__dict__:
            self._all_bar.hide()

    # Sorting, and time going by

    def _say_busy(self) -> None:
        self._busy_bar.say(tr("Sorting {n} jobs…").format(n=number(self.total)), no=tr("Cancel"), busy=True)

    def _sorting_ended(self) -> None:
        self._busy.stop()
        if "_busy_bar" in self.__dict__:
            self._busy_bar.hide()

    def _tick_where_needed(self) -> None:
        if not self.isVisible() or not self.rows.shows_time():
            self._ticks.stop()
        elif not self._ticks.isActive():
            self._ticks.start()

    def _draw_anew(self) -> None:
        self.rows.viewport().update()

    def _tick(self) -> None:
        self.model.tick(*self.rows.rows_in_sight())
        self._tick_where_needed()

    def showEvent(self, event: QShowEvent) -> None:
        """Show the queue as it is by now."""
        super().showEvent(event)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Let time go by unseen."""
        super().hideEvent(event)
        self._ticks.stop()
