"""Draws a notice: icon, title and words at the left, when it was and the way to what it tells of at the right."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QIcon, QPainter
from PySide6.QtWidgets import QAbstractScrollArea, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.ui.kind_delegate import in_two
from app.ui.notices_model import IS_NEW, TIME, WORDS
from app.ui.tools import Tools
from app.ui.wording import tr

_Index = QModelIndex | QPersistentModelIndex

_SIDE, _MARGIN, _GAP = 16, 10, 12
_ICON = 18
_BETWEEN = 2
_LINE = 1
_LONG_TIME = "30 Nov 00:00"
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextSingleLine
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextSingleLine


class NoticeDelegate(QStyledItemDelegate):
    """Words on at most two lines below the title; Show is where ``link_place`` says.

    Attributes:
        link_row: the row whose link the pointer is on; -1 where it is on none.

    Args:
        tools: colours.
        parent: the view.
    """

    def __init__(self, tools: Tools, parent: QWidget) -> None:
        super().__init__(parent)
        self._tools = tools
        self.link_row = -1
        self._measured = (-1, "")
        self._room = self._height = 0

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return room for the title and its words; for two lines at least, as time and link stand over each other."""
        view: QWidget = option.widget
        width = view.viewport().width() if isinstance(view, QAbstractScrollArea) else option.rect.width()
        if (width, option.font.key()) != self._measured:
            self._measured = (width, option.font.key())
            self._room = _text_room(QRect(0, 0, width, 0), option.font).width()
            self._height = 2 * _MARGIN + QFontMetrics(_bold(option.font)).height() + _BETWEEN + _LINE
        words = _words(index)
        # counted without being laid out: a thousand rows are asked for their height in one go
        is_long = " " in words and option.fontMetrics.horizontalAdvance(words) > self._room
        return QSize(0, self._height + (2 if is_long else 1) * option.fontMetrics.height())

    def link_place(self, rect: QRect, font: QFont) -> QRect:
        """Return where the link stands in a row.

        Args:
            rect: of the row.
            font: of the view.
        """
        metrics = QFontMetrics(font)
        width = metrics.horizontalAdvance(_link())
        top = rect.top() + _MARGIN + QFontMetrics(_bold(font)).height() + _BETWEEN
        return QRect(rect.right() - _SIDE - width + 1, top, width, metrics.height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw a row."""
        row = QStyleOptionViewItem(option)
        self.initStyleOption(row, index)
        font, rect, title, icon = QFont(row.font), QRect(row.rect), row.text, QIcon(row.icon)
        row.text = ""
        row.features &= ~QStyleOptionViewItem.ViewItemFeature.HasDecoration
        widget: QWidget = row.widget
        widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, row, painter, widget)
        colours = self._tools.theme.colours
        chosen = colours.on_selected if row.state & QStyle.StateFlag.State_Selected else None
        room = _text_room(rect, font)
        title_font = _bold(font) if index.data(IS_NEW) else font
        head = QFontMetrics(title_font)
        painter.save()
        middle = room.top() + head.height() // 2
        icon.paint(painter, QRect(rect.left() + _SIDE, middle - _ICON // 2, _ICON, _ICON))
        painter.setFont(title_font)
        painter.setPen(chosen or colours.text)
        painter.drawText(room, _LEFT, head.elidedText(title, Qt.TextElideMode.ElideRight, room.width()))
        painter.setPen(chosen or (colours.accent if index.data(IS_NEW) else colours.dim))
        painter.drawText(rect.adjusted(0, _MARGIN, -_SIDE, 0), _RIGHT, _time(index))
        painter.setFont(font)
        painter.setPen(chosen or colours.dim)
        below = room.translated(0, QFontMetrics(_bold(font)).height() + _BETWEEN)
        for number, line in enumerate(in_two(_words(index), QFontMetrics(font), room.width())):
            painter.drawText(below.translated(0, number * QFontMetrics(font).height()), _LEFT, line)
        link = QFont(font)
        link.setUnderline(self.link_row == index.row())
        painter.setFont(link)
        painter.setPen(chosen or colours.accent)
        painter.drawText(self.link_place(rect, font), _RIGHT, _link())
        painter.setPen(colours.line)
        painter.drawLine(rect.left() + _SIDE, rect.bottom(), rect.right() - _SIDE, rect.bottom())
        painter.restore()


def _link() -> str:
    return tr("Show")


def _text_room(rect: QRect, font: QFont) -> QRect:
    """Return where title and words stand in a row; it is the same whether the notice is new or not."""
    right = QFontMetrics(_bold(font)).horizontalAdvance(tr("New · {time}").format(time=_LONG_TIME))
    room = rect.adjusted(_SIDE + _ICON + _GAP, _MARGIN, -_SIDE - right - _GAP, -_MARGIN)
    room.setWidth(max(room.width(), 0))
    return room


def _words(index: _Index) -> str:
    return str(index.data(WORDS)).replace("\n", " ")


def _time(index: _Index) -> str:
    """Return when a notice was raised, and in a word that it is new."""
    time = str(index.data(TIME))
    return tr("New · {time}").format(time=time) if index.data(IS_NEW) else time


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setBold(True)
    return bold
