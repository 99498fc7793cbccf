"""The keys of the window, to look them up."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QBoxLayout,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.ui.form_field import words
from app.ui.plain import Label
from app.ui.wording import tr

Group = tuple[str, Sequence[tuple[str, str]]]
"""A title, and what each key does beside the key's text."""

_GAP = 16
_WIDE, _HIGH = 130, 40
_TWO_FROM = 100
"""Letters of width from which on the groups stand in two columns."""


class KeysDialog(QDialog):
    """Shows keys in groups.

    Args:
        groups: what to show, in order.
        parent: its owner.
    """

    def __init__(self, groups: Sequence[Group], parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keys"))
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search keys"))
        self.search.setAccessibleName(tr("Search keys"))
        self.search.setClearButtonEnabled(True)
        self.nothing = words("dim")
        self.nothing.hide()
        self.cards = [_Card(title, keys) for title, keys in groups]
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._close = QPushButton(tr("Close"))
        self._close.setAutoDefault(False)
        self._arrange()
        self.search.textChanged.connect(self._filter)
        self._close.clicked.connect(self.accept)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self, self.search.setFocus)
        self.resize(self.sizeHint())
        self.search.setFocus()

    def sizeHint(self) -> QSize:
        """Return a size in which most keys are seen at once."""
        metrics = self.fontMetrics()
        wished = QSize(_WIDE * metrics.averageCharWidth(), _HIGH * metrics.lineSpacing())
        return wished.boundedTo(self.screen().availableSize() * 0.95)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the columns beside or below each other, as there is room."""
        super().resizeEvent(event)
        beside = self.width() >= _TWO_FROM * self.fontMetrics().averageCharWidth()
        direction = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        self._columns.setDirection(direction)

    def _filter(self, search: str) -> None:
        found = [card.filter(search) for card in self.cards]
        self.nothing.setText("" if any(found) else tr("No key matches '{search}'.").format(search=search))
        self.nothing.setVisible(not any(found))

    def _arrange(self) -> None:
        self._columns.setSpacing(_GAP)
        half = sum(card.height_in_rows for card in self.cards) / 2
        filled = 0
        columns = [QVBoxLayout(), QVBoxLayout()]
        for card in self.cards:
            columns[filled >= half].addWidget(card)
            filled += card.height_in_rows
        for column in columns:
            column.setSpacing(_GAP)
            column.addStretch()
            self._columns.addLayout(column, 1)
        inside = QWidget()
        content = QVBoxLayout(inside)
        content.setContentsMargins(_GAP, 0, _GAP, _GAP)
        content.addWidget(self.nothing)
        content.addLayout(self._columns)
        content.addStretch()
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setAccessibleName(tr("Keys"))
        scroll.setWidget(inside)
        head = QHBoxLayout()
        head.setContentsMargins(_GAP, 12, _GAP, 12)
        head.addWidget(self.search)
        foot = QHBoxLayout()
        foot.setContentsMargins(_GAP, 12, _GAP, 12)
        foot.addStretch()
        foot.addWidget(self._close)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(scroll, 1)
        column.addLayout(foot)


class _Card(QFrame):
    """One group of keys."""

    def __init__(self, title: str, keys: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._title = title.casefold()
        self.rows = [_Row(does, key) for does, key in keys]
        column = QVBoxLayout(self)
        column.setContentsMargins(_GAP, 12, _GAP, 12)
        column.setSpacing(8)
        column.addWidget(words("heading", title))
        for row in self.rows:
            column.addWidget(row)

    @property
    def height_in_rows(self) -> int:
        """How much room it takes: its rows, and its head and frame."""
        return len(self.rows) + 2

    def filter(self, search: str) -> bool:
        """Show the rows that match, all of them where the title does; tell whether there are any."""
        wanted = search.casefold().split()
        found = False
        for row in self.rows:
            text = f"{self._title} {row.text}"
            is_shown = all(word in text for word in wanted)
            row.setVisible(is_shown)
            found = found or is_shown
        self.setVisible(found)
        return found


class _Row(QWidget):
    """What one key does."""

    def __init__(self, does: str, key: str) -> None:
        super().__init__()
        self.text = f"{does} {key}".casefold()
        cap = QFrame()
        cap.setProperty("kind", "card")
        inside = QHBoxLayout(cap)
        inside.setContentsMargins(8, 2, 8, 2)
        label = Label(key)
        inside.addWidget(label)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP)
        row.addWidget(words("", does), 1)
        row.addWidget(cap, 0, Qt.AlignmentFlag.AlignVCenter)
