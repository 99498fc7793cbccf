"""A question before something that can't be undone: the number and the thing stand on the button."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.ui.plain import Label
from app.ui.tools import Tools

_ICON = 32
_WIDTH = 56
"""Characters of a line of the explanation."""


class Question(QDialog):
    """Asks without waiting: ``accepted`` is emitted if the answer is yes.

    Escape means no, and Enter the button that has the focus, which is no at first.

    Args:
        tools: icons and colours.
        parent: over which it stands.
        title: the question.
        words: what will happen.
        yes: on the button that does it.
        no: on the button that leaves everything as it is.
    """

    def __init__(self, tools: Tools, parent: QWidget, title: str, words: str, yes: str, no: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        picture = Label()
        warning = tools.theme.colours.warn
        picture.setPixmap(tools.icons.pixmap("triangle-alert", _ICON, self.devicePixelRatioF(), warning))
        heading = Label(title)
        heading.setProperty("kind", "heading")
        heading.setWordWrap(True)
        explanation = Label(words)
        explanation.setWordWrap(True)
        explanation.setMinimumWidth(_WIDTH * self.fontMetrics().averageCharWidth())
        self.yes = QPushButton(yes)
        self.yes.setProperty("kind", "danger")
        self.no = QPushButton(no)
        for button in (self.yes, self.no):
            button.setAutoDefault(False)
        self.yes.clicked.connect(self.accept)
        self.no.clicked.connect(self.reject)
        text = QVBoxLayout()
        text.setSpacing(8)
        text.addWidget(heading)
        text.addWidget(explanation)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(text, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self.yes)
        buttons.addWidget(self.no)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(16)
        column.addLayout(top)
        column.addLayout(buttons)
        self.no.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Answer by Enter what the focus says: no, until the person has gone to the other button."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            (self.yes if self.yes.hasFocus() else self.no).click()
        else:
            super().keyPressEvent(event)
