"""The newest lines of the runner's log as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor

from app.ui.plain import tip
from app.ui.runner_log import LogLine
from app.ui.tools import Tools
from app.ui.wording import moment, one_line, tr

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()

TIME, LEVEL, EVENT = range(3)
_ICONS = {"warning": "triangle-alert", "error": "octagon-x", "critical": "octagon-x"}


class LogModel(QAbstractTableModel):
    """Lines of a log, the oldest first.

    Args:
        tools: icons and colours.
    """

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools = tools
        self._lines: list[LogLine] = []

    def show(self, lines: Sequence[LogLine]) -> bool:
        """Show the log as of now; return whether anything in it is new."""
        if self._lines == lines:
            return False
        self.beginResetModel()
        self._lines = list(lines)
        self.endResetModel()
        return True

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """Return how many lines there are."""
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        """Return how many columns there are."""
        return 0 if parent.isValid() else EVENT + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's title."""
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return (tr("Time"), tr("Level"), tr("Event"))[section]

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows."""
        if not index.isValid():
            return None
        line = self._lines[index.row()]
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return self._text(line, index.column())
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == EVENT:
            return tip(self._text(line, EVENT))
        if role == Qt.ItemDataRole.DecorationRole and index.column() == LEVEL and line.level in _ICONS:
            return self._tools.icons.icon(_ICONS[line.level], self._colour(line))
        if role == Qt.ItemDataRole.ForegroundRole and index.column() != EVENT:
            return QBrush(QColor(self._colour(line)))
        return None

    def _text(self, line: LogLine, column: int) -> str:
        if column == TIME:
            return moment(line.at)
        if column == LEVEL:
            words = {"info": tr("Info"), "warning": tr("Warning"), "error": tr("Error"), "critical": tr("Bug")}
            return words.get(line.level, one_line(line.level))
        return one_line(f"{line.event}   {line.more}".rstrip())

    def _colour(self, line: LogLine) -> str:
        colours = self._tools.theme.colours
        return {"warning": colours.warn, "error": colours.bad, "critical": colours.bad}.get(line.level, colours.dim)
