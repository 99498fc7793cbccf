"""The foot of the window: the queue in figures, and the state of the runner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QStatusBar, QToolButton

from app.domain.states import State
from app.store.runner_state import RunnerState
from app.ui.counts import jobs, workers
from app.ui.plain import Label
from app.ui.tools import Tools
from app.ui.wording import number, tr

if TYPE_CHECKING:
    from app.ui.looks import QueueLook


class StatusLine(QStatusBar):
    """Shows the queue in figures.

    Signals:
        runner_clicked: the person wants to know more of the runner.
    """

    runner_clicked = Signal()

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools = tools
        self._look: QueueLook | None = None
        self.setSizeGripEnabled(False)
        self._figures = Label()
        self._figures.setProperty("kind", "dim")
        self._figures.setContentsMargins(12, 0, 0, 0)
        self._runner = QToolButton()
        self._runner.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._runner.setIconSize(QSize(16, 16))
        self._runner.setToolTip(tr("Show the workers"))
        self._runner.clicked.connect(self.runner_clicked)
        self.addWidget(self._figures, 1)
        self.addPermanentWidget(self._runner)
        tools.theme.changed.connect(self._draw)

    def show_look(self, look: QueueLook) -> None:
        """Show the queue as it is now."""
        self._look = look
        self._draw()

    def figures(self) -> str:
        """Return the figures as they are shown."""
        return self._figures.text()

    def runner(self) -> str:
        """Return what is said of the runner."""
        return self._runner.text()

    def _draw(self) -> None:
        look = self._look
        if look is None:
            return
        counts = look.counts
        parts = [
            tr("{n} running").format(n=number(counts[State.PROCESSING])),
            tr("{n} waiting").format(n=number(counts[State.PENDING])),
            tr("{n} retrying").format(n=number(counts[State.FAILED])),
            tr("{n} dead").format(n=number(counts[State.DEAD])),
            tr("{jobs} a minute").format(jobs=jobs(look.jobs_a_minute)),
        ]
        text = "   ·   ".join(parts)
        if self._figures.text() != text:
            self._figures.setText(text)
            self._figures.setAccessibleName(", ".join(parts))
        words, icon, colour = self._runner_words(look)
        if self._runner.text() != words:
            self._runner.setText(words)
            self._runner.setAccessibleName(words)
        self._runner.setIcon(self._tools.icons.icon(icon, colour))

    def _runner_words(self, look: QueueLook) -> tuple[str, str, str]:
        colours, runner = self._tools.theme.colours, look.runner
        if not runner.lives:
            return tr("No runner: nothing is started"), "circle-x", colours.bad if look.total else colours.dim
        if not runner.answers:
            return tr("Runner does not answer"), "triangle-alert", colours.warn
        if runner.state is RunnerState.STARTING:
            return tr("Runner is starting"), "loader-circle", colours.busy
        if runner.state is RunnerState.DRAINING:
            return tr("Runner is stopping"), "hourglass", colours.warn
        if look.paused:
            return tr("Paused"), "pause", colours.warn
        if look.lacks_space:
            return tr("Disk full: nothing is started"), "triangle-alert", colours.warn
        words = tr("Runner works, {workers}").format(workers=workers(runner.slots))
        return words, "circle-check", colours.good
