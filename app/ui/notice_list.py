"""The list of the notices, from each of which a way leads to what it tells of."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QListView

from app.store.notices import Notice
from app.ui.notice_delegate import NoticeDelegate
from app.ui.notices_model import NoticesModel
from app.ui.tools import Tools
from app.ui.wording import tr


class NoticeList(QListView):
    """Shows notices; what a person scrolled to stays in sight while others come in above it.

    Signals:
        opened(Notice): the person wants to see what it tells of: by Enter, a double click or a click on its link.
        end_reached: the last row is in sight.

    Args:
        tools: icons and colours.
    """

    opened = Signal(object)
    end_reached = Signal()

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._notices = NoticesModel(tools)
        self._notices.setParent(self)
        self._delegate = NoticeDelegate(tools, self)
        self._pressed = QModelIndex()
        self.setModel(self._notices)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName(tr("Notices"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.doubleClicked.connect(self._open)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        tools.theme.changed.connect(self.viewport().update)

    def show_notices(self, notices: Sequence[Notice]) -> None:
        """Show these."""
        top = self.indexAt(QPoint(0, 0)).row()
        before = self.visualRect(self._notices.index(top)).top() if top >= 0 else 0
        is_scrolled = self.verticalScrollBar().value() > 0
        fresh = self._notices.show(notices)
        kept = top + fresh
        if fresh and is_scrolled and kept < self._notices.rowCount():
            self.doItemsLayout()
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + self.visualRect(self._notices.index(kept)).top() - before)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show that a link is one."""
        super().mouseMoveEvent(event)
        self._under_pointer(self._link_at(event.position().toPoint()).row())

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the link."""
        super().leaveEvent(event)
        self._under_pointer(-1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click on a link."""
        super().mousePressEvent(event)
        is_left = event.button() == Qt.MouseButton.LeftButton
        self._pressed = self._link_at(event.position().toPoint()) if is_left else QModelIndex()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Follow the link that was clicked."""
        super().mouseReleaseEvent(event)
        if self._pressed.isValid() and self._link_at(event.position().toPoint()) == self._pressed:
            self._open(self._pressed)
        self._pressed = QModelIndex()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the notice; on its link the first click has done so."""
        if not self._link_at(event.position().toPoint()).isValid():
            super().mouseDoubleClickEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the notice by Enter, on every system."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.currentIndex().isValid():
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _link_at(self, place: QPoint) -> QModelIndex:
        """Return the row whose link is there; an invalid index where none is."""
        index = self.indexAt(place)
        if index.isValid() and self._delegate.link_place(self.visualRect(index), self.font()).contains(place):
            return index
        return QModelIndex()

    def _under_pointer(self, row: int) -> None:
        if row == self._delegate.link_row:
            return
        self._delegate.link_row = row
        if row >= 0:
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self.viewport().unsetCursor()
        self.viewport().update()

    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(self._notices.notice(index.row()))

    def _scrolled(self, value: int) -> None:
        if value >= self.verticalScrollBar().maximum():
            self.end_reached.emit()
