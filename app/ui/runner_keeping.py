"""Keeping the runner: it is started again when it dies, and the person is told."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Final

from msgspec import Struct
from PySide6.QtCore import QObject, QTimer, Signal

from app.desktop.runner_keeper import (
    COURTESY,
    WITHIN,
    GiveUp,
    LeaveDead,
    LookAgain,
    Rest,
    RunnerKeeper,
    Seen,
    StartAgain,
)
from app.domain.job import Millis, State
from app.locks import ProcessLock
from app.messages import KnownError, Message, message
from app.paths import Home, UnusableHome
from app.store.endings import Endings
from app.store.runner_state import RunnerState
from app.store.runner_store import Ask
from app.store.store import Store
from app.store.work import OpenRun
from app.ui.gateway import Gateway
from app.ui.looks import QueueLook, RunnerLook
from app.ui.queue_watch import QueueWatch
from app.ui.runner_control import RunnerControl
from app.ui.runner_errors import ProgramGone
from app.ui.runner_log import last_error, log_file

_AGAIN: Final = round(COURTESY * 1000)
_WITHIN: Final = round(WITHIN * 1000)


class RunnerGivenUp(KnownError):
    """The runner ended too often to be started again unasked."""

    def __init__(self, home: Home, verdict: GiveUp, error: str | None) -> None:
        what = message("died") if verdict.died else message("ended")
        if error:
            remedy = message("Start it in Workers once that is mended. Its log says: {error}", error=error)
        else:
            remedy = message("Its log in {folder} may say why. Start it in Workers.", folder=home.logs)
        super().__init__(
            "The runner {what} {times} times in {minutes} minutes. It is not started again by itself.",
            what=what,
            times=verdict.ends,
            minutes=round(WITHIN / 60),
            remedy=remedy,
        )


class _Facts(Struct, frozen=True, kw_only=True):
    """The runner at a moment at which it may have ended, and the runs that have no end.

    ``unusable`` says why none could come up: it would end at once, and could not even log why.
    """

    lives: bool
    began: Millis | None
    said_goodbye: bool
    slots: int
    is_wanted: bool
    is_kept: bool
    runs: tuple[OpenRun, ...]
    unusable: UnusableHome | None


class _Death(Struct, frozen=True):
    """A runner's death that is told once another works: the runs it left, and whether the person ended it."""

    runs: tuple[OpenRun, ...]
    by_force: bool


class _PutBack(Struct, frozen=True):
    """What became of the jobs of a runner that died: so many wait again, so many are dead letters."""

    waiting: int
    dead: int


