"""The details of one job, beside or below the table."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from app.domain.errors import JobNotFound
from app.messages import KnownError
from app.ui.definition_tab import DefinitionTab
from app.ui.events_tab import EventsTab
from app.ui.job_header import JobHeader
from app.ui.job_snapshot import Snapshot, read_snapshot
from app.ui.output_view import OutputView
from app.ui.overview_tab import OverviewTab
from app.ui.plain import Label
from app.ui.runs_tab import RunsTab
from app.ui.tools import Tools
from app.ui.wording import number, said_error, tr


class JobDetails(QWidget):
    """Shows one job in tabs; what is shown is read again at ``refresh``, and nothing else moves.

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
        self.header = JobHeader(tools)
        self.gone = Label(tr("This job is no longer in the queue: it was removed. This is what was last known of it."))
        self.gone.setWordWrap(True)
        self._gone_card = QFrame()
        self._gone_card.setProperty("kind", "warning")
        card = QVBoxLayout(self._gone_card)
        card.setContentsMargins(12, 8, 12, 8)
        card.addWidget(self.gone)
        self.overview = OverviewTab(tools)
        self.output = OutputView(tools)
        self.runs = RunsTab(tools)
        self.events = EventsTab(tools)
        self.definition = DefinitionTab(tools)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setElideMode(Qt.TextElideMode.ElideRight)
        for tab, title in (
            (self.overview, tr("Overview")),
            (self.output, tr("Output")),
            (self.runs, tr("Runs")),
            (self.events, tr("Events")),
            (self.definition, tr("JSON")),
        ):
            self.tabs.addTab(tab, title)
        self.tabs.setTabToolTip(self.tabs.indexOf(self.definition), tr("The definition, as a job file gives it"))
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        notice = QVBoxLayout()
        notice.setContentsMargins(16, 0, 16, 0)
        notice.addWidget(self._gone_card)
        column.addLayout(notice)
        column.addWidget(self.tabs, 1)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.message)
        self._pages.addWidget(content)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)
        self.overview.grew_old.connect(self.refresh)
        self.header.edit_wanted.connect(self._edit)
        self.runs.output_wanted.connect(self._show_output_of)
        self.show_job(None)

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

    def show_output(self) -> None:
        """Bring the output to the front."""
        self.tabs.setCurrentWidget(self.output)

    def _show(self, seq: int, snapshot: Snapshot) -> None:
        if seq != self._seq:
            return
        self._shown = snapshot
        details = snapshot.details
        self.header.show_job(details.job)
        self._gone_card.hide()
        self.overview.show_snapshot(snapshot)
        self.output.show_details(details)
        self.runs.show_runs(details.runs)
        self.events.show_events(details.events)
        self.definition.show_job(details.job)
        self._pages.setCurrentIndex(1)

    def _failed(self, seq: int, error: Exception) -> None:
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
            self.header.show_job(self._shown.details.job, is_there=False)
            self._gone_card.show()

    def _say(self, words: str) -> None:
        self.output.show_details(None)
        self.message.setText(words)
        self._pages.setCurrentIndex(0)

    def _edit(self) -> None:
        if self._seq is not None:
            self.edit_wanted.emit(self._seq)

    def _show_output_of(self, run: int) -> None:
        self.output.show_run(run)
        self.show_output()
