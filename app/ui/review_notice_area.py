"""The place of the notices above the jobs under review: as tall as they are, and scrolled where that is too tall."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

_LEAST_LINES = 7


class NoticeArea(QScrollArea):
    """Holds notices one below the other; those that have nothing to say take no room, nor does it without any."""

    def __init__(self, notices: Sequence[QWidget], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._notices = notices
        self._inside = inside = QWidget()
        self._layout = QVBoxLayout(inside)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)
        for notice in notices:
            self._layout.addWidget(notice)
            notice.installEventFilter(self)
        self.setWidget(inside)
        inside.installEventFilter(self)
        self.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        self.fill(False)
        self._look()

    def fill(self, everything: bool) -> None:
        """Take all the room there is, or what is needed."""
        policy = QSizePolicy.Policy.Expanding if everything else QSizePolicy.Policy.Maximum
        self.setSizePolicy(QSizePolicy.Policy.Preferred, policy)

    def sizeHint(self) -> QSize:
        """Return the size at which nothing is scrolled."""
        return QSize(self._inside.sizeHint().width(), self._height())

    def minimumSizeHint(self) -> QSize:
        """Return the size below which nothing could be read."""
        least = self.fontMetrics().lineSpacing() * _LEAST_LINES
        return QSize(self._inside.minimumSizeHint().width(), min(self._height(), least))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow what the notices need."""
        if event.type() in {QEvent.Type.LayoutRequest, QEvent.Type.ShowToParent, QEvent.Type.HideToParent}:
            self._look()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for another height where the words break differently."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.updateGeometry()

    def _look(self) -> None:
        self.setVisible(any(not notice.isHidden() for notice in self._notices))
        self.updateGeometry()

    def _height(self) -> int:
        return self._layout.totalHeightForWidth(self.viewport().width())