class RunnerKeeping(QObject):
    """Starts the runner again when it has ended, unless a stop was said or it ends too often.

    Signals:
        died(Message): the runner died, and what became of it and of its jobs.
        hindered(KnownError): it has ended, and another is started as soon as the folder of the queue lets one come up.
        given_up(KnownError): it ended too often; a person has to start it.

    Args:
        gateway: the way to the store.
        control: starts it.
        watch: sees it.
        parent: its owner.
        now: seconds that only go forward.
    """

    died = Signal(object)
    hindered = Signal(object)
    given_up = Signal(object)

    def __init__(
        self,
        gateway: Gateway,
        control: RunnerControl,
        watch: QueueWatch,
        parent: QObject | None = None,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._gateway = gateway
        self._control = control
        self._watch = watch
        self._keeper = RunnerKeeper(now)
        self._is_resting = False
        self._was_ended_by_force = self._was_asked = False
        self._is_hindered = False
        self._death: _Death | None = None
        # When the runner had begun whose end has been seen. The lock may be held by another that has not said yet that
        # it begins, or by somebody who only puts jobs back: a runner is who says that it is one.
        self._ended: Millis | None = None
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(_AGAIN)
        self._again.timeout.connect(self._look)
        watch.seen.connect(self._seen)
        if watch.last is not None:
            self._seen(watch.last)
        gateway.opened.connect(self._queue_came_back)
        control.ended_by_force.connect(self._ended_by_force)
        control.failed.connect(self._not_started)
        for heard in (control.started, control.stopped, control.failed):
            heard.connect(self._look_around)
        control.busy_changed.connect(self._look)

    def rest(self) -> None:
        """Start nothing from now on: the program ends, or the session of the desktop."""
        self._is_resting = True

    def resume(self) -> None:
        """Keep the runner again: nothing has ended after all."""
        self._is_resting = False
        self._look()

    def _seen(self, look: QueueLook) -> None:
        runner = look.runner
        if not runner.lives:
            self._look()
        if not runner.lives or runner.started_at == self._ended:
            return
        self._keeper.saw(Seen(lives=True, slots=runner.slots))
        self._ask_whether_it_hears(runner)
        if self._death is not None and runner.state is RunnerState.RUNNING:
            death, self._death = self._death, None
            self._gateway.look(self, partial(_told, death), self.died.emit)

    def _ask_whether_it_hears(self, runner: RunnerLook) -> None:
        """Ask once each time it seems to neglect its jobs: left unanswered, that is shown like any other question."""
        if runner.neglects and not self._was_asked:
            self._gateway.change(self, lambda store: store.runner.ask(Ask.ANSWER))
        self._was_asked = runner.neglects

    def _queue_came_back(self) -> None:
        self._keeper.forgive()  # a runner leaves when its queue goes

    def _ended_by_force(self) -> None:
        self._was_ended_by_force = True

    def _not_started(self, error: KnownError) -> None:
        if isinstance(error, ProgramGone):
            self._keeper.forget()

    def _look_around(self) -> None:
        """Have all who show the runner see it now: its lock rings no bell."""
        self._watch.look()

    def _look(self) -> None:
        if self._keeper.is_expected and not self._is_busy:
            self._gateway.look(self, _facts, self._judge, key=("runner's end", id(self)))

    @property
    def _is_busy(self) -> bool:
        return self._control.is_starting or self._control.is_stopping

    def _judge(self, facts: _Facts | None) -> None:
        if facts is None or self._is_busy or (facts.lives and facts.began == self._ended):
            return
        seen = Seen(
            lives=facts.lives,
            said_goodbye=facts.said_goodbye,
            slots=facts.slots,
            is_wanted=facts.is_wanted,
            is_kept=facts.is_kept,
            is_coming=not facts.lives and self._control.has_child,
            is_leaving=self._is_resting,
        )
        if self._waits_for_folder(seen, facts.unusable):
            return
        verdict = self._keeper.saw(seen)
        if isinstance(verdict, LookAgain):
            self._again.start()
            return
        if not facts.lives:
            self._ended = facts.began
        by_force, self._was_ended_by_force = self._was_ended_by_force, False
        match verdict:
            case Rest():
                self._tell_what_none_follows()
            case StartAgain(slots, died):
                if died:
                    self._death = _Death(facts.runs, by_force)
                self._control.start_again(slots)
            case LeaveDead():
                self._death = None
                self.died.emit(_words_of_dead(len(facts.runs)))
            case GiveUp():
                self._death = None
                self._gateway.detail(self, partial(_given_up, verdict), self.given_up.emit)

    def _waits_for_folder(self, seen: Seen, unusable: UnusableHome | None) -> bool:
        """Whether another is to be started, and its folder does not let it come up; that is told once."""
        is_wanted = seen.is_wanted and seen.is_kept and not seen.is_leaving
        if seen.lives or not is_wanted or unusable is None:
            self._is_hindered = False
            return False
        if not self._is_hindered:
            self._is_hindered = True
            self.hindered.emit(unusable)
        self._again.start()
        return True

    def _tell_what_none_follows(self) -> None:
        """Tell a death that was to be told with the next runner, where a stop was said before one was there."""
        if self._death is not None and not self._keeper.is_expected:
            death, self._death = self._death, None
            self.died.emit(_words_of_dead(len(death.runs)))


def _facts(store: Store) -> _Facts | None:
    """Look at the runner; None where the queue is gone, for which none is started."""
    if not store.home.database.exists():
        return None
    lives = ProcessLock(store.home.runner_lock).is_held()
    row = store.runner.row()
    return _Facts(
        lives=lives,
        began=row.started_at,
        said_goodbye=row.state is RunnerState.STOPPED,
        slots=row.slots,
        is_wanted=row.wanted == "running",
        is_kept=bool(store.options.values()["start-runner"]),
        runs=() if lives else tuple(store.work.open_runs()),
        unusable=None if lives else _unusable(store.home),
    )


def _unusable(home: Home) -> UnusableHome | None:
    try:
        home.make()
    except UnusableHome as error:
        return error
    return None


def _told(death: _Death, store: Store) -> Message:
    """Return in words that another runner works, and what it did with the jobs of the one that died."""
    endings = Endings(store.database)
    over = [run for run in death.runs if (end := endings.run(run.seq, run.run)) is not None and end.over]
    dead = sum(state is State.DEAD for state in endings.states(run.seq for run in over).values())
    return _words_of_another(_PutBack(len(over) - dead, dead), by_force=death.by_force)


def _given_up(verdict: GiveUp, store: Store) -> RunnerGivenUp:
    home = store.home
    return RunnerGivenUp(home, verdict, last_error(log_file(home), store.clock() - _WITHIN))


def _words_of_dead(jobs: int) -> Message:
    if not jobs:
        return message("The runner died. Jobs wait until it is started.")
    if jobs == 1:
        return message("The runner died. When it is started, 1 job is put back.")
    return message("The runner died. When it is started, {n} jobs are put back.", n=jobs)


def _words_of_another(jobs: _PutBack, *, by_force: bool) -> Message:
    again = message("was ended and started again") if by_force else message("died and was started again")
    if not jobs.waiting and not jobs.dead:
        return message("The runner {again}", again=again)
    parts = [_words_of_waiting(jobs.waiting)] if jobs.waiting else []
    if jobs.dead:
        parts.append(message("{n} went to the dead letters", n=jobs.dead))
    if len(parts) == 1:
        return message("The runner {again}; {jobs}", again=again, jobs=parts[0])
    return message("The runner {again}; {jobs}, {others}", again=again, jobs=parts[0], others=parts[1])


def _words_of_waiting(jobs: int) -> Message:
    return message("1 job was put back") if jobs == 1 else message("{n} jobs were put back", n=jobs)
