"""How far a job is: words, and under them a thin line that fills up."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from app.domain.states import State
from app.ui.job_columns import progress_part
from app.ui.job_table_model import LINE
from app.ui.tools import Tools

_HEIGHT, _MARGIN = 3, 8


class ProgressDelegate(QStyledItemDelegate):
    """Draws the cells of one column.

    Args:
        tools: colours and the moment.
        parent: the view.
    """

    def __init__(self, tools: Tools, parent: QObject) -> None:
        super().__init__(parent)
        self._tools = tools

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw a cell as any other, and the line over its lower edge."""
        super().paint(painter, option, index)
        line = index.data(LINE)
        part = None if line is None else progress_part(line, self._tools.now())
        if part is None:
            return
        colours = self._tools.theme.colours
        cell: QRect = option.rect
        bar = QRect(cell.left() + _MARGIN, cell.bottom() - _HEIGHT - 1, max(0, cell.width() - 2 * _MARGIN), _HEIGHT)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.line))
        painter.drawRoundedRect(bar, 1.5, 1.5)
        bar.setWidth(round(bar.width() * part))
        painter.setBrush(QColor(colours.busy if line.state is State.PROCESSING else colours.warn))
        painter.drawRoundedRect(bar, 1.5, 1.5)
        painter.restore()
