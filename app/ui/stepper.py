"""A number with a button on each side: one less, one more."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QSpinBox, QWidget

from app.ui.tool_button import ToolButton
from app.ui.tools import Tools

_SETTLED_AFTER = 500
"""Milliseconds after the last click on the number until it counts."""

PATIENCE = 10_000
"""Milliseconds for which a number that was asked for is shown though nobody has said that it holds."""


class Stepper(QWidget):
    """A whole number that a person sets, and that somebody else has to bring about.

    What holds by now is told with ``known``. While the person chooses a number, and then until the one that was asked
    for holds, theirs is shown: otherwise it would jump back, and the next click would count from there.

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
        self._known: int | None = None
        self._expected: int | None = None
        self.field = QSpinBox()
        # Its own buttons have no width. Switched off, the style sheet leaves no width to the number instead.
        self.field.setProperty("kind", "bare")
        self.field.setRange(low, high)
        self.field.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.field.setAccessibleName(name)
        self.less, self.more = ToolButton(tools, "minus", less), ToolButton(tools, "plus", more)
        side = self.fontMetrics().height()
        for button, step in ((self.less, self.field.stepDown), (self.more, self.field.stepUp)):
            button.setIconSize(QSize(side, side))
            button.setAutoRepeat(True)
            button.clicked.connect(step)
        self._settled, self._patience = QTimer(self), QTimer(self)
        for timer, milliseconds, over in (
            (self._settled, _SETTLED_AFTER, self._settle),
            (self._patience, PATIENCE, self.give_up),
        ):
            timer.setSingleShot(True)
            timer.setInterval(milliseconds)
            timer.timeout.connect(over)
        self.field.valueChanged.connect(self._changed)
        self.setFocusProxy(self.field)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for widget in (self.less, self.field, self.more):
            row.addWidget(widget)

    def value(self) -> int:
        """Return the number that is shown."""
        return self.field.value()

    def expect(self) -> None:
        """Say that the number which is shown was asked for: it stays until it holds, or for PATIENCE."""
        self._expected = self.value()
        self._patience.start()

    def known(self, value: int) -> None:
        """Say which number holds by now; it is shown where no other one is being chosen or expected."""
        self._known = value
        if value == self._expected:
            self._expect_no_more()
        self._show_known()

    def give_up(self) -> None:
        """Say that the number which was asked for is not coming: what holds is shown."""
        self._expect_no_more()
        self._show_known()

    def _expect_no_more(self) -> None:
        self._expected = None
        self._patience.stop()

    def _show_known(self) -> None:
        if self._known is None or self._expected is not None or self._settled.isActive():
            return
        with QSignalBlocker(self.field):
            self.field.setValue(self._known)
        self._allow()

    def _changed(self, _value: int) -> None:
        self._allow()
        self._settled.start()

    def _allow(self) -> None:
        self.less.setEnabled(self.field.value() > self.field.minimum())
        self.more.setEnabled(self.field.value() < self.field.maximum())

    def _settle(self) -> None:
        self.settled.emit(self.field.value())
