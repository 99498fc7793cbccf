"""The details of one job, beside or below the table."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.messages import KnownError
from app.ui.plain import Label
from app.ui.tools import Tools
from app.ui.wording import number, said_error, tr

if TYPE_CHECKING:
    from app.ui.job_sheet import JobSheet
    from app.ui.job_snapshot import Snapshot


class JobDetails(QWidget):
    """Shows one job; what is shown is read again at ``refresh``, and nothing else moves.

    Signals:
        edit_wanted(int): the person wants to edit the job of this seq.

    Args:
        tools: the window's.
        parent: its owner.
    """

    edit_wanted = Signal(int)

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools = tools
        self._seq: int | None = None
        self._shown: Snapshot | None = None
        self.message = Label()
        self.message.setProperty("kind", "dim")
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setWordWrap(True)
        self.message.setMargin(16)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.message)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)
        self.show_job(None)

    @cached_property
    def sheet(self) -> JobSheet:
        """What shows a job, made when it is first needed."""
        from app.ui.job_sheet import JobSheet

        sheet = JobSheet(self._tools)
        sheet.overview.grew_old.connect(self.refresh)
        sheet.edit_wanted.connect(self._edit)
        self._pages.addWidget(sheet)
        return sheet

    @property
    def seq(self) -> int | None:
        """The job that is shown."""
        return self._seq

    def show_job(self, seq: int | None) -> None:
        """Show a job.

        Args:
            seq: its number; None where none is selected.
        """
        if seq is not None and seq == self._seq:
            return
        self._seq = seq
        self._shown = None
        if seq is None:
            self._say(tr("Select a job to see what it runs, what it wrote and why it waits."))
        else:
            self.refresh()

    def show_many(self, count: int) -> None:
        """Say that several jobs are selected."""
        self._seq = None
        self._shown = None
        self._say(tr("{count} jobs are selected.").format(count=number(count)))

    def refresh(self) -> None:
        """Read the job again: the database changed, or time passed. Out of sight nothing is read."""
        seq = self._seq
        if seq is not None and self.isVisible():
            from app.ui.job_snapshot import read_snapshot

            self._tools.gateway.detail(
                self,
                partial(read_snapshot, seq),
                partial(self._show, seq),
                partial(self._failed, seq),
                key=(id(self), "job"),
            )

    def showEvent(self, event: QShowEvent) -> None:
        """Read what may have changed out of sight."""
        super().showEvent(event)
        self.refresh()

    def _show(self, seq: int, snapshot: Snapshot) -> None:
        if seq != self._seq:
            return
        self._shown = snapshot
        self.sheet.show_snapshot(snapshot)
        self._pages.setCurrentWidget(self.sheet)

    def _failed(self, seq: int, error: Exception) -> None:
        from app.domain.errors import JobNotFound

        if not isinstance(error, KnownError):
            raise error
        if seq != self._seq:
            return
        if not isinstance(error, JobNotFound):
            self._tools.gateway.failed.emit(error)
            if self._shown is None:
                self._say(said_error(error))
        elif self._shown is None:
            self._say(tr("This job is no longer in the queue: it was removed."))
        else:
            self.sheet.say_gone(self._shown)

    def _say(self, words: str) -> None:
        if "sheet" in self.__dict__:
            self.sheet.output.show_details(None)
        self.message.setText(words)
        self._pages.setCurrentWidget(self.message)

    def _edit(self) -> None:
        if self._seq is not None:
            self.edit_wanted.emit(self._seq)
