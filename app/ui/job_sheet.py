"""One job in tabs, under its name and state."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QTabWidget, QVBoxLayout, QWidget

from app.ui.definition_tab import DefinitionTab
from app.ui.events_tab import EventsTab
from app.ui.job_header import JobHeader
from app.ui.job_snapshot import Snapshot
from app.ui.output_view import OutputView
from app.ui.overview_tab import OverviewTab
from app.ui.plain import Label
from app.ui.runs_tab import RunsTab
from app.ui.tools import Tools
from app.ui.wording import tr


class JobSheet(QWidget):
    """Shows what it is given of a job.

    Signals:
        edit_wanted: the person wants to edit the job.

    Args:
        tools: the window's.
    """

    edit_wanted = Signal()

    def __init__(self, tools: Tools) -> None:
        super().__init__()
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
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        notice = QVBoxLayout()
        notice.setContentsMargins(16, 0, 16, 0)
        notice.addWidget(self._gone_card)
        column.addLayout(notice)
        column.addWidget(self.tabs, 1)
        self.header.edit_wanted.connect(self.edit_wanted)
        self.runs.output_wanted.connect(self._show_output_of)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show a job as it is now."""
        details = snapshot.details
        self.header.show_job(details.job)
        self._gone_card.hide()
        self.overview.show_snapshot(snapshot)
        self.output.show_details(details)
        self.runs.show_runs(details.runs)
        self.events.show_events(details.events)
        self.definition.show_job(details.job)

    def say_gone(self, snapshot: Snapshot) -> None:
        """Say that the job is not there any more; what was last known of it stays."""
        self.header.show_job(snapshot.details.job, is_there=False)
        self._gone_card.show()

    def _show_output_of(self, run: int) -> None:
        self.output.show_run(run)
        self.tabs.setCurrentWidget(self.output)
