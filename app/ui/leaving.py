"""Closing the window and quitting the program: what becomes of the runner and its jobs, and when it is over."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from app.domain.job import State
from app.messages import KnownError
from app.store.runner_state import RunnerState
from app.ui.leaving_stage import UNDECIDED, Stage
from app.ui.looks import QueueLook, RunnerLook
from app.ui.queue_watch import QueueWatch
from app.ui.quit_facts import QuitFacts, closes_to_tray, quit_facts
from app.ui.quit_question import Answer, QuitQuestion, waits_for
from app.ui.runner_control import RunnerControl
from app.ui.runner_keeping import RunnerKeeping
from app.ui.shell import Shell
from app.ui.slim_bar import SlimBar
from app.ui.tools import Tools
from app.ui.wording import said_error, tr

_log = logging.getLogger(__name__)

_PATIENCE: Final = 4000
"""Milliseconds after which the program ends although an idle runner has not left yet, or the queue can't be read."""

_TOLD: Final = "tray/told"


class Leaving(QObject):
    """Leaves the desktop: into the tray, or for good.

    The runner leaves with the program, unless it is ``worker run`` in somebody's terminal, or idle with option
    ``start-runner`` off: then it was not the window that wanted it.

    Attributes:
        bar: says what is waited for, and lets the person think again; it belongs into the window, over the pages.

    Signals:
        left: the event loop may end.
        first_hidden(str): the window went into the tray for the first time ever; what to tell.
        postponed(str): the program goes on after all, or until the runner has left; what is waited for, or is wrong.

    Args:
        tools: the window's things.
        window: which hides, and may hold something typed.
        control: acts on the runner.
        watch: sees the queue.
        keeping: keeps the runner, but not while the program leaves.
        has_tray: whether there is a tray at this moment.
        parent: its owner.
        patience: milliseconds, see _PATIENCE.
    """

    left = Signal()
    first_hidden = Signal(str)
    postponed = Signal(str)

    def __init__(
        self,
        tools: Tools,
        window: Shell,
        control: RunnerControl,
        watch: QueueWatch,
        keeping: RunnerKeeping,
        has_tray: Callable[[], bool],
        parent: QObject | None = None,
        *,
        patience: int = _PATIENCE,
    ) -> None:
        super().__init__(parent)
        self._tools = tools
        self._window = window
        self._control = control
        self._watch = watch
        self._keeping = keeping
        self._has_tray = has_tray
        self._stage = Stage.HERE
        self._before = Stage.HERE
        self._is_session_over = False
        self._question: QuitQuestion | None = None
        self._answered_question: QuitQuestion | None = None
        self._asked: RunnerLook | None = None
        self._running = 0
        self._how = Answer.FINISH
        self.bar = SlimBar()
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(patience)
        self._late.timeout.connect(self._is_late)
        self.bar.accepted.connect(self.quit)
        self.bar.dismissed.connect(self.call_off)
        watch.seen.connect(self._seen)
        if watch.last is not None:
            self._seen(watch.last)
        control.stopped.connect(self._runner_left)
        control.failed.connect(self._runner_stays)
        control.busy_changed.connect(self._runner_is_wanted_again)

    @property
    def is_over(self) -> bool:
        """Whether the window may be closed for good, unasked: the program has left, or the session of the desktop."""
        return self._stage is Stage.GONE or self._is_session_over

    @property
    def question(self) -> QuitQuestion | None:
        """The question, while it is open."""
        return self._question

    # What is asked of it

    def close_window(self) -> None:
        """Hide the window where a tray brings it back, and it is chosen; otherwise quit."""
        if self.is_over or self._stage in {Stage.LOOKING, Stage.ENDING}:
            return
        if self._stage is Stage.ASKING:
            self._show_question()
        elif self._window.may_close():
            if self._watch.last is not None and self._has_tray():
                self._tools.gateway.look(self, closes_to_tray, self._hide_or_quit, self._leave_unread, key="closing")
            else:
                self._quit()

    def quit(self) -> None:
        """End the program; where jobs run, after asking what becomes of them."""
        if self._is_session_over:
            self.leave_at_once()
        elif self._stage is Stage.ASKING:
            self._show_question()
        elif self._stage in UNDECIDED:
            self._quit()

    def leave_at_once(self) -> None:
        """End the program without a word, as at a signal; a runner that lives goes on."""
        if self._stage is Stage.GONE:
            return
        self._keeping.rest()
        self._close_question()
        self._stage = Stage.GONE
        self._late.stop()
        self.bar.hide()
        self.left.emit()

    def session_ends(self) -> None:
        """Be in nobody's way: the session of the desktop ends, and with it everything."""
        self._is_session_over = True
        self._keeping.rest()
        self._close_question()

    def session_goes_on(self) -> None:
        """Be as before: somebody called the end of the session off."""
        self._is_session_over = False
        if self._stage is Stage.HERE:
            self._keeping.resume()

    def call_off(self) -> None:
        """Stay after all: the runner goes on, or is followed by another where it has left."""
        if self._stage in {Stage.WAITING, Stage.HELD}:
            self._go_on()

    def come_back(self) -> None:
        """Stay where the end was a moment away: the program was started once more, and this one is what it found."""
        if self._stage is Stage.ENDING:
            self._go_on()

    # Closing

    def _hide_or_quit(self, is_chosen: bool) -> None:
        if self._stage not in UNDECIDED:
            return
        if not is_chosen:
            self._quit()
            return
        self._window.hide()
        if not self._tools.layout.value(_TOLD, False, type=bool):
            self._tools.layout.setValue(_TOLD, True)
            self.first_hidden.emit(
                tr("QueueCTL is still here, in the tray. Jobs go on. Settings > Close to the tray changes that.")
            )

    # Quitting

    def _quit(self) -> None:
        if self._watch.last is None:  # the queue was never open: nothing is known of a runner
            self.leave_at_once()
            return
        self._before, self._stage = self._stage, Stage.LOOKING
        self._late.start()
        self._tools.gateway.look(self, quit_facts, self._decide, self._leave_unread)

    def _decide(self, facts: QuitFacts) -> None:
        if self._stage is not Stage.LOOKING:
            return
        if self._before is not Stage.WAITING:
            self._asked = facts.runner
        if facts.running:
            self._late.stop()
            self._running = facts.running
            self._ask(is_leaving=facts.runner.state is RunnerState.DRAINING)
        elif not self._window.may_close():  # something is typed there
            self._late.stop()
            self._stage = self._before
        elif facts.leaves_along or (self._control.is_starting and not facts.runner.lives):
            self._stage = Stage.ENDING
            self._window.hide()
            self._keeping.rest()
            self._control.stop()
        else:
            self.leave_at_once()

    def _leave_unread(self, error: Exception) -> None:
        _log.warning("it can't be read what quitting would end", exc_info=error)
        self.leave_at_once()

    def _ask(self, *, is_leaving: bool) -> None:
        self._stage = Stage.ASKING
        parent = self._window if self._window.is_seen else None  # over a minimized one nobody would see it
        self._question = QuitQuestion(self._tools, parent, self._running, is_leaving=is_leaving)
        self._question.setWindowIcon(self._window.windowIcon())
        self._question.answered.connect(self._answered)
        self._question.rejected.connect(self._stayed)
        self._question.open()
        self._show_question()

    def _show_question(self) -> None:
        if self._question is not None:
            self._question.raise_()
            self._question.activateWindow()

    def _forget_question(self) -> None:
        # one without a parent would be deleted by this while it still handles the click or key; so Qt does it later
        self._answered_question, self._question = self._question, None

    def _stayed(self) -> None:
        self._forget_question()
        self._stage = self._before
        if self._stage is Stage.WAITING:
            self._watch.look()  # it may have left while the question was open

    def _answered(self, answer: Answer) -> None:
        self._forget_question()
        if answer is Answer.LEAVE_WORKING:
            if self._window.may_close():
                self.leave_at_once()
            else:
                self._stage = self._before
            return
        self._stage, self._how = Stage.WAITING, answer
        self._keeping.rest()
        self._control.stop(now=answer is Answer.PUT_BACK)
        self._say_what_is_waited_for()
        self.postponed.emit(self.bar.words())

    # Waiting

    def _seen(self, look: QueueLook) -> None:
        runner = look.runner
        self._running = look.counts[State.PROCESSING] if runner.lives else 0
        if self._question is not None:
            self._question.show_running(self._running)
            if self._before is not Stage.WAITING and runner.lives:
                self._asked = runner
        if self._stage is not Stage.WAITING:
            return
        if runner.lives and self._asked is not None and runner.started_at == self._asked.started_at:
            self._say_what_is_waited_for()
        else:
            self._runner_left()

    def _say_what_is_waited_for(self) -> None:
        self.bar.say(waits_for(self._how, self._running), tr("Quit now…"), tr("Cancel"), busy=True)

    def _runner_left(self) -> None:
        if self._stage is Stage.ENDING or (self._stage is Stage.WAITING and self._window.may_close()):
            self.leave_at_once()
        elif self._stage is Stage.WAITING:
            self._stage = Stage.HELD
            self.bar.say(tr("The runner has left. Save what you have typed, then quit."), tr("Quit"), tr("Cancel"))

    def _runner_stays(self, error: KnownError) -> None:
        if self._stage is Stage.ENDING:
            self.leave_at_once()
        elif self._stage is Stage.WAITING and not self._control.is_stopping:
            self._stay()
            self.postponed.emit(said_error(error))

    def _runner_is_wanted_again(self) -> None:
        if self._stage is Stage.WAITING and self._control.is_starting:
            self._stay()

    def _is_late(self) -> None:
        if self._stage in {Stage.LOOKING, Stage.ENDING}:
            self.leave_at_once()

    def _go_on(self) -> None:
        self._stay()
        self._control.start(slots=None if self._asked is None else self._asked.slots or None)

    def _stay(self) -> None:
        self._stage = Stage.HERE
        self._late.stop()
        self.bar.hide()
        self._keeping.resume()

    def _close_question(self) -> None:
        if self._question is not None:
            self._question.reject()
