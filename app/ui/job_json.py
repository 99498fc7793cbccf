"""A job of the form as JSON: written, edited, and read with the job file's own words for what is wrong."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, structs
from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QTextCursor, QTextFormat
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QPushButton, QTextEdit, QVBoxLayout

from app.domain.errors import InvalidJob
from app.domain.job_file import JobFileError, Problem, read_jobs
from app.domain.json_object import read_object
from app.domain.masks import hide_env, put_back
from app.messages import KnownError, message
from app.ui.form_field import set_wrong, words
from app.ui.job_command import ExactText
from app.ui.job_texts import fault_words, root
from app.ui.tools import Tools
from app.ui.wording import said, said_error, tr

_LINES = 6
_TOLD = 3
"""How many problems are told; the rest are counted."""

_NUMBERS = re.compile(r"\[\n\s*((?:-?\d+,?\s+)+)\]")
"""A list of numbers over several lines; no text looks like it, since a text's line ends are written as \\n."""


class SeveralJobs(KnownError):
    """The form has room for one job."""

    def __init__(self, number: int) -> None:
        super().__init__(
            "These are {number} jobs, and here is room for one",
            number=number,
            remedy=message("Paste them into the window, or drop them there as a file."),
        )


def plain(fields: Mapping[str, object]) -> dict[str, Any]:
    """Return fields as JSON has them: lists, numbers, texts."""
    decoded: dict[str, Any] = json.loads(json.dumps(dict(fields)))
    return decoded


def write_fields(fields: Mapping[str, object]) -> str:
    """Return fields as JSON in which nothing is hidden: what can't be seen is written as an escape."""
    text = json.dumps(dict(fields), indent=2, ensure_ascii=False)
    text = _NUMBERS.sub(lambda numbers: f"[{' '.join(numbers[1].split())}]", text)
    return "".join(char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in text)


def read_fields(text: str, kept: Mapping[str, object], env: Mapping[str, str] | None = None) -> dict[str, object]:
    """Return the fields of the one job that a text holds.

    Args:
        text: JSON.
        kept: as ``plain``; what an old job holds may stay, however odd it is.
        env: the variables whose secrets were masked in the text.

    Raises:
        KnownError: the text holds no job, or more than one, or something is wrong with it.
    """
    try:
        drafts = read_jobs(text, tr("JSON"))
    except JobFileError as error:
        return _with_env(_with_odd_fields(text, kept, error), env)
    if len(drafts) != 1:
        raise SeveralJobs(len(drafts))
    return _with_env({name: value for name, value in structs.asdict(drafts[0]).items() if value is not UNSET}, env)


def _with_env(fields: dict[str, object], env: Mapping[str, str] | None) -> dict[str, object]:
    """Return fields in which masked variables have their values again."""
    given = fields.get("env")
    return {**fields, "env": put_back(given, env)} if env and isinstance(given, dict) else fields


def _with_odd_fields(text: str, kept: Mapping[str, object], error: JobFileError) -> dict[str, object]:
    try:
        fields = read_object(text)
    except InvalidJob:
        raise error from None
    same = {name for name, value in fields.items() if name in kept and kept[name] == value}
    problems = [each for each in error.problems if each.field is None or root(each.field) not in same]
    if problems or error.more:
        raise JobFileError(problems or error.problems, error.more, stopped=error.stopped) from None
    return fields


