"""The strip at the foot of the job form that says why it was not saved."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from app.ui.form_field import words
from app.ui.plain import Label
from app.ui.tools import Tools

_ICON = 18


class Trouble(QFrame):
    """Says what went wrong and offers one way out.

    Args:
        tools: the window's.

    Signals:
        chosen: the person takes the way out.
    """

    chosen = Signal()

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self.setProperty("kind", "trouble")
        self._tools = tools
        self._icon = Label()
        self._words = words()
        self._way_out = QPushButton()
        self._way_out.setAutoDefault(False)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(8)
        row.addWidget(self._icon)
        row.addWidget(self._words, 1)
        row.addWidget(self._way_out)
        self._way_out.clicked.connect(self.chosen)
        tools.theme.changed.connect(self._draw)
        self._draw()
        self.clear()

    @property
    def text(self) -> str:
        """What it says; "" while it is not shown."""
        return self._words.text()

    @property
    def way_out(self) -> QPushButton:
        """The button, if one is offered."""
        return self._way_out

    def tell(self, text: str, way_out: str = "") -> None:
        """Say something.

        Args:
            text: what went wrong.
            way_out: on the button; "" for none.
        """
        self._words.setText(text)
        self._way_out.setText(way_out)
        self._way_out.setVisible(bool(way_out))
        self.show()

    def clear(self) -> None:
        """Say nothing any more."""
        self._words.setText("")
        self.hide()

    def _draw(self) -> None:
        colour = self._tools.theme.colours.bad
        self._icon.setPixmap(self._tools.icons.pixmap("triangle-alert", _ICON, self.devicePixelRatioF(), colour))
