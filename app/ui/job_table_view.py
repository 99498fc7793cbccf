"""The view of the job table: rows that stay under the pointer, columns that stay as the person left them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QItemSelectionModel, QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QContextMenuEvent, QCursor, QFont, QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView

from app.store.views import Column, View
from app.ui.job_columns import JobColumn, changes_by_itself
from app.ui.job_selection import JobSelection
from app.ui.job_table_model import JobTableModel
from app.ui.progress_delegate import ProgressDelegate
from app.ui.tools import Tools
from app.ui.wording import tr

if TYPE_CHECKING:
    from app.store.ordered_jobs import Page

_ROW_PADDING = 12
_PADDING, _MARK = 24, 22
_SAVED_AFTER = 300
_LEAST_SCREEN = 20


class JobTableView(QTableView):
    """Shows a JobTableModel.

    Signals:
        order_chosen(View): a header was clicked; only ``by`` and ``descending`` count.
        rows_missing: rows in sight are not here. opened(int): a row was opened.
        menu_wanted(QPoint): on the screen. all_chosen: Ctrl+A.

    Args:
        tools: the window's things.
        model: the rows.
        selection: which of them are chosen.
        key: under which the columns are kept in ``window.ini``.
    """

    order_chosen = Signal(object)
    rows_missing = Signal()
    opened = Signal(int)
    menu_wanted = Signal(QPoint)
    all_chosen = Signal()

    def __init__(self, tools: Tools, model: JobTableModel, selection: JobSelection, key: str) -> None:
        super().__init__()
        self._rows = model
        self._jobs = selection
        self._layout = tools.layout
        self._now = tools.now
        self._key = f"{key}/columns"
        self._current: int | None = None
        self._order: tuple[Column, bool] | None = None
        self._is_sharing = False
        self.setModel(model)
        self.setSelectionModel(selection)
        self.setAccessibleName(tr("Jobs"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self._prepare_rows()
        self._prepare_columns(tools)
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.setInterval(0)
        self._look.timeout.connect(self.look_for_missing)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.doubleClicked.connect(self._double_clicked)
        selection.currentRowChanged.connect(self._current_changed)

    def _prepare_rows(self) -> None:
        rows = self.verticalHeader()
        rows.setVisible(False)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(1)
        rows.setDefaultSectionSize(self.fontMetrics().height() + _ROW_PADDING)

    def _prepare_columns(self, tools: Tools) -> None:
        header = self.horizontalHeader()
        header.setSectionsMovable(True)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setHighlightSections(False)
        header.setStretchLastSection(False)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        digit = self.fontMetrics().horizontalAdvance("0")
        title = QFontMetrics(self._bold_font())
        for section, column in enumerate(self._rows.columns):
            least = title.horizontalAdvance(column.title) + _MARK
            self.setColumnWidth(section, max(column.width * digit + _PADDING, least))
            self.setColumnHidden(section, not column.is_shown)
            if column.by is Column.PROGRESS:
                self.setItemDelegateForColumn(section, ProgressDelegate(tools, self))
        kept = self._layout.value(self._key)
        self._is_as_left = isinstance(kept, QByteArray) and header.restoreState(kept)
        self._saving = QTimer(self)
        self._saving.setSingleShot(True)
        self._saving.setInterval(_SAVED_AFTER)
        self._saving.timeout.connect(self._save_columns)
        header.sectionMoved.connect(self._moved)
        header.sectionResized.connect(self._resized)
        header.sectionClicked.connect(self._header_clicked)
        header.customContextMenuRequested.connect(self._show_column_menu)

    def _bold_font(self) -> QFont:
        font = QFont(self.font())
        font.setBold(True)
        return font

    # Rows

    def rows_on_screen(self) -> int:
        """Return about how many rows the view can show; never few, so that a small window looks ahead."""
        return max(_LEAST_SCREEN, self.viewport().height() // self.verticalHeader().defaultSectionSize() + 2)

    def rows_in_sight(self) -> tuple[int, int]:
        """Return the first and the last row that is seen, or would be if there were enough."""
        first = max(0, self.rowAt(0))
        return first, first + self.rows_on_screen() - 1

    def kept_row(self) -> int | None:
        """Return the row that a refresh leaves where it is; None at the top, where new rows are to be seen.

        It is the one under the pointer, or else the first in sight.
        """
        inside = self.viewport().mapFromGlobal(QCursor.pos())
        if self.viewport().isVisible() and self.underMouse() and self.viewport().rect().contains(inside):
            row = self.rowAt(inside.y())
            if row >= 0:
                return row
        return max(0, self.rowAt(0)) if self.verticalScrollBar().value() > 0 else None

    def keep_in_place(self, page: Page) -> None:
        """Take a page as of now, and scroll so that its anchor's job stands where it stood."""
        anchor = None if page.anchor is None else page.lines[page.anchor - page.first]
        row = None if anchor is None else self._rows.row_of(anchor.seq)
        if row is None or page.anchor is None:
            self._rows.take(page, self._shift_at_the_top(page))
            return
        shift = page.anchor - row
        value = self.verticalScrollBar().value() + shift * self.verticalHeader().defaultSectionSize()
        self._rows.take(page, shift)
        self.updateGeometries()
        self.verticalScrollBar().setValue(value)

    def _shift_at_the_top(self, page: Page) -> int:
        """Return how far the first row has moved down, as far as the page tells."""
        line = self._rows.line(0)
        if line is None or page.first > 0:
            return 0
        return next((row for row, new in enumerate(page.lines) if new is not None and new.seq == line.seq), 0)

    def mend_current(self) -> None:
        """Let the current row be the current job's again, where that is here."""
        row = None if self._current is None else self._rows.row_of(self._current)
        if row is not None and row != self.currentIndex().row():
            column = max(0, self.currentIndex().column())
            self.setAutoScroll(False)  # what the person looks at stays, wherever the current job went
            self._jobs.setCurrentIndex(self._rows.index(row, column), QItemSelectionModel.SelectionFlag.NoUpdate)
            self.setAutoScroll(True)

    def go_to(self, row: int, seq: int) -> None:
        """Bring a job's row into sight, and make it the current one; it need not be here yet."""
        self._current = seq
        index = self._rows.index(row, 0)
        self._jobs.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        self.scrollTo(index, QAbstractItemView.ScrollHint.EnsureVisible)

    def look_for_missing(self) -> None:
        """Ask for rows that are in sight and not here."""
        if self._rows.rowCount() and not self._rows.has(*self.rows_in_sight()):
            self.rows_missing.emit()

    def _scrolled(self, _value: int) -> None:
        self._look.start()

    def shows_time(self) -> bool:
        """Whether anything in sight changes from second to second."""
        sections = [place for place, column in enumerate(self._rows.columns) if column.by is Column.PROGRESS]
        if all(map(self.isColumnHidden, sections)):
            return False
        first, last = self.rows_in_sight()
        now = self._now()
        lines = (self._rows.line(row) for row in range(first, last + 1))
        return any(line is not None and changes_by_itself(line, now) for line in lines)

    # Order and columns

    def show_order(self, by: Column, *, descending: bool) -> None:
        """Show the mark of an order in the header."""
        section = next((place for place, one in enumerate(self._rows.columns) if one.by is by), -1)
        self._order = (by, descending)
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        self.horizontalHeader().setSortIndicator(section, order)

    def shown_columns(self) -> list[JobColumn]:
        """Return the columns that are shown, from left to right."""
        header = self.horizontalHeader()
        sections = (header.logicalIndex(place) for place in range(header.count()))
        return [self._rows.columns[section] for section in sections if not header.isSectionHidden(section)]

    def _header_clicked(self, section: int) -> None:
        column = self._rows.columns[section]
        by, descending = self._order or (None, False)
        descending = not descending if by is column.by else column.is_number
        self.order_chosen.emit(View(by=column.by, descending=descending))

    def _show_column_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for section, column in enumerate(self._rows.columns):
            action = QAction(column.title, menu)
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(section))
            action.setEnabled(section > 0)  # a table without any column could not be got back
            action.setData(section)
            menu.addAction(action)
        menu.triggered.connect(self._column_chosen)
        menu.popup(self.horizontalHeader().mapToGlobal(place))

    def _column_chosen(self, action: QAction) -> None:
        self.setColumnHidden(action.data(), not action.isChecked())
        self._saving.start()

    def _moved(self, _section: int, _before: int, _place: int) -> None:
        self._saving.start()

    def _resized(self, _section: int, _before: int, _width: int) -> None:
        if not self._is_sharing:
            self._saving.start()

    def _share_rest(self) -> None:
        """Give the room that is left to the columns that take it, for as long as the person has not set any width."""
        if self._is_as_left or self._saving.isActive():
            return
        takers = [section for section, column in enumerate(self._rows.columns) if column.takes_rest]
        header = self.horizontalHeader()
        rest = self._room() - sum(
            header.sectionSize(section) for section in range(header.count()) if section not in takers
        )
        digit = self.fontMetrics().horizontalAdvance("0")
        self._is_sharing = True
        for section in takers:
            least = self._rows.columns[section].width * digit // 2
            header.resizeSection(section, max(least, rest // len(takers)))
        self._is_sharing = False

    def _room(self) -> int:
        """Return the width of the viewport. To be given that as a widget brings in every kind of widget, for 20 ms."""
        bar = self.verticalScrollBar()
        return self.maximumViewportSize().width() - (bar.width() if bar.isVisible() else 0)

    def _save_columns(self) -> None:
        self._is_as_left = True
        self._layout.setValue(self._key, self.horizontalHeader().saveState())

    # Keys, mouse

    def selectAll(self) -> None:
        """Choose what is here; asked for again, everything that matches."""
        self.all_chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open a job by Enter; give up the selection by Escape."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex().row())
        elif event.key() == Qt.Key.Key_Escape:
            self._jobs.forget()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for a menu where the pointer is, or by the key below the current row."""
        place = event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard and self.currentIndex().isValid():
            place = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).bottomLeft())
        if self._jobs.chosen or self._jobs.is_all:
            self.menu_wanted.emit(place)

    def changeEvent(self, event: QEvent) -> None:
        """Let rows grow with the font."""
        super().changeEvent(event)
        if event.type() in {QEvent.Type.FontChange, QEvent.Type.StyleChange}:
            self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + _ROW_PADDING)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Look whether the new room shows rows that are not here."""
        super().resizeEvent(event)
        self._share_rest()
        self._look.start()

    def _double_clicked(self, index: QModelIndex) -> None:
        self.opened.emit(index.row())

    def _current_changed(self, index: QModelIndex) -> None:
        line = self._rows.line(index.row()) if index.isValid() else None
        if line is not None:
            self._current = line.seq
