"""Dropping onto the window, wherever in it, and what is shown while something is dragged over it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QColor, QDropEvent, QPainter, QPaintEvent, QPen, QWindow
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from app.ui.incoming import Incoming
from app.ui.plain import Label
from app.ui.tools import Tools

_ICON = 48
_MARGIN = 16
_ROUND = 12
_VEIL = 205
"""Of 255: the window shows through, and can't be mistaken for what is read."""


class DropOverlay(QWidget):
    """Covers a window while something that can be added is dragged over it.

    The window's own events are listened to before they reach any widget, so that neither a table nor a text field takes
    what is dropped. A drag that began in this program is left alone.

    Args:
        tools: colours and icons.
        incoming: says what a drop would do, and takes it.
        window: a top-level widget; nothing is taken while it accepts no drops.
    """

    def __init__(self, tools: Tools, incoming: Incoming, window: QWidget) -> None:
        super().__init__(window)
        self._tools = tools
        self._incoming = incoming
        self._window = window
        self._words: str | None = None
        self._is_under_way = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._icon = Label()
        self._icon.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._label = Label()
        self._label.setProperty("kind", "title")
        self._label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._label.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * _MARGIN, 2 * _MARGIN, 2 * _MARGIN, 2 * _MARGIN)
        layout.setSpacing(12)
        layout.addStretch(1)
        for part in (self._icon, self._label):
            layout.addWidget(part)
        layout.addStretch(1)
        tools.theme.changed.connect(self._draw)
        self._draw()
        self.hide()
        self._listened: QWindow | None = None
        window.installEventFilter(self)
        self._listen()

    @property
    def words(self) -> str | None:
        """What a drop would do now; None while nothing that can be used is over the window."""
        return self._words

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hear what is dragged over the window, and follow the window's size."""
        kind = event.type()
        if watched is self._window:
            if kind in {QEvent.Type.Show, QEvent.Type.WinIdChange}:
                self._listen()
            elif kind == QEvent.Type.Resize:
                self.setGeometry(self._window.rect())
        elif isinstance(event, QDropEvent) and event.source() is None:
            self.dragged(event)
            return True
        elif kind == QEvent.Type.DragLeave:
            self._is_under_way = False
            self._show_words(None)
        return False

    def dragged(self, event: QDropEvent) -> None:
        """Hear of a step of a drag over the window, from whoever came to know of it before this listened."""
        words = self._words
        if event.type() == QEvent.Type.DragEnter or not self._is_under_way:  # it can have come before this was there
            words = self._incoming.accepts(event.mimeData())
        self._is_under_way = event.type() != QEvent.Type.Drop
        allowed = self._window.acceptDrops() and bool(event.possibleActions() & Qt.DropAction.CopyAction)
        if words is None or not allowed or QApplication.activeModalWidget() is not None:
            self._show_words(None)
            event.ignore()
            return
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if event.type() == QEvent.Type.Drop:
            self._show_words(None)
            self._incoming.take_mime(event.mimeData())
        else:
            self._show_words(words)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the veil and its border."""
        colours = self._tools.theme.colours
        veil = QColor(colours.window)
        veil.setAlpha(_VEIL)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), veil)
        inner = QRectF(self.rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        soft = QColor(colours.accent_soft)
        soft.setAlpha(_VEIL)
        painter.setBrush(soft)
        painter.setPen(QPen(QColor(colours.accent), 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(inner, _ROUND, _ROUND)

    def _listen(self) -> None:
        """Listen to the native window, which is made late and can be made anew."""
        handle = self._window.windowHandle()
        if handle is not None and handle is not self._listened:  # type: ignore[redundant-expr]  # None before it is made
            self._listened = handle
            handle.installEventFilter(self)

    def _show_words(self, words: str | None) -> None:
        self._words = words
        if words is None:
            self.hide()
            return
        self._label.setText(words)
        self.setAccessibleName(words)
        self.setGeometry(self._window.rect())
        self.raise_()
        self.show()

    def _draw(self) -> None:
        ratio, colour = self.devicePixelRatioF(), self._tools.theme.colours.accent
        self._icon.setPixmap(self._tools.icons.pixmap("download", _ICON, ratio, colour))
