"""A line at the foot of the window that says what was done, perhaps with Undo, and goes by itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from app.ui.plain import Label
from app.ui.wording import tr

_STAYS = 8000
_MARGIN = 16


class Toast(QFrame):
    """Stays over one widget, at its foot.

    Signals:
        undo_wanted: the button was pressed.

    Args:
        over: the widget.
    """

    undo_wanted = Signal()

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.setProperty("kind", "toast")
        self._over = over
        self._words = Label()
        self._words.setWordWrap(True)
        self._undo = QPushButton(tr("Undo"))
        self._undo.setProperty("kind", "toast")
        self._undo.clicked.connect(self._wants_undo)
        close = QPushButton(tr("Close"))
        close.setProperty("kind", "toast")
        close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 8, 8)
        row.setSpacing(8)
        row.addWidget(self._words, 1)
        row.addWidget(self._undo)
        row.addWidget(close)
        self._life = QTimer(self)
        self._life.setSingleShot(True)
        self._life.setInterval(_STAYS)
        self._life.timeout.connect(self.hide)
        over.installEventFilter(self)
        self.hide()

    def say(self, words: str, *, undo: bool = False) -> None:
        """Show a line for some seconds."""
        self._words.setText(words)
        self._undo.setVisible(undo)
        self.setAccessibleName(words)
        self.show()
        self.raise_()
        self._fit()
        self._life.start()

    def words(self) -> str:
        """Return what it says; empty while it is hidden."""
        return "" if self.isHidden() else self._words.text()

    def offers_undo(self) -> bool:
        """Whether it shows its button."""
        return not self.isHidden() and not self._undo.isHidden()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the widget's size."""
        if event.type() == QEvent.Type.Resize and not self.isHidden():
            self._fit()
        return super().eventFilter(watched, event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Stay for as long as the pointer is here."""
        super().enterEvent(event)
        self._life.stop()

    def leaveEvent(self, event: QEvent) -> None:
        """Go by itself again."""
        super().leaveEvent(event)
        self._life.start()

    def _wants_undo(self) -> None:
        self.hide()
        self.undo_wanted.emit()

    def _fit(self) -> None:
        room = self._over.width() - 2 * _MARGIN
        self._words.setMinimumWidth(min(self._words.fontMetrics().horizontalAdvance(self._words.text()) + 8, room // 2))
        self.resize(min(self.sizeHint().width(), room), self.sizeHint().height())
        left = (self._over.width() - self.width()) // 2
        self.move(left, self._over.height() - self.height() - _MARGIN)
