"""The environment variables of a job, as a table of names and values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.domain import visible_text
from app.domain.errors import InvalidJob
from app.domain.job_words import visible
from app.domain.masks import MASKED, is_secret
from app.messages import message
from app.ui.tools import Tools
from app.ui.wording import tr

_Index = QModelIndex | QPersistentModelIndex

_NAME, _VALUE = range(2)
_SHOWN_AS = frozenset({Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole})
_LEAST_ROWS, _MOST_ROWS = 2, 6


class _Cell(QTableWidgetItem):
    """A name or a value. What is shown and read out has nothing unseen in it, and of a secret is the mask.

    What is edited and taken is always the text itself.
    """

    def __init__(self, text: str, is_hidden: Callable[[_Cell], bool]) -> None:
        super().__init__(text)
        self._is_hidden = is_hidden

    def data(self, role: int) -> Any:
        """Return what a role asks for."""
        if role in _SHOWN_AS:
            return (
                MASKED if self._is_hidden(self) else visible_text.visible(str(super().data(Qt.ItemDataRole.EditRole)))
            )
        return super().data(role)


class _Editing(QStyledItemDelegate):
    """Lets a hidden value be typed over, as a password is.

    Args:
        is_hidden: whether the value at an index is hidden.
        parent: its owner.
    """

    def __init__(self, is_hidden: Callable[[_Index], bool], parent: QWidget) -> None:
        super().__init__(parent)
        self._is_hidden = is_hidden

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: _Index) -> QWidget:
        """Return the usual editor, which shows dots for what is hidden."""
        editor: QWidget = super().createEditor(parent, option, index)
        if isinstance(editor, QLineEdit) and self._is_hidden(index):
            editor.setEchoMode(QLineEdit.EchoMode.Password)
        return editor


class EnvironmentTable(QWidget):
    """Edits the field env. Values that look secret are masked until the person wants to see them.

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
        self.reveal = QCheckBox(tr("Show &secret values"))
        self.table.setItemDelegateForColumn(_VALUE, _Editing(self._hides, self))
        for button in (self._add, self._remove):
            button.setAutoDefault(False)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self._add)
        buttons.addWidget(self._remove)
        buttons.addStretch()
        buttons.addWidget(self.reveal)
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
        self.table.itemChanged.connect(self._item_changed)
        self.reveal.toggled.connect(self.table.viewport().update)
        self.table.itemSelectionChanged.connect(self._selection_changed)
        tools.theme.changed.connect(self._draw)
        self._draw()
        self._fit()

    def fill(self, env: Mapping[str, str]) -> None:
        """Show variables, and no secret among them unasked."""
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
        return "" if item is None else str(item.data(Qt.ItemDataRole.EditRole))

    def _append(self, name: str, value: str) -> int:
        row = self.table.rowCount()
        self.table.insertRow(row)
        self.table.setItem(row, _NAME, _Cell(name, lambda _cell: False))
        self.table.setItem(row, _VALUE, _Cell(value, lambda cell: self._hides(self.table.indexFromItem(cell))))
        return row

    def _hides(self, index: _Index) -> bool:
        row = index.row()
        return row >= 0 and not self.reveal.isChecked() and is_secret(self._text(row, _NAME), self._text(row, _VALUE))

    def _item_changed(self, item: QTableWidgetItem) -> None:
        if item.column() == _NAME:
            self.table.viewport().update()  # another name may be a secret's
        self.reveal.setVisible(self._has_secrets)
        self.edited.emit()

    @property
    def _has_secrets(self) -> bool:
        return any(is_secret(name, value) for name, value in self._pairs())

    def _selection_changed(self) -> None:
        self._remove.setEnabled(self.table.currentRow() >= 0)

    def _fit(self) -> None:
        """Make the table as high as its rows, within bounds."""
        rows = min(max(self.table.rowCount(), _LEAST_ROWS), _MOST_ROWS)
        head = self.table.horizontalHeader().sizeHint().height()
        frame = 2 * self.table.frameWidth()
        self.table.setFixedHeight(head + rows * self.table.verticalHeader().defaultSectionSize() + frame)
        self.reveal.setVisible(self._has_secrets)
        self._selection_changed()

    def _draw(self) -> None:
        self._add.setIcon(self._tools.icons.icon("plus"))
        self._remove.setIcon(self._tools.icons.icon("trash-2"))