class JsonPage(QFrame):
    """Edits a job as JSON. Variables that look secret are masked until the person wants to see them.

    Args:
        tools: the window's.

    Signals:
        edited: by the person.
        dropped: what the person changed here shall be forgotten.
    """

    edited = Signal()
    dropped = Signal()

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self.setProperty("kind", "surface")
        self._tools = tools
        self._kept: dict[str, Any] = {}
        self._lines: list[int] = []
        self._written = ""
        self._fields: Mapping[str, object] = {}
        self._env: dict[str, str] = {}
        self.editor = ExactText(_LINES)
        self.editor.setAccessibleName(tr("The job as JSON"))
        self._wrong = words("wrong")
        self._hint = words("dim", tr("A field that you leave out gets its default."))
        self._drop = QPushButton(tr("Drop what I changed here"))
        self._drop.setProperty("kind", "link")
        self._drop.setAutoDefault(False)
        self.reveal = QCheckBox(tr("Show &secret values"))
        self.reveal.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.editor, 1)
        column.addWidget(self._wrong)
        foot = QHBoxLayout()
        foot.addWidget(self._hint, 1)
        foot.addWidget(self.reveal)
        foot.addWidget(self._drop)
        column.addLayout(foot)
        self._show("", [])
        self.editor.textChanged.connect(self._text_changed)
        self._drop.clicked.connect(self.dropped)
        self.reveal.clicked.connect(self._reveal)
        tools.theme.changed.connect(self._mark)

    @property
    def is_changed(self) -> bool:
        """Whether the text differs from what was written here."""
        return self.editor.exact() != self._written

    @property
    def wrong(self) -> str:
        """What it says is wrong; "" while nothing is."""
        return self._wrong.text()

    def write(self, fields: Mapping[str, object], kept: Mapping[str, object]) -> None:
        """Show a job.

        Args:
            fields: of the form, wrong ones too.
            kept: as in ``read_fields``.
        """
        self._fields, self._kept = fields, plain(kept)
        self._written = self._masked(fields)
        self.editor.fill(self._written)
        self._look()

    def read(self) -> dict[str, object] | None:
        """Return the job's fields, or None where the page says what is wrong."""
        try:
            fields = read_fields(self.editor.exact(), self._kept, None if self.reveal.isChecked() else self._env)
        except KnownError as error:
            self.refuse(error)
            return None
        self._show("", [])
        return fields

    def refuse(self, error: KnownError) -> None:
        """Say what is wrong with the text, and mark where."""
        if isinstance(error, InvalidJob) and error.field:
            self._show(fault_words([error], error.field), [])
            return
        if not isinstance(error, JobFileError):
            self._show(said_error(error), [])
            return
        problems = sorted(map(self._placed, error.problems), key=lambda problem: problem.line or 0)
        told = [_told(problem) for problem in problems[:_TOLD]]
        if more := len(problems) - len(told) + error.more:
            told.append(tr("And {n} more.").format(n=more))
        self._show("\n".join(told), [problem.line for problem in problems if problem.line is not None])

    def _masked(self, fields: Mapping[str, object]) -> str:
        """Return fields as text, and remember the variables that are masked in it."""
        given = fields.get("env")
        self._env = dict(given) if isinstance(given, Mapping) else {}
        hidden = hide_env(self._env)
        self.reveal.setVisible(hidden != self._env)
        if self.reveal.isChecked() or hidden == self._env:
            return write_fields(fields)
        return write_fields({**fields, "env": hidden})

    def _reveal(self, shown: bool) -> None:
        """Show or mask the secrets, what the person has changed meanwhile included."""
        self.reveal.setChecked(not shown)  # as the text that stands there is to be read
        is_changed, fields = self.is_changed, self.read()
        if is_changed and fields is None:
            return  # first what is wrong has to be mended
        self.reveal.setChecked(shown)
        self._written = self._masked(self._fields)
        text = self._masked(fields) if is_changed and fields is not None else self._written
        self.editor.fill(text)
        self._look()

    def _placed(self, problem: Problem) -> Problem:
        """Return a problem with the line of its field; the reader tells the one on which the job begins."""
        if problem.field is not None:
            found = re.search(rf'"{re.escape(root(problem.field))}"\s*:', self.editor.exact())
            line = None if found is None else self.editor.exact().count("\n", 0, found.start()) + 1
            return dataclasses.replace(problem, line=line)
        return problem

    def _text_changed(self) -> None:
        self._look()
        self.edited.emit()

    def _look(self) -> None:
        self.read()
        self._drop.setVisible(self.is_changed)

    def _show(self, text: str, lines: list[int]) -> None:
        self._wrong.setText(text)
        self._wrong.setVisible(bool(text))
        self._hint.setText("" if text else tr("A field that you leave out gets its default."))
        self.editor.setAccessibleDescription(text)
        self._lines = lines
        set_wrong(self.editor, bool(text) and not lines)
        self._mark()

    def _mark(self) -> None:
        """Colour the lines in which something is wrong."""
        marks = []
        for line in self._lines:
            block = self.editor.document().findBlockByNumber(line - 1)
            if block.isValid():
                mark = QTextEdit.ExtraSelection()
                mark.cursor = QTextCursor(block)
                mark.format.setBackground(QColor(self._tools.theme.colours.bad_soft))
                mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
                marks.append(mark)
        self.editor.setExtraSelections(marks)


def _told(problem: Problem) -> str:
    reason = said(problem.reason)
    if problem.field is None:
        text = tr("Line {line} {reason}.") if problem.line is not None else tr("The text {reason}.")
    else:
        text = tr("Line {line}, {field}: {reason}.") if problem.line is not None else tr("{field} {reason}.")
    told = text.format(line=problem.line, field=problem.field, reason=reason)
    return told if problem.remedy is None else f"{told} {said(problem.remedy)}"
