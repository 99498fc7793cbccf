"""The page of the workers: the runner, what each worker does now, and the runner's log."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QModelIndex, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from app.messages import KnownError
from app.store.store import Store
from app.ui.counts import jobs, workers
from app.ui.empty_state import EmptyState
from app.ui.log_model import LogModel
from app.ui.plain import Label
from app.ui.plain_table import PlainTable
from app.ui.question import Question
from app.ui.runner_card import RunnerCard
from app.ui.runner_control import RunnerControl
from app.ui.runner_log import LogLine, log_file, read_log
from app.ui.throttle import Throttle
from app.ui.tools import Tools
from app.ui.wording import tr
from app.ui.workers_model import SEQ, WorkersLook, WorkersModel, workers_look

_SAFETY = 2000
"""Milliseconds between two looks at what rings no bell: whether the runner lives, and its memory."""

_SECOND = 1000
_LOG_EVERY = 1000
_LOG_LINES = 200
_SPLIT = "workers/split"


class WorkersPage(QWidget):
    """Shows the runner and its workers, while it is visible.

    Signals:
        opened(int): the details of a job are wanted.
        notified(str): something to tell in passing.

    Args:
        tools: the window's things.
        control: acts on the runner; what fails there, the window tells.
    """

    opened = Signal(int)
    notified = Signal(str)

    def __init__(self, tools: Tools, control: RunnerControl) -> None:
        super().__init__()
        self._tools = tools
        self._control = control
        self._look: WorkersLook | None = None
        self._question: Question | None = None
        self.card = RunnerCard(tools)
        self.model = WorkersModel(tools, tools.now)
        self.model.setParent(self)
        self.workers = PlainTable(self.model, tr("Workers"), (9, 13, 18, 8, 13))
        self.empty = EmptyState(tools, self.workers)
        self.log = LogModel(tools)
        self.log.setParent(self)
        self.log_lines = PlainTable(self.log, tr("The runner's log"), (19, 9), padding=6)
        self.folder_button = QPushButton(tr("Open log folder"))
        self.folder_button.setProperty("kind", "link")
        self._split = QSplitter(Qt.Orientation.Vertical)
        self.setFocusProxy(self.workers)
        self._ticks, self._safety = QTimer(self), QTimer(self)
        self._ticks.setInterval(_SECOND)
        self._safety.setInterval(_SAFETY)
        self._log_due = Throttle(_LOG_EVERY, self)
        self._lay_out()
        self._connect()

    def refresh(self) -> None:
        """Show the workers as of now, where they are to be seen."""
        if self.isVisible():
            self._tools.gateway.look(self, workers_look, self._came, key=("workers", id(self)))
            self._log_due.call()

    def _lay_out(self) -> None:
        self.empty.say(
            "cpu", tr("No runner is running"), tr("Jobs wait until it is started; they are run one per worker."), []
        )
        log_title = Label(tr("Runner's log"))
        log_title.setProperty("kind", "heading")
        head = QHBoxLayout()
        head.setContentsMargins(16, 8, 12, 4)
        head.addWidget(log_title)
        head.addStretch(1)
        head.addWidget(self.folder_button)
        log = QWidget()
        below = QVBoxLayout(log)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(0)
        below.addLayout(head)
        below.addWidget(self.log_lines)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self.workers)
        self._split.addWidget(log)
        self._split.setStretchFactor(0, 3)
        self._split.setStretchFactor(1, 2)
        kept = self._tools.layout.value(_SPLIT)
        if isinstance(kept, QByteArray):
            self._split.restoreState(kept)
        top = QWidget()
        inner = QVBoxLayout(top)
        inner.setContentsMargins(16, 16, 16, 16)
        inner.addWidget(self.card)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(top)
        column.addWidget(self._split, 1)

    def _connect(self) -> None:
        control, card = self._control, self.card
        card.start_wanted.connect(control.start)
        card.stop_wanted.connect(self._stop)
        card.stop_now_wanted.connect(self._ask_to_stop_now)
        card.end_wanted.connect(self._ask_to_end)
        card.workers_wanted.connect(control.set_workers)
        control.workers_set.connect(self._workers_set)
        control.failed.connect(self._failed)
        control.busy_changed.connect(self.refresh)
        self._safety.timeout.connect(self.refresh)
        self._ticks.timeout.connect(self.model.tick)
        self._log_due.passed.connect(self._read_log)
        self.folder_button.clicked.connect(self._open_folder)
        self.workers.doubleClicked.connect(self._open)
        self.workers.activated.connect(self._open)
        self._split.splitterMoved.connect(self._keep_split)

    # What was read

    def _came(self, look: WorkersLook) -> None:
        self._look = look
        self.card.show_look(look, is_starting=self._control.is_starting)
        self.model.show(look)
        self.empty.setVisible(self.model.rowCount() == 0)
        if self.isVisible() and self.model.working:
            if not self._ticks.isActive():
                self._ticks.start()
        else:
            self._ticks.stop()

    def _read_log(self) -> None:
        self._tools.gateway.detail(self, _newest_lines, self._log_came, key=("log", id(self)))

    def _log_came(self, lines: list[LogLine]) -> None:
        bar = self.log_lines.verticalScrollBar()
        was_at_end = bar.value() >= bar.maximum()
        if self.log.show(lines) and was_at_end:
            self.log_lines.scrollToBottom()

    # What the person wants

    def _stop(self) -> None:
        self._control.stop()

    def _ask_to_stop_now(self) -> None:
        running = self.model.working
        if not running:
            self._control.stop(now=True)
            return
        words = tr("What runs is ended and put back into the queue, and runs again from the start.")
        self._ask(
            tr("Stop the runner now?"),
            words,
            tr("Stop now and put back {jobs}").format(jobs=jobs(running)),
        ).accepted.connect(self._stop_now)

    def _stop_now(self) -> None:
        self._control.stop(now=True)

    def _ask_to_end(self) -> None:
        pid = "?" if self._look is None else self._look.runner.pid
        words = tr("The process (PID {pid}) is killed. What it runs is put back when a runner starts.")
        self._ask(
            tr("End the runner that does not answer?"), words.format(pid=pid), tr("End process {pid}").format(pid=pid)
        ).accepted.connect(self._control.end_hanging)

    def _ask(self, title: str, words: str, yes: str) -> Question:
        self._question = Question(self._tools, self, title, words, yes, tr("Keep it running"))
        self._question.open()
        return self._question

    def _workers_set(self, count: int) -> None:
        self.notified.emit(tr("{workers} from now on").format(workers=workers(count)))
        self.refresh()

    def _failed(self, _error: KnownError) -> None:
        self.card.workers.give_up()
        self.refresh()

    def _open(self, place: QModelIndex) -> None:
        seq = place.data(SEQ)
        if seq is not None:
            self.opened.emit(seq)

    def _open_folder(self) -> None:
        if self._look is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(self._look.logs))))

    def _keep_split(self) -> None:
        self._tools.layout.setValue(_SPLIT, self._split.saveState())

    def showEvent(self, event: QShowEvent) -> None:
        """Show what is now, and go on doing so."""
        super().showEvent(event)
        self._safety.start()
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Look no more."""
        super().hideEvent(event)
        self._safety.stop()
        self._ticks.stop()


def _newest_lines(store: Store) -> list[LogLine]:
    return read_log(log_file(store.home), _LOG_LINES)
