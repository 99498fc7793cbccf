"""A job as its file would give it."""

from __future__ import annotations

import json

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.domain.job import Job
from app.domain.job_schema import to_file_form
from app.domain.masks import MASKED
from app.domain.visible_text import visible
from app.ui.mono_text import MonoText
from app.ui.tools import Tools
from app.ui.wording import tr


class DefinitionTab(QWidget):
    """JSON, which a file, the form and ``queuectl enqueue`` take as it is.

    Args:
        tools: the window's.
        parent: its owner.
    """

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools = tools
        self._job: Job | None = None
        self.text = MonoText(tr("Definition as JSON"))
        self.values = QCheckBox(tr("Show &values of the environment"))
        self.copy = QPushButton(tr("&Copy"))
        row = QHBoxLayout()
        row.setContentsMargins(12, 8, 8, 8)
        row.addWidget(self.values)
        row.addStretch(1)
        row.addWidget(self.copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.text, 1)
        self.values.toggled.connect(self._draw)
        self.copy.clicked.connect(self._copy)
        tools.theme.changed.connect(self._draw_icon)
        self._draw_icon()

    def show_job(self, job: Job) -> None:
        """Show a job; of another one than before no secret is shown unasked."""
        if self._job is None or self._job.seq != job.seq:
            self.values.setChecked(False)
        self._job = job
        self.values.setVisible(bool(job.spec.env))
        self._draw()

    def _draw(self) -> None:
        if self._job is not None:
            self.text.show_text(definition(self._job, with_values=self.values.isChecked()))

    def _draw_icon(self) -> None:
        self.copy.setIcon(self._tools.icons.icon("copy"))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())


def definition(job: Job, *, with_values: bool) -> str:
    """Return a job in the form of a job file, in which every character can be seen.

    Args:
        job: the job.
        with_values: whether values of the environment are in it.
    """
    form = to_file_form(job.id, job.spec)
    if job.spec.env and not with_values:
        form["env"] = dict.fromkeys(job.spec.env, MASKED)
    lines = json.dumps(form, indent=2, ensure_ascii=False).split("\n")
    return "\n".join(line if line.isprintable() else "".join(map(_shown, line)) for line in lines)


def _shown(char: str) -> str:
    return char if visible(char) == char else json.dumps(char)[1:-1]
