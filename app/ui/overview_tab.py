"""One job at a glance: why it is not running, what it runs, how it stands."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.domain.job import Job, Leftovers, Millis, OnInterrupt, State
from app.domain.masks import MASKED
from app.domain.visible_text import visible, visible_block
from app.ui.fact_list import FactList, align
from app.ui.job_snapshot import Snapshot
from app.ui.mono_text import MonoText
from app.ui.plain import Label
from app.ui.tools import Tools
from app.ui.why_card import WhyCard
from app.ui.wording import duration, moment, number, tr

_TICK = 1000
_TICKS = 5
"""So many ticks after which what was read is old: that a runner was killed, the database doesn't say."""

_WIDE = 88
"""Average characters from which on two lists have room beside each other."""


class OverviewTab(QScrollArea):
    """A card that says why, the command, and facts.

    Signals:
        grew_old: what is shown of a job that runs or counts down was read some seconds ago.

    Args:
        tools: the window's.
        parent: its owner.
    """

    grew_old = Signal()

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools = tools
        self._ticks = 0
        self._snapshot: Snapshot | None = None
        self._columns = 0
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.why = WhyCard(tools)
        self.command = MonoText(tr("Command"), 10)
        self.environment = MonoText(tr("Environment"), 8)
        self.values = QPushButton(tr("Show values"))
        self.values.setProperty("kind", "link")
        self.values.setCheckable(True)
        self._environment = QWidget()
        self._folder_button = QPushButton(tr("Open the folder"))
        self._folder_button.setProperty("kind", "link")
        self.standing = FactList(
            tr("How it stands"),
            {
                "attempts": tr("Attempts"),
                "retry": tr("Next try"),
                "priority": tr("Priority"),
                "waited": tr("Waited"),
                "effective": tr("Effective"),
                "exit": tr("Exit code"),
            },
        )
        self.times = FactList(
            tr("When"),
            {
                "created": tr("Created"),
                "started": tr("Started"),
                "finished": tr("Finished"),
                "duration": tr("Duration"),
                "left": tr("Time left"),
            },
        )
        self.manner = FactList(
            tr("How it runs"),
            {
                "folder": tr("Folder"),
                "shell": tr("Shell"),
                "timeout": tr("Timeout"),
                "most": tr("Run at most"),
                "success": tr("Success is"),
                "leftovers": tr("Left behind"),
                "interrupt": tr("Interrupted"),
            },
        )
        align((self.standing, self.times, self.manner))
        self._lay_out()
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK)
        self._clock.timeout.connect(self._ticked)
        self.values.toggled.connect(self._draw_environment)
        self._folder_button.clicked.connect(self._open_folder)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show a job; of another one than before no secret is shown unasked."""
        before = self._snapshot
        self._snapshot = snapshot
        self._ticks = 0
        job = snapshot.details.job
        if before is None or before.details.job.seq != job.seq:
            self.values.setChecked(False)
            self.verticalScrollBar().setValue(0)
        self.command.show_text(_command(job))
        self._draw_environment()
        self._show_manner(job)
        self._show_now(self._tools.now())
        self._keep_time()

    def _lay_out(self) -> None:
        heading = Label(tr("Command"))
        heading.setProperty("kind", "heading")
        heading.setBuddy(self.command)
        command = QVBoxLayout()
        command.setSpacing(8)
        command.addWidget(heading)
        command.addWidget(self.command)
        title = Label(tr("Environment"))
        title.setProperty("kind", "heading")
        title.setBuddy(self.environment)
        row = QHBoxLayout()
        row.addWidget(title)
        row.addStretch(1)
        row.addWidget(self.values)
        environment = QVBoxLayout(self._environment)
        environment.setContentsMargins(0, 0, 0, 0)
        environment.setSpacing(4)
        environment.addLayout(row)
        environment.addWidget(self.environment)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(16)
        folder = QHBoxLayout()
        folder.addWidget(self._folder_button)
        folder.addStretch(1)
        inside = QFrame()
        inside.setProperty("kind", "surface")
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(16)
        column.addWidget(self.why)
        column.addLayout(command)
        column.addLayout(self._grid)
        column.addLayout(folder)
        column.addWidget(self._environment)
        column.addStretch(1)
        self.setWidget(inside)
        self._place_lists()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the lists beside each other where there is room."""
        super().resizeEvent(event)
        self._place_lists()

    def showEvent(self, event: QShowEvent) -> None:
        """Count seconds from now on, where some count."""
        super().showEvent(event)
        self._show_now(self._tools.now())
        self._keep_time()

    def hideEvent(self, event: QHideEvent) -> None:
        """Count no more."""
        super().hideEvent(event)
        self._clock.stop()

    def _place_lists(self) -> None:
        columns = 2 if self.viewport().width() > _WIDE * self.fontMetrics().averageCharWidth() else 1
        if columns == self._columns:
            return
        self._columns = columns
        for list_ in (self.standing, self.times, self.manner):
            self._grid.removeWidget(list_)
        if columns == 1:
            for row, list_ in enumerate((self.standing, self.times, self.manner)):
                self._grid.addWidget(list_, row, 0)
        else:
            self._grid.addWidget(self.standing, 0, 0)
            self._grid.addWidget(self.times, 1, 0)
            self._grid.addWidget(self.manner, 0, 1, 2, 1)
        self._grid.setColumnStretch(0, 2 if columns == 2 else 1)  # noqa: PLR2004
        self._grid.setColumnStretch(1, 3 if columns == 2 else 0)  # noqa: PLR2004

    def _show_manner(self, job: Job) -> None:
        spec, show = job.spec, self.manner.show_value
        show("folder", visible(spec.cwd))
        show("shell", tr("none: program and arguments") if spec.argv else spec.shell or tr("the system's"))
        show("timeout", duration(spec.timeout) if spec.timeout else tr("none"))
        most = max(1, spec.max_retries)
        show("most", tr("once") if most == 1 else tr("{n} times").format(n=number(most)))
        codes = ", ".join(map(str, spec.success_codes))
        show("success", tr("exit code {codes}").format(codes=codes))
        show("leftovers", tr("is ended") if spec.leftovers is Leftovers.END else tr("may go on"))
        again = spec.on_interrupt is OnInterrupt.RETRY
        show("interrupt", tr("runs again") if again else tr("goes to the dead letters"))
        self._environment.setVisible(bool(spec.env))

    def _show_now(self, now: Millis) -> None:
        """Show what time changes."""
        snapshot = self._snapshot
        if snapshot is None:
            return
        job = snapshot.details.job
        self.why.show_why(snapshot, now)
        running = job.state is State.PROCESSING
        show = self.standing.show_value
        show("attempts", tr("{n} of {most} failed").format(n=job.attempts, most=max(1, job.spec.max_retries)))
        retry = job.next_retry_at if job.state is State.FAILED else None
        show("retry", None if retry is None else _in(retry, now))
        show("priority", number(job.spec.priority))
        show("waited", number(job.waited))
        show("effective", number(job.effective))
        show("exit", None if job.exit_code is None else str(job.exit_code))
        show = self.times.show_value
        show("created", moment(job.created_at))
        show("started", None if job.started_at is None else moment(job.started_at))
        show("finished", None if running or job.finished_at is None else moment(job.finished_at))
        took = job.duration
        if running:
            took = None if job.started_at is None else float(max(0, (now - job.started_at) // 1000))
        show("duration", None if took is None else duration(took))
        left = None
        if running and job.started_at is not None and job.spec.timeout:
            left = max(0.0, job.spec.timeout - (now - job.started_at) / 1000)
        show("left", None if left is None else duration(float(round(left))))

    def _keep_time(self) -> None:
        """Tick only where a person sees something that runs or counts down."""
        job = None if self._snapshot is None else self._snapshot.details.job
        counts = job is not None and (
            job.state is State.PROCESSING
            or (job.state is State.FAILED and job.next_retry_at is not None and job.next_retry_at > self._tools.now())
        )
        if counts and self.isVisible():
            if not self._clock.isActive():
                self._clock.start()
        else:
            self._clock.stop()

    def _ticked(self) -> None:
        self._show_now(self._tools.now())
        self._keep_time()
        self._ticks += 1
        if self._ticks >= _TICKS:
            self._ticks = 0
            self.grew_old.emit()

    def _draw_environment(self) -> None:
        if self._snapshot is None:
            return
        shown = self.values.isChecked()
        env = self._snapshot.details.job.spec.env
        self.values.setText(tr("Hide values") if shown else tr("Show values"))
        lines = (f"{visible(name)}={visible(value) if shown else MASKED}" for name, value in sorted(env.items()))
        self.environment.show_text("\n".join(lines))

    def _open_folder(self) -> None:
        if self._snapshot is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(self._snapshot.details.job.spec.cwd))


def _command(job: Job) -> str:
    """Return the whole command; of a list of arguments one a line."""
    if job.spec.argv is not None:
        return "\n".join(map(visible, job.spec.argv))
    return visible_block(job.spec.command or "")


def _in(at: Millis, now: Millis) -> str:
    seconds = -(-(at - now) // 1000)
    return tr("now") if seconds <= 0 else tr("in {wait}").format(wait=duration(float(seconds)))
