"""The runner on a card: what it does, who it is, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.settings import OPTIONS
from app.store.runner_state import RunnerState
from app.ui.counts import jobs
from app.ui.form_field import words
from app.ui.plain import Label
from app.ui.stepper import Stepper
from app.ui.tools import Tools
from app.ui.wording import NONE, moment, size, tr
from app.ui.workers_model import WorkersLook

_ICON = 28


class RunnerCard(QFrame):
    """Shows a WorkersLook.

    Signals:
        start_wanted, stop_wanted, stop_now_wanted, end_wanted: a button.
        workers_wanted(int): so many workers.

    Args:
        tools: the window's things.
    """

    start_wanted = Signal()
    stop_wanted = Signal()
    stop_now_wanted = Signal()
    end_wanted = Signal()
    workers_wanted = Signal(int)

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools = tools
        self._look: WorkersLook | None = None
        self._is_starting = False
        self.setProperty("kind", "card")
        self._picture = Label()
        self._state = Label()
        self._state.setProperty("kind", "title")
        self._hint = words("dim")
        self.start_button = _button(tr("Start runner"), self.start_wanted)
        self.start_button.setProperty("kind", "primary")
        self.stop_button = _button(tr("Stop"), self.stop_wanted)
        self.stop_button.setToolTip(tr("Running jobs end first; no others are started."))
        self.stop_now_button = _button(tr("Stop now…"), self.stop_now_wanted)
        self.stop_now_button.setToolTip(tr("Running jobs are ended and put back into the queue."))
        self.end_button = _button(tr("End it…"), self.end_wanted)
        self._facts = {name: Label() for name in ("pid", "since", "memory", "version")}
        least, most = int(OPTIONS["workers"].low), int(OPTIONS["workers"].high)
        self.workers = Stepper(
            tools, least, most, tr("Number of workers"), tr("One worker less"), tr("One worker more")
        )
        self.workers.setToolTip(tr("How many jobs run at once. With fewer, running jobs end in their own time."))
        self.workers.settled.connect(self.workers.expect)
        self.workers.settled.connect(self.workers_wanted)
        self._lay_out()
        tools.theme.changed.connect(self._draw)

    def show_look(self, look: WorkersLook, *, is_starting: bool) -> None:
        """Show the runner as it is now; ``is_starting``: one was asked for and is not here yet."""
        self._look = look
        self._is_starting = is_starting and not look.runner.lives
        self._draw()

    def state(self) -> str:
        """Return the word for what the runner does."""
        return self._state.text()

    def fact(self, name: str) -> str:
        """Return what stands for pid, since, memory or version."""
        return self._facts[name].text()

    def hint(self) -> str:
        """Return the sentence under the state."""
        return self._hint.text()

    @property
    def _buttons(self) -> tuple[QPushButton, ...]:
        return self.start_button, self.stop_button, self.stop_now_button, self.end_button

    def _lay_out(self) -> None:
        text = QVBoxLayout()
        text.setSpacing(4)
        text.addWidget(self._state)
        text.addWidget(self._hint)
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(text, 1)
        for button in self._buttons:
            top.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        facts = QHBoxLayout()
        facts.setSpacing(32)
        titles = {"pid": tr("PID"), "since": tr("Running since"), "memory": tr("Memory"), "version": tr("Version")}
        for name, value in self._facts.items():
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setAccessibleName(titles[name])
            facts.addLayout(_pair(words("dim", titles[name]), value))
        facts.addStretch(1)
        number = words("dim", tr("&Workers"))
        number.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        number.setBuddy(self.workers.field)
        facts.addLayout(_pair(number, self.workers))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(16)
        column.addLayout(top)
        column.addLayout(facts)

    def _draw(self) -> None:
        look = self._look
        if look is None:
            return
        runner = look.runner
        icon, colour, word, hint = self._words(look)
        self._picture.setPixmap(self._tools.icons.pixmap(icon, _ICON, self.devicePixelRatioF(), colour))
        self._state.setText(word)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        lives = runner.lives
        self._facts["pid"].setText(str(runner.pid) if lives and runner.pid is not None else NONE)
        self._facts["since"].setText(moment(runner.started_at) if lives else NONE)
        self._facts["memory"].setText(size(look.memory))
        self._facts["version"].setText(runner.version or NONE if lives else NONE)
        is_leaving = runner.state is RunnerState.DRAINING
        self.start_button.setVisible(not lives or is_leaving)
        self.start_button.setEnabled(not self._is_starting)
        self.stop_button.setVisible(lives and not is_leaving)
        self.stop_now_button.setVisible(lives)
        self.end_button.setVisible(lives and not runner.answers)
        self.workers.known(runner.slots if lives and runner.slots and not is_leaving else look.chosen)

    def _words(self, look: WorkersLook) -> tuple[str, str, str, str]:
        """Return icon, colour, word and sentence."""
        colours, runner = self._tools.theme.colours, look.runner
        if self._is_starting:
            return "loader-circle", colours.busy, tr("Starting…"), ""
        if not runner.lives:
            hint = tr("Nothing runs. Jobs wait until a runner is started.")
            if look.working:
                hint = tr("Interrupted: {jobs}, put back when a runner starts.").format(jobs=jobs(len(look.working)))
            return "power", colours.dim, tr("Not running"), hint
        if not runner.answers:
            hint = tr("It is alive, but has not answered for 10 seconds. Its log may say why.")
            return "triangle-alert", colours.bad, tr("Not answering"), hint
        if runner.state is RunnerState.DRAINING:
            hint = tr("Running jobs end first; no others are started.")
            return "hourglass", colours.warn, tr("Stopping"), hint
        if runner.state is not RunnerState.RUNNING:
            return "loader-circle", colours.busy, tr("Starting…"), ""
        if look.paused:
            return "pause", colours.warn, tr("Running, queue paused"), tr("Jobs wait until the queue is resumed.")
        if look.lacks_space:
            hint = tr("Too little space is free on the disk. Jobs go on by themselves when there is more.")
            return "triangle-alert", colours.warn, tr("Running, disk full"), hint
        return "circle-check", colours.good, tr("Running"), ""


def _button(text: str, wanted: SignalInstance) -> QPushButton:
    button = QPushButton(text)
    button.clicked.connect(wanted)
    return button


def _pair(title: Label, value: QWidget) -> QVBoxLayout:
    pair = QVBoxLayout()
    pair.setSpacing(2)
    pair.addWidget(title)
    pair.addWidget(value)
    return pair
