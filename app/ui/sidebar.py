"""The places of the window, with how many jobs are in each."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyledItemDelegate, QStyleOptionViewItem

from app.domain.states import State
from app.ui.icons import OF_STATE
from app.ui.tools import Tools
from app.ui.wording import number, state_word, tr

if TYPE_CHECKING:
    from app.ui.looks import QueueLook

_COUNT = Qt.ItemDataRole.UserRole
_MARK = Qt.ItemDataRole.UserRole + 1
_GAP = Qt.ItemDataRole.UserRole + 2
_PADDING, _ICON, _RADIUS = 10, 18, 6


class Place(StrEnum):
    """Where one can be in the window, in the order of the sidebar and of Alt+1 to Alt+9."""

    ALL = "all"
    PENDING = "pending"
    PROCESSING = "processing"
    RETRYING = "retrying"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    DEAD_LETTERS = "dead-letters"
    WORKERS = "workers"
    NOTICES = "notices"


STATE_OF = {
    Place.PENDING: State.PENDING,
    Place.PROCESSING: State.PROCESSING,
    Place.RETRYING: State.FAILED,
    Place.COMPLETED: State.COMPLETED,
    Place.CANCELLED: State.CANCELLED,
    Place.DEAD_LETTERS: State.DEAD,
}
"""The state whose jobs a place shows; the others show all, or none."""

OWN_PAGES = frozenset({Place.DEAD_LETTERS, Place.WORKERS, Place.NOTICES})
"""Places that have a page of their own."""

_ICONS = {Place.ALL: "list", Place.DEAD_LETTERS: "mail-x", Place.WORKERS: "cpu", Place.NOTICES: "bell"}


class Sidebar(QListWidget):
    """A list of places, of which one is chosen.

    Signals:
        chosen(Place): the person went there.
    """

    chosen = Signal(object)

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools = tools
        self.setAccessibleName(tr("Places"))
        self.setObjectName("sidebar")
        self.setItemDelegate(_PlaceDelegate(tools, self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self._under = -1
        for place in Place:
            item = QListWidgetItem(title(place))
            item.setData(_GAP, place in {Place.DEAD_LETTERS, Place.WORKERS})
            self.addItem(item)
        self.setCurrentRow(0)
        self._draw()
        tools.theme.changed.connect(self._draw)
        self.currentRowChanged.connect(self._row_changed)
        self.entered.connect(self._entered)
        self.viewportEntered.connect(self._left)

    def sizeHint(self) -> QSize:
        """Return a width in which every title and a count of seven digits fit."""
        letters = max(self.fontMetrics().horizontalAdvance(title(place)) for place in Place)
        count = self.fontMetrics().horizontalAdvance(number(9_999_999))
        return QSize(letters + count + _ICON + 6 * _PADDING, super().sizeHint().height())

    @property
    def place(self) -> Place:
        """Where the window is."""
        return list(Place)[self.currentRow()]

    def go_to(self, place: Place) -> None:
        """Choose a place."""
        self.setCurrentRow(list(Place).index(place))

    def show_look(self, look: QueueLook) -> None:
        """Show how many jobs are where."""
        from app.ui.looks import MOST

        for row, place in enumerate(Place):
            item = self.item(row)
            count, new = self._counts(place, look)
            told = f"{title(place)}, {count}" if count else title(place)
            if new:
                told += ", " + tr("{n} not looked at").format(n=f"{number(MOST)}+" if new >= MOST else number(new))
            for role, value in ((_COUNT, count), (_MARK, new > 0), (Qt.ItemDataRole.AccessibleTextRole, told)):
                if item.data(role) != value:
                    item.setData(role, value)
            item.setToolTip(told)

    def _counts(self, place: Place, look: QueueLook) -> tuple[str, int]:
        """Return the count that stands beside a place, and how much there is new."""
        match place:
            case Place.WORKERS:
                return tr("{n} of {m}").format(n=number(look.counts[State.PROCESSING]), m=number(look.runner.slots)), 0
            case Place.ALL:
                return number(look.total), 0
            case Place.NOTICES:
                return number(look.notices) if look.notices else "", look.notices
            case Place.DEAD_LETTERS:
                return number(look.counts[State.DEAD]), look.unseen
        return number(look.counts[STATE_OF[place]]), 0

    def count_of(self, place: Place) -> str:
        """Return the count that is shown beside a place."""
        return str(self.item(list(Place).index(place)).data(_COUNT))

    def is_marked(self, place: Place) -> bool:
        """Whether something new is there."""
        return bool(self.item(list(Place).index(place)).data(_MARK))

    @property
    def under(self) -> int:
        """The row that the pointer is over, or -1.

        Who paints is told so by Qt too, but in words of QStyle, which takes 8 ms to bring in.
        """
        return self._under

    def leaveEvent(self, event: QEvent) -> None:
        """Be left by the pointer."""
        super().leaveEvent(event)
        self._left()

    def _entered(self, index: QModelIndex) -> None:
        self._under = index.row()

    def _left(self) -> None:
        self._under = -1

    def _row_changed(self, _row: int) -> None:
        self.chosen.emit(self.place)

    def _draw(self) -> None:
        colours = self._tools.theme.colours
        for row, place in enumerate(Place):
            state = STATE_OF.get(place)
            name = _ICONS.get(place) or OF_STATE[state or State.PENDING]
            colour = colours.dim if state is None else colours.of_state(state)
            self.item(row).setIcon(self._tools.icons.icon(name, colour))


class _PlaceDelegate(QStyledItemDelegate):
    """Draws a place: icon, title, and its count at the right."""

    def __init__(self, tools: Tools, parent: Sidebar) -> None:
        super().__init__(parent)
        self._tools = tools
        self._sidebar = parent

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        gap = _PADDING if index.data(_GAP) else 0
        return QSize(0, option.fontMetrics.height() + 2 * _PADDING + gap)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        colours = self._tools.theme.colours
        gap = _PADDING if index.data(_GAP) else 0
        room: QRect = option.rect.adjusted(8, gap + 1, -8, -1)
        is_chosen = index.row() == self._sidebar.currentRow()
        is_under = index.row() == self._sidebar.under
        has_focus = self._sidebar.hasFocus()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if is_chosen or is_under:
            painter.setPen(QColor(colours.accent) if has_focus and is_chosen else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.selected if is_chosen else colours.hover))
            painter.drawRoundedRect(room, _RADIUS, _RADIUS)
        icon = index.data(Qt.ItemDataRole.DecorationRole)
        icon.paint(painter, QRect(room.left() + _PADDING, room.center().y() - _ICON // 2 + 1, _ICON, _ICON))
        text = room.adjusted(_PADDING + _ICON + _PADDING, 0, -_PADDING, 0)
        font = option.font
        font.setBold(is_chosen or bool(index.data(_MARK)))
        painter.setFont(font)
        painter.setPen(QColor(colours.on_selected if is_chosen else colours.text))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(text, middle | Qt.AlignmentFlag.AlignLeft, str(index.data(Qt.ItemDataRole.DisplayRole)))
        count = str(index.data(_COUNT) or "")
        if index.data(_MARK):
            self._badge(painter, text, count)
        else:
            painter.setPen(QColor(colours.on_selected if is_chosen else colours.dim))
            painter.drawText(text, middle | Qt.AlignmentFlag.AlignRight, count)
        painter.restore()

    def _badge(self, painter: QPainter, room: QRect, count: str) -> None:
        """Draw a count that wants to be looked at."""
        colours = self._tools.theme.colours
        metrics = painter.fontMetrics()
        width, height = metrics.horizontalAdvance(count) + 14, metrics.height() + 2
        badge = QRect(room.right() - width + 4, room.center().y() - height // 2 + 1, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.bad))
        painter.drawRoundedRect(badge, height / 2, height / 2)
        painter.setPen(QColor(colours.on_accent))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, count)


def title(place: Place) -> str:
    """Return a place's name."""
    if place is Place.ALL:
        return tr("All jobs")
    if place is Place.DEAD_LETTERS:
        return tr("Dead letters")
    if place is Place.NOTICES:
        return tr("Notices")
    return tr("Workers") if place is Place.WORKERS else state_word(STATE_OF[place])
