"""The environment variables of a job, as a table of names and values."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.domain.errors import InvalidJob
from app.domain.job_words import visible
from app.messages import message
from app.ui.tools import Tools
from app.ui.wording import tr

_NAME, _VALUE = range(2)
_LEAST_ROWS, _MOST_ROWS = 2, 6


class EnvironmentTable(QWidget):
    """Edits the field env.

    Args:
        tools: the window's.

    Signals:
        edited: by the person.
    """

    edited = Signal()

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools = tools
        self.table = QTableWidget(0, 2)
        self.table.setHorizontalHeaderLabels([tr("Name"), tr("Value")])
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(_VALUE, QHeaderView.ResizeMode.Stretch)
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.setColumnWidth(_NAME, 26 * self.fontMetrics().averageCharWidth())
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        triggers = QTableWidget.EditTrigger
        self.table.setEditTriggers(
            triggers.DoubleClicked | triggers.SelectedClicked | triggers.EditKeyPressed | triggers.AnyKeyPressed
        )
        self.table.setTabKeyNavigation(False)
        self._add = QPushButton(tr("Add variable"))
        self._remove = QPushButton(tr("Remove"))
        for button in (self._add, self._remove):
            button.setAutoDefault(False)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self._add)
        buttons.addWidget(self._remove)
        buttons.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        card = QFrame()
        card.setProperty("kind", "card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.table)
        column.addWidget(card)
        column.addLayout(buttons)
        self._add.clicked.connect(self.add_variable)
        self._remove.clicked.connect(self.remove_variable)
        delete = QShortcut(QKeySequence(Qt.Key.Key_Delete), self.table)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self.remove_variable)
        self.table.itemChanged.connect(self.edited)
        self.table.itemSelectionChanged.connect(self._selection_changed)
        tools.theme.changed.connect(self._draw)
        self._draw()
        self._fit()

    def fill(self, env: Mapping[str, str]) -> None:
        """Show variables."""
        self.table.blockSignals(True)
        self.table.setRowCount(0)
        for name, value in env.items():
            self._append(name, value)
        self.table.blockSignals(False)
        self._fit()

    def values(self) -> dict[str, str]:
        """Return the variables; of a name that stands there twice the last one."""
        return dict(self._pairs())

    def faults(self) -> list[InvalidJob]:
        """Return what ``values`` can't show to the rules: names that stand there more than once."""
        names = [name for name, _ in self._pairs()]
        return [
            InvalidJob(f"env.{visible(name)}", "is given more than once", remedy=message("Keep one of them."))
            for name in dict.fromkeys(names)
            if names.count(name) > 1
        ]

    def add_variable(self) -> None:
        """Begin a new row."""
        self.table.blockSignals(True)
        row = self._append("", "")
        self.table.blockSignals(False)
        self._fit()
        self.table.setCurrentCell(row, _NAME)
        self.table.edit(self.table.currentIndex())

    def remove_variable(self) -> None:
        """Take the chosen row away."""
        row = self.table.currentRow()
        if row >= 0:
            self.table.removeRow(row)
            self._fit()
            self.edited.emit()

    def _pairs(self) -> list[tuple[str, str]]:
        rows = [(self._text(row, _NAME), self._text(row, _VALUE)) for row in range(self.table.rowCount())]
        return [(name.strip(), value) for name, value in rows if name.strip() or value]

    def _text(self, row: int, column: int) -> str:
        item = self.table.item(row, column)
        return "" if item is None else item.text()

    def _append(self, name: str, value: str) -> int:
        row = self.table.rowCount()
        self.table.insertRow(row)
        self.table.setItem(row, _NAME, QTableWidgetItem(name))
        self.table.setItem(row, _VALUE, QTableWidgetItem(value))
        return row

    def _selection_changed(self) -> None:
        self._remove.setEnabled(self.table.currentRow() >= 0)

    def _fit(self) -> None:
        """Make the table as high as its rows, within bounds."""
        rows = min(max(self.table.rowCount(), _LEAST_ROWS), _MOST_ROWS)
        head = self.table.horizontalHeader().sizeHint().height()
        frame = 2 * self.table.frameWidth()
        self.table.setFixedHeight(head + rows * self.table.verticalHeader().defaultSectionSize() + frame)
        self._selection_changed()

    def _draw(self) -> None:
        self._add.setIcon(self._tools.icons.icon("plus"))
        self._remove.setIcon(self._tools.icons.icon("trash-2"))
