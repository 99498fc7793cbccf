"""The line above a job's details: its state, its name, and what it runs."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.domain.job import Job
from app.domain.lifecycle import ALLOWED, Verb
from app.ui.plain import Label, tip
from app.ui.tool_button import ToolButton
from app.ui.tools import Tools
from app.ui.wording import one_line, state_word, tr


class ElidedLabel(QWidget):
    """One line, cut in the width there is; the whole is in its tip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_text(self, text: str) -> None:
        """Show a line."""
        if text != self._text:
            self._text = text
            self.setToolTip(tip(text[:2000]))
            self.setAccessibleName(text[:2000])
            self.update()

    def sizeHint(self) -> QSize:
        """Return one line's height."""
        return QSize(self.fontMetrics().averageCharWidth() * 20, self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        """Return as little as can be read."""
        return QSize(self.fontMetrics().averageCharWidth() * 6, self.fontMetrics().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw as much as there is room for."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        text = self.fontMetrics().elidedText(self._text[:4000], Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


class JobHeader(QWidget):
    """State, id, command; and buttons to copy and to edit.

    Signals:
        edit_wanted: by a click.

    Args:
        tools: the window's.
        parent: its owner.
    """

    edit_wanted = Signal()

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools = tools
        self._job: Job | None = None
        self._icon = Label()
        self.state = Label()
        self.state.setProperty("kind", "heading")
        self.id = ElidedLabel()
        font = self.id.font()
        font.setBold(True)
        self.id.setFont(font)
        self.command = ElidedLabel()
        self.copy = ToolButton(tools, "copy", tr("Copy the command"))
        self.edit = ToolButton(tools, "pencil", tr("Edit (F2)"))
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self._icon)
        top.addWidget(self.state)
        top.addWidget(self.id, 1)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addLayout(top)
        words.addWidget(self.command)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 8, 12)
        row.setSpacing(4)
        row.addLayout(words, 1)
        row.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.edit, 0, Qt.AlignmentFlag.AlignTop)
        self.copy.clicked.connect(self._copy)
        self.edit.clicked.connect(self.edit_wanted)
        tools.theme.changed.connect(self._draw)

    def show_job(self, job: Job, *, is_there: bool = True) -> None:
        """Show a job; one that is not there any more can't be edited."""
        self._job = job
        self.state.setText(state_word(job.state) if is_there else tr("Removed"))
        self.id.show_text(one_line(job.id))
        self.command.show_text(one_line(job.spec.command_line))
        self.edit.setEnabled(is_there and job.state in ALLOWED[Verb.EDIT])
        self._icon.setPixmap(self._tools.icons.of_state(job.state).pixmap(QSize(16, 16), self.devicePixelRatioF()))

    def _draw(self) -> None:
        if self._job is not None:
            icon = self._tools.icons.of_state(self._job.state)
            self._icon.setPixmap(icon.pixmap(QSize(16, 16), self.devicePixelRatioF()))

    def _copy(self) -> None:
        if self._job is not None:
            QGuiApplication.clipboard().setText(self._job.spec.command_line)
