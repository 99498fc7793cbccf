"""The job under the cursor in full: its whole command, with nothing in it hidden, and how it would run."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QFontDatabase, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFormLayout, QPlainTextEdit, QSizePolicy, QTextEdit, QVBoxLayout, QWidget

from app.domain.job import Leftovers, OnInterrupt
from app.domain.visible_text import visible
from app.ui import counts
from app.ui.plain import Label
from app.ui.review_documents import Document
from app.ui.review_model import Entry
from app.ui.review_words import place_of, runs_at_most, time_limit
from app.ui.tools import Tools
from app.ui.wording import NONE, said, tr

_MOST_MARKS = 1000
_PADDING = 8
_LAST_OF_ONE = 0xFFFF
"""Qt counts in UTF-16: a character beyond takes two places."""


def spelled_out(text: str, kept: str = "\n\t") -> tuple[str, list[tuple[int, int]]]:
    """Return text with its controlling and invisible characters spelled out, and where that was done.

    Args:
        text: whatever a job brought.
        kept: characters that stay as they are.

    Returns:
        The text, and (start, end) of each place in Qt's own counting.
    """
    if text.isprintable() and text.isascii():
        return text, []
    pieces: list[str] = []
    places: list[tuple[int, int]] = []
    at = 0
    for char in text:
        piece = char if char in kept else visible(char)
        end = at + _length(piece)
        if piece != char:
            if places and places[-1][1] == at:
                places[-1] = (places[-1][0], end)
            else:
                places.append((at, end))
        pieces.append(piece)
        at = end
    return "".join(pieces), places


def one_a_line(arguments: Iterable[str]) -> tuple[str, list[tuple[int, int]]]:
    """Return arguments one a line, as ``spelled_out``; one with a line end in it does not look like two."""
    lines: list[str] = []
    places: list[tuple[int, int]] = []
    at = 0
    for argument in arguments:
        line, own = spelled_out(argument, kept="")
        lines.append(line)
        places += [(start + at, end + at) for start, end in own]
        at += _length(line) + 1
    return "\n".join(lines), places


def _length(text: str) -> int:
    return len(text) if text.isascii() else sum(1 if ord(char) <= _LAST_OF_ONE else 2 for char in text)


class _CommandView(QPlainTextEdit):
    """Asks for little room; whoever wants more moves the handle above."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setTabStopDistance(self.fontMetrics().horizontalAdvance(" ") * 4)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return self._lines(5)

    def minimumSizeHint(self) -> QSize:
        return self._lines(3)

    def _lines(self, count: int) -> QSize:
        return QSize(super().minimumSizeHint().width(), self.fontMetrics().lineSpacing() * count + 2 * _PADDING)


class ReviewDetails(QWidget):
    """Shows one job, or a document."""

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools = tools
        self._places: list[tuple[int, int]] = []
        self._title = Label()
        self._title.setProperty("kind", "heading")
        self._command = _CommandView()
        self._command.setTabChangesFocus(True)
        self._command.setAccessibleName(tr("Whole command"))
        self._title.setBuddy(self._command)
        self._marked = Label(tr("Marked: characters that are invisible or would change how this text is shown."))
        self._marked.setProperty("kind", "warn")
        self._marked.setWordWrap(True)
        self._folder, self._environment, self._rules, self._warnings = (_value() for _ in range(4))
        self._warnings.setProperty("kind", "warn")
        self._form = QFormLayout()
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(16)
        self._form.setVerticalSpacing(4)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for word, value in (
            (tr("Folder"), self._folder),
            (tr("Environment"), self._environment),
            (tr("Rules"), self._rules),
            (tr("Warning"), self._warnings),
        ):
            label = Label(word)
            label.setProperty("kind", "dim")
            value.setAccessibleName(word)
            self._form.addRow(label, value)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._title)
        layout.addWidget(self._command, 1)
        layout.addWidget(self._marked)
        layout.addLayout(self._form)
        tools.theme.changed.connect(self._mark)

    def show_job(self, entry: Entry) -> None:
        """Show a job."""
        spec = entry.job.spec
        if spec.argv is None:
            shell = spec.shell or tr("the system's shell")
            self._say(tr("Command, read by {shell}").format(shell=shell), *spelled_out(spec.command or ""))
        else:
            self._say(tr("Program and its arguments, one a line; no shell reads them"), *one_a_line(spec.argv))
        self._folder.setText(visible(spec.cwd))
        self._environment.setText(", ".join(map(visible, spec.env)) or NONE)
        self._rules.setText(_rules(entry))
        self._warnings.setText("\n".join(said(warning.words) for warning in entry.warnings))
        self._show_rows(bool(spec.env), entry.warnings != ())

    def show_document(self, document: Document) -> None:
        """Show which document the jobs below come from."""
        self._say(tr("File") if document.path else tr("Text"), place_of(document), [])
        self._folder.setText(visible(document.jobs[0].spec.cwd))
        self._rules.setText(counts.jobs(len(document.jobs)))
        self._show_rows(False, False)

    def _say(self, title: str, text: str, places: list[tuple[int, int]]) -> None:
        self._title.setText(title)
        self._places = places[:_MOST_MARKS]
        self._command.setPlainText(text)
        self._marked.setVisible(bool(places))
        self._mark()

    def _show_rows(self, environment: bool, warnings: bool) -> None:
        self._form.setRowVisible(self._environment, environment)
        self._form.setRowVisible(self._warnings, warnings)

    def _mark(self) -> None:
        look = QTextCharFormat()
        look.setBackground(QColor(self._tools.theme.colours.warn_soft))
        look.setForeground(QColor(self._tools.theme.colours.warn))
        selections = []
        for start, end in self._places:
            selection = QTextEdit.ExtraSelection()
            cursor = QTextCursor(self._command.document())
            cursor.setPosition(start)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            selection.cursor = cursor
            selection.format = look
            selections.append(selection)
        self._command.setExtraSelections(selections)


def _value() -> Label:
    label = Label()
    label.setWordWrap(True)
    label.setTextInteractionFlags(label.textInteractionFlags().TextSelectableByMouse)
    policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    label.setSizePolicy(policy)
    return label


def _rules(entry: Entry) -> str:
    """Return how a job would run, on one line; what is as usual is left out where few ever set it."""
    spec = entry.job.spec
    rules = [
        tr("Timeout {limit}").format(limit=time_limit(spec)),
        tr("runs at most {n} times").format(n=runs_at_most(spec)) if runs_at_most(spec) > 1 else tr("runs once"),
        tr("priority {n}").format(n=spec.priority),
    ]
    if spec.success_codes != (0,):
        rules.append(tr("success codes {codes}").format(codes=", ".join(map(str, spec.success_codes))))
    if spec.leftovers is Leftovers.LEAVE:
        rules.append(tr("background processes are left running"))
    if spec.on_interrupt is OnInterrupt.DEAD:
        rules.append(tr("not run again after an interruption"))
    return "  ·  ".join(rules)
