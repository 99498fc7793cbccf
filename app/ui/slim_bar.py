"""One line over a table that says something and offers to act on it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton

from app.ui.plain import Label


class SlimBar(QFrame):
    """Words and at most two buttons; hidden until it has something to say.

    Signals:
        accepted: the first button. dismissed: the second.

    Args:
        kind: how it looks: notice, warning or trouble.
    """

    accepted = Signal()
    dismissed = Signal()

    def __init__(self, kind: str = "notice") -> None:
        super().__init__()
        self.setProperty("kind", kind)
        self._words = Label()
        self._words.setWordWrap(True)
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setTextVisible(False)
        self._busy.setMaximumWidth(120)
        self._yes = QPushButton()
        self._yes.setProperty("kind", "link")
        self._no = QPushButton()
        self._no.setProperty("kind", "link")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 8, 4)
        row.setSpacing(12)
        row.addWidget(self._words, 1)
        row.addWidget(self._busy)
        row.addWidget(self._yes)
        row.addWidget(self._no)
        self._yes.clicked.connect(self.accepted)
        self._no.clicked.connect(self.dismissed)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.hide()

    def say(self, words: str, yes: str = "", no: str = "", *, busy: bool = False) -> None:
        """Show a line.

        Args:
            words: what it says.
            yes: on the first button; without it there is none.
            no: on the second.
            busy: whether something goes on.
        """
        self._words.setText(words)
        self.setAccessibleName(words)
        self._busy.setVisible(busy)
        for button, text in ((self._yes, yes), (self._no, no)):
            button.setText(text)
            button.setVisible(bool(text))
        self.show()

    def words(self) -> str:
        """Return what it says; empty while it is hidden."""
        return "" if self.isHidden() else self._words.text()
