"""A number with a button on each side: one less, one more."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QSpinBox, QToolButton, QWidget

from app.ui.tools import Tools

_SETTLED_AFTER = 500
"""Milliseconds after the last click on the number until it counts."""


class Stepper(QWidget):
    """A whole number that a person sets.

    Signals:
        settled(int): the person has chosen a number, and lets it stand for a moment.

    Args:
        tools: icons and colours.
        low: the least number.
        high: the greatest.
        name: what a screen reader calls it.
        less: the same of the button that takes one away.
        more: the same of the other.
    """

    settled = Signal(int)

    def __init__(self, tools: Tools, low: int, high: int, name: str, less: str, more: str) -> None:
        super().__init__()
        self._tools = tools
        self.field = QSpinBox()
        # Its own buttons have no width. Switched off, the style sheet leaves no width to the number instead.
        self.field.setProperty("kind", "bare")
        self.field.setRange(low, high)
        self.field.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.field.setAccessibleName(name)
        self.less, self.more = QToolButton(), QToolButton()
        for button, words, step in ((self.less, less, self.field.stepDown), (self.more, more, self.field.stepUp)):
            button.setAccessibleName(words)
            button.setToolTip(words)
            button.setAutoRepeat(True)
            button.clicked.connect(step)
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(_SETTLED_AFTER)
        self._settled.timeout.connect(self._settle)
        self.field.valueChanged.connect(self._changed)
        self.setFocusProxy(self.field)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for widget in (self.less, self.field, self.more):
            row.addWidget(widget)
        tools.theme.changed.connect(self._draw)
        self._draw()

    @property
    def is_settled(self) -> bool:
        """Whether the person is done with it."""
        return not self._settled.isActive()

    def value(self) -> int:
        """Return the number."""
        return self.field.value()

    def show_value(self, value: int) -> None:
        """Show a number that the person did not choose here."""
        with QSignalBlocker(self.field):
            self.field.setValue(value)
        self._allow()

    def _changed(self, _value: int) -> None:
        self._allow()
        self._settled.start()

    def _allow(self) -> None:
        self.less.setEnabled(self.field.value() > self.field.minimum())
        self.more.setEnabled(self.field.value() < self.field.maximum())

    def _settle(self) -> None:
        self.settled.emit(self.field.value())

    def _draw(self) -> None:
        side = self.fontMetrics().height()
        for button, icon in ((self.less, "minus"), (self.more, "plus")):
            button.setIcon(self._tools.icons.icon(icon))
            button.setIconSize(QSize(side, side))
