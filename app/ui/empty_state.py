"""What stands where there is nothing to show: what this place is for, and what to do next."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractScrollArea, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.ui.plain import Label
from app.ui.tools import Tools

_ICON = 48
_ROOM_FOR_PICTURE = 14
"""Lines of text; in less room the words matter more."""


class EmptyState(QWidget):
    """A picture, a title, a sentence and buttons, in the middle of a view.

    Args:
        tools: icons and colours.
        view: whose middle it stands in; it follows its size.
    """

    def __init__(self, tools: Tools, view: QAbstractScrollArea) -> None:
        super().__init__(view.viewport())
        self._tools = tools
        self._icon_name = "inbox"
        self._picture = Label(alignment=Qt.AlignmentFlag.AlignHCenter)
        self._title = Label(alignment=Qt.AlignmentFlag.AlignHCenter)
        self._title.setProperty("kind", "title")
        self._title.setWordWrap(True)
        self._hint = Label(alignment=Qt.AlignmentFlag.AlignHCenter)
        self._hint.setProperty("kind", "dim")
        self._hint.setWordWrap(True)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(8)
        column.addStretch(2)
        for widget in (self._picture, self._title, self._hint):
            column.addWidget(widget)
        column.addSpacing(8)
        column.addLayout(self._buttons)
        column.addStretch(3)
        view.viewport().installEventFilter(self)
        tools.theme.changed.connect(self._draw)
        self.hide()

    def say(self, icon: str, title: str, hint: str, buttons: list[QPushButton]) -> None:
        """Set what is shown; the buttons stay the caller's to connect."""
        self._icon_name = icon
        self._title.setText(title)
        self._hint.setText(hint)
        while (item := self._buttons.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None and widget not in buttons:
                widget.deleteLater()
        self._buttons.addStretch()
        for button in buttons:
            self._buttons.addWidget(button)
        self._buttons.addStretch()
        self._draw()

    def title(self) -> str:
        """Return its title."""
        return self._title.text()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the view's size."""
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return super().eventFilter(watched, event)

    def setVisible(self, visible: bool) -> None:
        """Show or hide it, over the whole view."""
        if visible:
            self._fit()
        super().setVisible(visible)

    def _fit(self) -> None:
        viewport = self.parentWidget()
        if viewport is not None:
            self.setGeometry(viewport.rect())
            self._picture.setVisible(viewport.height() > _ROOM_FOR_PICTURE * self.fontMetrics().height())

    def _draw(self) -> None:
        colour = self._tools.theme.colours.dim
        self._picture.setPixmap(self._tools.icons.pixmap(self._icon_name, _ICON, self.devicePixelRatioF(), colour))
