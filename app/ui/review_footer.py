"""The foot of a review: what still keeps the jobs from being added, how far adding is, and the two buttons."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.ui import counts
from app.ui.plain import Label
from app.ui.wording import number, tr


class ReviewFooter(QWidget):
    """Says why not, or adds.

    Signals:
        add_asked: the person says yes. cancel_asked: the person says no, or stops what goes on.
    """

    add_asked = Signal()
    cancel_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(tr("Progress"))
        self.reason = Label()
        self.reason.setProperty("kind", "dim")
        self.reason.setWordWrap(True)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self.reason)
        words.addWidget(self.progress)
        self.cancel_button = QPushButton()
        self.cancel_button.setAutoDefault(False)
        self.cancel_button.clicked.connect(self.cancel_asked)
        self.add_button = QPushButton()
        self.add_button.setProperty("kind", "primary")
        self.add_button.setDefault(True)
        self.add_button.clicked.connect(self.add_asked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(words, 1)
        layout.addWidget(self.cancel_button)
        layout.addWidget(self.add_button)

    def wait(self, why_not: str, count: int, *, busy: bool) -> None:
        """Wait for the person, or where busy for something that is looked up.

        Args:
            why_not: what keeps the jobs from being added; "" for nothing.
            count: how many would be added.
            busy: whether it ends by itself.
        """
        self.reason.setText(why_not)
        self.progress.setVisible(busy)
        self.progress.setMaximum(0)
        has_some = bool(count) or busy
        self.cancel_button.setText(tr("Cancel") if has_some else tr("Close"))
        self.cancel_button.setEnabled(True)
        self.add_button.setText(tr("Add {jobs}").format(jobs=counts.jobs(count)))
        self.add_button.setVisible(has_some)
        self.add_button.setEnabled(not why_not)
        self.add_button.setAccessibleDescription(why_not)

    def work(self, handled: int, total: int) -> None:
        """Show how many jobs have gone in."""
        self.progress.setVisible(True)
        self.progress.setMaximum(total)
        self.progress.setValue(handled)
        self.reason.setText(tr("Adding {n} of {all} …").format(n=number(handled), all=number(total)))
        self.add_button.setEnabled(False)
