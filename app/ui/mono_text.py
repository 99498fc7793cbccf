"""Text to be read and copied as it stands: commands, errors, JSON."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontDatabase, QResizeEvent, QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

_SLACK = 2
"""Pixels without which the last line counts as cut."""


class MonoText(QPlainTextEdit):
    """As high as its text, up to some lines; with more it scrolls. Tab leaves it.

    Args:
        name: what it is called where it can't be seen.
        most_lines: how high it gets; None for as high as there is room.
        parent: its owner.
    """

    def __init__(self, name: str, most_lines: int | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._most = most_lines
        self._at_end = False
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        if most_lines is not None:
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self.document().documentLayout().documentSizeChanged.connect(self._fit)

    def show_text(self, text: str, *, at_end: bool = False) -> None:
        """Show a text, its end in sight or its beginning; one that stands there already keeps its scroll position."""
        if text == self.toPlainText():
            return
        self._at_end = at_end
        self.setPlainText(text)
        self._fit()

    def sizeHint(self) -> QSize:
        """Return its height for its text."""
        hint = super().sizeHint()
        if self._most is not None:
            hint.setHeight(self._height())
        return hint

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Become as high as the text is in the new width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def _fit(self) -> None:
        if self._most is None:
            return
        fits = self._lines() <= self._most
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(policy.ScrollBarAlwaysOff if fits else policy.ScrollBarAsNeeded)
        if self.height() != self._height():
            self.setFixedHeight(self._height())
        if self._at_end:
            self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    def _height(self) -> int:
        lines = min(max(1, self._lines()), self._most or 1)
        margins = self.contentsMargins()
        around = max(self.height() - self.viewport().height(), margins.top() + margins.bottom())
        return lines * self.fontMetrics().lineSpacing() + 2 * round(self.document().documentMargin()) + around + _SLACK

    def _lines(self) -> int:
        # a block that was not drawn yet counts as one line: what is shown is laid out here first
        count = 0
        block = self.document().begin()
        while block.isValid() and count <= (self._most or 1):
            self.blockBoundingRect(block)
            count += block.layout().lineCount() or 1
            block = block.next()
        return count
