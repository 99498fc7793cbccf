"""The rows of a job table: as many as the queue has, of which only those looked at are here.

It is given pages and never asks for one itself. Rows are moved as Qt wants to hear it: what changed above a row that is
kept in place counts as inserted or removed at the top, the rest at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor

from app.domain.moments import Millis
from app.store.views import Column
from app.ui.icons import OF_STATE, Icons
from app.ui.job_columns import JobColumn, changes_by_itself
from app.ui.plain import tip
from app.ui.theme import Theme
from app.ui.wording import one_line

if TYPE_CHECKING:
    from app.store.job_views import JobLine
    from app.store.ordered_jobs import Page

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_KEPT = 4000
"""So many rows are remembered at most; those farthest from the newest page go first."""

_LAST_TICK = 2000
"""Milliseconds."""

LINE = Qt.ItemDataRole.UserRole
"""Role of a row's JobLine, or None while it is not here."""


class JobTableModel(QAbstractTableModel):
    """Snapshots of jobs by position.

    Args:
        columns: what is shown.
        theme: colours of the states.
        icons: of the states.
        now: the moment, for what is told of running jobs.
    """

    def __init__(self, columns: Sequence[JobColumn], theme: Theme, icons: Icons, now: Callable[[], Millis]) -> None:
        super().__init__()
        self._columns = columns
        self._theme = theme
        self._icons = icons
        self._now = now
        self._total = 0
        self._lines: dict[int, JobLine] = {}

    # What Qt asks

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """Return how many jobs there are."""
        return 0 if parent.isValid() else self._total

    def columnCount(self, parent: _Index = _ROOT) -> int:
        """Return how many columns there are, the hidden ones included."""
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's title."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(section)
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows; nothing while its row is not here."""
        line = self._lines.get(index.row()) if index.isValid() else None
        if role == LINE:
            return line
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(index.column())
        if line is None:
            return None
        column = self._columns[index.column()]
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return column.text(line, self._now())
        if role == Qt.ItemDataRole.ToolTipRole:
            words = self._tool_tip(column, line)
            return None if words is None else tip(words)
        if column.by is Column.STATE:
            colour = self._theme.colours.of_state(line.state)
            if role == Qt.ItemDataRole.DecorationRole:
                return self._icons.icon(OF_STATE[line.state], colour)
            if role == Qt.ItemDataRole.ForegroundRole:
                return QBrush(QColor(colour))
        return None

    # What its owner tells and asks

    @property
    def columns(self) -> Sequence[JobColumn]:
        """The columns, by section."""
        return self._columns

    def line(self, row: int) -> JobLine | None:
        """Return the job of a row, or None while it is not here."""
        return self._lines.get(row)

    def loaded(self) -> Iterator[tuple[int, JobLine]]:
        """Yield (row, job) of all that is here."""
        yield from self._lines.items()

    def has(self, first: int, last: int) -> bool:
        """Whether all rows from first to last are here."""
        return all(row in self._lines for row in range(max(0, first), min(last, self._total - 1) + 1))

    def row_of(self, seq: int) -> int | None:
        """Return where a job stands, among the rows that are here."""
        return next((row for row, line in self._lines.items() if line.seq == seq), None)

    def begin_anew(self, page: Page) -> None:
        """Show another view of the queue."""
        self.beginResetModel()
        self._total = page.total
        self._lines = _placed(page)
        self.endResetModel()

    def take_more(self, page: Page) -> None:
        """Add rows as of about the moment of those that are here."""
        if page.total != self._total:
            self.take(page, 0)
            return
        self._lines.update(_placed(page))
        self._forget(page.first)
        self._tell(page.first, page.first + len(page.lines) - 1)

    def take(self, page: Page, shift: int) -> None:
        """Show the same view as of now; rows that the page does not bring are asked for again.

        Args:
            page: the new rows.
            shift: by how many rows the one that is kept in place has moved down.
        """
        shift = max(shift, -self._total)
        if shift > 0:
            self._insert(0, shift)
        elif shift < 0:
            self._remove(0, -shift)
        rest = page.total - self._total
        if rest > 0:
            self._insert(self._total, rest)
        elif rest < 0:
            self._remove(self._total + rest, -rest)
        was = self._lines
        self._lines = _placed(page)
        if was.keys() != self._lines.keys() or was != self._lines:
            self._tell(min([*was, *self._lines], default=0), max([*was, *self._lines], default=-1))

    def tick(self, first: int, last: int) -> None:
        """Let what tells of time in these rows be drawn anew."""
        column = next((place for place, one in enumerate(self._columns) if one.by is Column.PROGRESS), None)
        if column is None:
            return
        now = self._now()
        for row in range(first, last + 1):
            line = self._lines.get(row)
            # one whose time has just run out has to say so, too
            if line is not None and changes_by_itself(line, now - _LAST_TICK):
                place = self.index(row, column)
                self.dataChanged.emit(place, place)

    def _insert(self, row: int, count: int) -> None:
        self.beginInsertRows(_ROOT, row, row + count - 1)
        self._total += count
        if row == 0:
            self._lines = {place + count: line for place, line in self._lines.items()}
        self.endInsertRows()

    def _remove(self, row: int, count: int) -> None:
        self.beginRemoveRows(_ROOT, row, row + count - 1)
        self._total -= count
        gone = range(row, row + count)
        self._lines = {
            place - count if place >= gone.stop else place: line
            for place, line in self._lines.items()
            if place not in gone
        }
        self.endRemoveRows()

    def _forget(self, near: int) -> None:
        if len(self._lines) > _KEPT:
            kept = sorted(self._lines, key=lambda row: abs(row - near))[: _KEPT // 2]
            self._lines = {row: self._lines[row] for row in kept}

    def _tell(self, first: int, last: int) -> None:
        last = min(last, self._total - 1)
        if first <= last:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self._columns) - 1))

    def _alignment(self, section: int) -> Qt.AlignmentFlag:
        across = Qt.AlignmentFlag.AlignRight if self._columns[section].is_number else Qt.AlignmentFlag.AlignLeft
        return across | Qt.AlignmentFlag.AlignVCenter

    def _tool_tip(self, column: JobColumn, line: JobLine) -> str | None:
        if column.by is Column.STATE and line.error:
            return one_line(line.error)
        return (column.full(line) if column.full else column.text(line, self._now())) or None


def _placed(page: Page) -> dict[int, JobLine]:
    return {page.first + place: line for place, line in enumerate(page.lines) if line is not None}
