"""What became of a job, as a table that grows at its top: runs, or events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QIcon

from app.ui.plain import tip

T = TypeVar("T")
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Column(Generic[T]):
    """One column.

    Attributes:
        title: above it.
        words: of a row in it.
        icon: of a row in it, where there is one.
        is_number: whether its words are figures, which stand to the right.
    """

    title: str
    words: Callable[[T], str]
    icon: Callable[[T], QIcon] | None = None
    is_number: bool = False


class HistoryModel(QAbstractTableModel, Generic[T]):
    """Rows as they were read, newest first. What is there stays; only the newest may change, and new ones come on top.

    Args:
        columns: from left to right.
        key: what tells one row from another.
        parent: its owner.
    """

    def __init__(self, columns: Sequence[Column[T]], key: Callable[[T], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns = columns
        self._key = key
        self._rows: list[T] = []

    def show(self, rows: Sequence[T]) -> None:
        """Show these rows, newest first; those that stand there already keep their place and selection."""
        new = list(rows)
        more = len(new) - len(self._rows)
        if more < 0 or list(map(self._key, new[more:])) != list(map(self._key, self._rows)):
            self.beginResetModel()
            self._rows = new
            self.endResetModel()
            return
        if more:
            self.beginInsertRows(QModelIndex(), 0, more - 1)
            self._rows = new[:more] + self._rows
            self.endInsertRows()
        for number, row in enumerate(new):
            if row != self._rows[number]:
                self._rows[number] = row
                self.dataChanged.emit(self.index(number, 0), self.index(number, len(self._columns) - 1))

    def row(self, number: int) -> T:
        """Return what stands in a row."""
        return self._rows[number]

    def draw_anew(self) -> None:
        """Have all asked for again: the theme has changed."""
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(self._columns) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        """Return how many rows there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's words, icon or alignment."""
        if not index.isValid():
            return None
        column, row = self._columns[index.column()], self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.words(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(column.words(row))
        if role == Qt.ItemDataRole.DecorationRole and column.icon is not None:
            return column.icon(row)
        if role == Qt.ItemDataRole.TextAlignmentRole and column.is_number:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's title; rows have none."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if self._columns[section].is_number else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None
