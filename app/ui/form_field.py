"""One field of a form: its label, its editor, and beneath it a hint, a warning or what is wrong."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.ui.plain import Label


def words(kind: str = "", text: str = "") -> Label:
    """Return a label that shows any text as it is, on as many lines as it needs.

    Args:
        kind: as in resources/window.css: dim, wrong, warn, heading, title.
        text: what it says.
    """
    label = Label(text)
    label.setWordWrap(True)
    if kind:
        label.setProperty("kind", kind)
    return label


def set_wrong(editor: QWidget, wrong: bool) -> None:
    """Give an editor the look of one that holds something wrong, or take it away."""
    value = "true" if wrong else ""
    if editor.property("wrong") != value:
        editor.setProperty("wrong", value)
        editor.style().unpolish(editor)
        editor.style().polish(editor)


class FormField(QWidget):
    """Shows one editor of a form.

    Args:
        label: its name; the editor's accessible name too.
        editor: has the focus when the field is looked for.
        body: what is laid out in the editor's place, where it stands among others; None for the editor.
        hint: what helps before anything is wrong.
        aside: stands at the right end of the label's line.
        narrow: leaves what is wrong to a label that its owner puts where there is room for it.
    """

    def __init__(
        self,
        label: str,
        editor: QWidget,
        body: QWidget | None = None,
        hint: str = "",
        aside: QWidget | None = None,
        *,
        narrow: bool = False,
    ) -> None:
        super().__init__()
        self.editor = editor
        self._hint = words("dim", hint)
        self._warning = words("warn")
        self.complaint = words("wrong")
        """Says what is wrong."""
        self._label = Label(label)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.addWidget(self._label)
        head.addStretch()
        if aside is not None:
            head.addWidget(aside)
        column.addLayout(head)
        column.addWidget(body or editor, 1)
        for part in (self._hint, self._warning) if narrow else (self._hint, self._warning, self.complaint):
            column.addWidget(part)
        self.set_editor(editor)
        self.set_warning("")
        self.set_wrong("")

    @property
    def label(self) -> str:
        """The field's name."""
        return self._label.text()

    @property
    def wrong(self) -> str:
        """What it says is wrong; "" while nothing is."""
        return self.complaint.text()

    @property
    def warning(self) -> str:
        """What it warns of; "" for nothing."""
        return self._warning.text()

    def set_label(self, label: str) -> None:
        """Rename the field."""
        self._label.setText(label)
        self.editor.setAccessibleName(label)

    def set_editor(self, editor: QWidget) -> None:
        """Make another widget of the body the one that is meant."""
        self.editor = editor
        self._label.setBuddy(editor)
        editor.setAccessibleName(self.label)

    def set_hint(self, text: str) -> None:
        """Say what helps; "" for nothing."""
        self._hint.setText(text)
        self._show_one()

    def set_warning(self, text: str) -> None:
        """Say what should be known, though it is allowed; "" for nothing."""
        self._warning.setText(text)
        self._show_one()

    def set_wrong(self, text: str) -> None:
        """Say what is wrong, in the hint's place; "" for nothing."""
        self.complaint.setText(text)
        set_wrong(self.editor, bool(text))
        self.editor.setAccessibleDescription(text or self._hint.text())
        self._show_one()

    def _show_one(self) -> None:
        self.complaint.setVisible(bool(self.complaint.text()))
        self._warning.setVisible(bool(self._warning.text()) and not self.complaint.text())
        self._hint.setVisible(bool(self._hint.text()) and not self.complaint.text())


class WheelGuard(QObject):
    """Lets the wheel scroll the form, and turn only the number or choice that has the focus."""

    def guard(self, editor: QWidget) -> None:
        """Keep the wheel from an editor."""
        editor.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        editor.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Pass a wheel event on to what lies behind."""
        if event.type() is QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False
