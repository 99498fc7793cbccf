"""What a job runs: a command and the shell that reads it, or a program and its arguments."""

from __future__ import annotations

import os
from typing import get_args

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QComboBox, QPlainTextEdit, QStackedWidget

from app.domain.job import ShellName
from app.domain.visible_text import visible, visible_block
from app.ui.form_field import FormField
from app.ui.wording import tr

_LINES = 5
_PADDING = 8
_NO_SHELL = "argv"
_BREAKS = {0x2029: "\n", 0x2028: "\n"}
"""A document ends its blocks with the one; Shift+Enter puts the other."""


class ExactText(QPlainTextEdit):
    """Edits text and gives it back to the last character as it came, unless the person has changed it."""

    def __init__(self, lines: int) -> None:
        super().__init__()
        self._came = self._showed = ""
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(2)
        self._least = lines

    def sizeHint(self) -> QSize:
        """Return room for its lines; it takes more where there is more."""
        frame = 2 * (self.frameWidth() + _PADDING)
        return QSize(super().sizeHint().width(), self._least * self.fontMetrics().lineSpacing() + frame)

    def minimumSizeHint(self) -> QSize:
        """Return the same height: the form scrolls instead."""
        return QSize(super().minimumSizeHint().width(), self.sizeHint().height())

    def fill(self, text: str) -> None:
        """Show a text."""
        self.setPlainText(text)
        self._came, self._showed = text, self._raw()

    def exact(self) -> str:
        """Return the text."""
        now = self._raw()
        return self._came if now == self._showed else now

    def _raw(self) -> str:
        # not toPlainText: it makes a space of each no-break space
        return self.document().toRawText().translate(_BREAKS)


class CommandField(FormField):
    """Edits the fields command, shell and argv.

    Signals:
        edited: by the person.
    """

    edited = Signal()

    def __init__(self) -> None:
        self._shell = QComboBox()
        self._shell.setAccessibleName(tr("Run with"))
        default = "cmd" if os.name == "nt" else "sh"
        self._shell.addItem(tr("Default shell ({name})").format(name=default), None)
        for name in get_args(ShellName):
            self._shell.addItem(name, name)
        self._shell.insertSeparator(self._shell.count())
        self._shell.addItem(tr("No shell: program and arguments"), _NO_SHELL)
        self._command, self._argv = ExactText(_LINES), ExactText(_LINES)
        self._argv.setAccessibleName(tr("Program and arguments"))
        self._command.setPlaceholderText(tr("What you would type into a terminal"))
        self._argv.setPlaceholderText(tr("The program, and below it each argument on a line of its own"))
        self._argv_came: tuple[str, ...] | None = None
        self._pages = QStackedWidget()
        self._pages.addWidget(self._command)
        self._pages.addWidget(self._argv)
        super().__init__(tr("Command"), self._command, self._pages, aside=self._shell)
        self._shell.currentIndexChanged.connect(self._turn)
        self._shell.activated.connect(self.edited)
        for editor in (self._command, self._argv):
            editor.textChanged.connect(self._text_changed)

    def fill(self, command: str | None, argv: tuple[str, ...] | None, shell: str | None) -> None:
        """Show what a job runs."""
        self._argv_came = argv
        self._command.fill(command or "")
        self._argv.fill("\n".join(argv or ()))
        self._argv.setReadOnly(argv is not None and _lines(self._argv.exact()) != argv)
        self._shell.setCurrentIndex(max(0, self._shell.findData(shell if argv is None else _NO_SHELL)))
        self._turn()

    def values(self) -> dict[str, object]:
        """Return the fields that hold something."""
        if self._without_shell:
            argv = self._argv_came if self._argv.isReadOnly() else _lines(self._argv.exact())
            return {"argv": argv} if argv else {}
        command, shell = self._command.exact(), self._shell.currentData()
        return ({"command": command} if command else {}) | ({"shell": shell} if shell else {})

    @property
    def _without_shell(self) -> bool:
        return bool(self._shell.currentData() == _NO_SHELL)

    def _turn(self) -> None:
        editor = self._argv if self._without_shell else self._command
        self.set_wrong("")
        self._pages.setCurrentWidget(editor)
        self.set_editor(editor)
        self.set_label(tr("Program and arguments") if self._without_shell else tr("Command"))
        self.set_hint(
            tr("An argument holds a line break or is empty: it can be changed as JSON.")
            if self._without_shell and self._argv.isReadOnly()
            else ""
        )
        self._warn()

    def _text_changed(self) -> None:
        self._warn()
        self.edited.emit()

    def _warn(self) -> None:
        text = (self._argv if self._without_shell else self._command).exact()
        hidden = "" if visible_block(text) == text else "".join(dict.fromkeys(filter(_is_hidden, text)))
        self.set_warning(
            tr("Holds characters that can't be seen: {characters}").format(characters=visible(hidden)) if hidden else ""
        )


def _is_hidden(char: str) -> bool:
    return char not in "\n\t" and visible(char) != char


def _lines(text: str) -> tuple[str, ...]:
    """Return a text's lines without the empty ones at the end, which somebody is about to fill."""
    lines = text.split("\n")
    while lines and not lines[-1]:
        lines.pop()
    return tuple(lines)
