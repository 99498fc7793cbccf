"""Draws a kind of error in the list of them."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QAbstractScrollArea, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.ui.dead_letters_model import COUNT
from app.ui.tools import Tools

_MARGIN = 8
_SIDE = 12


class KindDelegate(QStyledItemDelegate):
    """An error on at most two lines, and how many jobs died of it below.

    Args:
        tools: colours.
        parent: the view.
    """

    def __init__(self, tools: Tools, parent: QWidget) -> None:
        super().__init__(parent)
        self._tools = tools

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return room for the error and the number of jobs."""
        view: QWidget = option.widget
        width = view.viewport().width() if isinstance(view, QAbstractScrollArea) else option.rect.width()
        metrics = QFontMetrics(option.font)
        lines = len(in_two(str(index.data()), metrics, width - _SIDE - _MARGIN)) + 1
        return QSize(0, lines * metrics.height() + 2 * _MARGIN)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw a line of the list."""
        drawn = QStyleOptionViewItem(option)
        self.initStyleOption(drawn, index)
        text, drawn.text = drawn.text, ""
        widget: QWidget = drawn.widget
        widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, drawn, painter, widget)
        colours = self._tools.theme.colours
        chosen = bool(drawn.state & QStyle.StateFlag.State_Selected)
        room = drawn.rect.adjusted(_SIDE, _MARGIN, -_MARGIN, -_MARGIN)
        metrics = QFontMetrics(drawn.font)
        painter.save()
        painter.setFont(drawn.font)
        painter.setPen(colours.on_selected if chosen else colours.text)
        lines = in_two(text, metrics, room.width())
        for row, line in enumerate(lines):
            painter.drawText(room.translated(0, row * metrics.height()), Qt.AlignmentFlag.AlignTop, line)
        below = room.translated(0, len(lines) * metrics.height())
        painter.setPen(colours.on_selected if chosen else colours.dim)
        painter.drawText(below, Qt.AlignmentFlag.AlignTop, str(index.data(COUNT)))
        painter.restore()


def in_two(text: str, metrics: QFontMetrics, width: int) -> list[str]:
    """Return a text on at most two lines; what they don't hold is left out at the end."""
    words = text.split(" ")
    first = words.pop(0)
    while words and metrics.horizontalAdvance(f"{first} {words[0]}") <= width:
        first = f"{first} {words.pop(0)}"
    lines = [first, " ".join(words)] if words else [first]
    return [metrics.elidedText(line, Qt.TextElideMode.ElideRight, width) for line in lines]
