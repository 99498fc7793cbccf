"""Names and values below each other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QSizePolicy, QVBoxLayout, QWidget

from app.ui.plain import Label


class FactList(QWidget):
    """A heading and lines of name and value; a line without a value is not shown.

    Args:
        heading: above it.
        names: of the lines, by key, from top to bottom.
        parent: its owner.
    """

    def __init__(self, heading: str, names: dict[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title = Label(heading)
        title.setProperty("kind", "heading")
        self._form = QFormLayout()
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(16)
        self._form.setVerticalSpacing(6)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self._values: dict[str, Label] = {}
        self._names: list[Label] = []
        for key, words in names.items():
            name = Label(words)
            name.setProperty("kind", "dim")
            self._names.append(name)
            value = Label()
            value.setWordWrap(True)
            value.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            value.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
            value.setAccessibleName(words)
            value.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            self._form.addRow(name, value)
            self._values[key] = value
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(title)
        column.addLayout(self._form)
        column.addStretch(1)

    def show_value(self, key: str, words: str | None) -> None:
        """Show a value, or, with None, not the line; what is shown already keeps its selection."""
        value = self._values[key]
        if words is not None and value.text() != words:
            value.setText(words)
        if self._form.isRowVisible(value) != (words is not None):
            self._form.setRowVisible(value, words is not None)

    @property
    def name_width(self) -> int:
        """The width that the longest name needs."""
        return max(name.sizeHint().width() for name in self._names)

    def set_name_width(self, width: int) -> None:
        """Give all names one width."""
        for name in self._names:
            name.setMinimumWidth(width)

    def value(self, key: str) -> str | None:
        """Return what is shown of a line, or None where it is not."""
        value = self._values[key]
        return value.text() if self._form.isRowVisible(value) else None


def align(lists: Sequence[FactList]) -> None:
    """Let the values of several lists stand in one line."""
    width = max(one.name_width for one in lists)
    for one in lists:
        one.set_name_width(width)
