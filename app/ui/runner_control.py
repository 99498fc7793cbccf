"""Starting and stopping the runner from the window, and how many workers it has."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from functools import partial
from typing import Final

from msgspec import Struct
from PySide6.QtCore import QObject, Signal

from app.desktop.process_facts import kill
from app.domain.job import Millis
from app.launch import start_runner
from app.locks import ProcessLock
from app.messages import KnownError, Message, message
from app.paths import Home
from app.store.runner_store import Ask, RunnerState
from app.store.store import Store
from app.ui.gateway import Gateway
from app.ui.runner_errors import REFUSAL, RunnerNotStarted, RunnerRefused, RunnerSilent
from app.ui.runner_log import last_error, log_file
from app.ui.runner_watch import Facts, Watch

PATIENCE: Final = 10_000
"""Milliseconds in which a runner has come up, or has answered."""

_LEAVING: Final = frozenset({RunnerState.DRAINING, RunnerState.STOPPED})


class _Launch(Struct, frozen=True):
    """A process that was started, and when; None where a runner lived already."""

    home: Home
    at: Millis
    process: subprocess.Popen[bytes] | None


class _Asked(Struct, frozen=True):
    """The number of what was asked of a living runner; None where none lives."""

    number: int | None


class RunnerControl(QObject):
    """Acts on the runner; nothing waits on this thread.

    A runner that it started lives on when the window is gone.

    Signals:
        started(int): a runner works; its pid. stopped: none lives any more.
        workers_set(int): so many workers there are from now on.
        failed(KnownError): what was wanted did not come about.
        busy_changed: whether it is waiting for a runner to come up or to leave.

    Args:
        gateway: the way to the store.
        environ: what a runner inherits.
        parent: its owner.
        patience: milliseconds, see PATIENCE.
    """

    started = Signal(int)
    stopped = Signal()
    workers_set = Signal(int)
    failed = Signal(object)
    busy_changed = Signal()

    def __init__(
        self, gateway: Gateway, environ: Mapping[str, str], parent: QObject | None = None, *, patience: int = PATIENCE
    ) -> None:
        super().__init__(parent)
        self._gateway = gateway
        self._environ = environ
        self._patience = patience
        self._launch: _Launch | None = None
        self._children: list[subprocess.Popen[bytes]] = []
        self._is_starting = self._is_stopping = False
        self._asked_workers = 0
        self._coming = Watch(gateway, self._look_whether_it_came, self)
        self._going = Watch(gateway, self._look_whether_it_went, self)
        self._counting = Watch(gateway, self._look_for_workers, self)

    @property
    def is_starting(self) -> bool:
        """Whether a runner is coming up."""
        return self._is_starting

    @property
    def is_stopping(self) -> bool:
        """Whether a runner is asked to leave and still lives."""
        return self._is_stopping

    def start(self) -> None:
        """Have a runner, from now on: one that is leaving is followed by another."""
        self._begin(starting=True)
        self._gateway.change(self, self._start_in, self._launched, self._start_failed)

    def start_if_chosen(self) -> None:
        """Have a runner where option ``start-runner`` says so, as a window does that has just been opened.

        A ``worker stop`` of earlier is over with it.
        """

        def start(store: Store) -> _Launch | None:
            return self._start_in(store) if store.options.values()["start-runner"] else None

        self._begin(starting=True)
        self._gateway.change(self, start, self._launched, self._start_failed)

    def stop(self, *, now: bool = False) -> None:
        """Have no runner any more.

        Args:
            now: whether what runs is ended and put back, instead of being waited for.
        """

        def ask(store: Store) -> _Asked:
            store.runner.want(False)
            return _ask(store, Ask.STOP_NOW if now else Ask.DRAIN)

        self._begin(starting=False)
        self._gateway.change(self, ask, self._asked_to_stop, self._stop_failed)

    def set_workers(self, count: int) -> None:
        """Have so many workers, now and whenever a runner starts. With fewer, running jobs end in their own time."""

        def change(store: Store) -> _Asked:
            store.options.set("workers", str(count))
            leaving = store.runner.row().state in _LEAVING
            return _Asked(None) if leaving else _ask(store, Ask.SET_SLOTS, count)

        self._gateway.change(self, change, partial(self._asked_for_workers, count), self._tell)

    def end_hanging(self) -> None:
        """Kill a runner that does not answer; what it ran is put back when the next one starts."""

        def end(store: Store) -> bool:
            row = store.runner.row()
            held = ProcessLock(store.home.runner_lock).is_held()
            return held and row.pid is not None and row.pid_created is not None and kill(row.pid, row.pid_created)

        self._begin(starting=False)
        self._gateway.change(self, end, self._ended, self._stop_failed)

    # Coming up

    def _start_in(self, store: Store) -> _Launch:
        store.runner.want(True)
        at = round(time.time() * 1000)
        if ProcessLock(store.home.runner_lock).is_held():
            return _Launch(store.home, at, None)
        try:
            return _Launch(store.home, at, start_runner(store.home, None, self._environ))
        except OSError as error:
            what = message("can't be started: {reason}", reason=error.strerror or str(error))
            raise RunnerNotStarted(store.home, what, None) from error

    def _launched(self, launch: _Launch | None) -> None:
        if launch is not None and launch.process is not None:
            self._children.append(launch.process)
        self._launch = launch
        if launch is None:
            self._rest()
        elif self._is_starting:
            self._coming.start()

    def _look_whether_it_came(self, facts: Facts) -> None:
        process = None if self._launch is None else self._launch.process
        code = None if process is None else process.poll()
        is_leaving = facts.lives and facts.row.state is RunnerState.DRAINING  # once it has ended, another follows
        if facts.lives and facts.row.state is RunnerState.RUNNING:
            self._rest()
            self.started.emit(facts.row.pid or 0)
        elif not facts.lives and process is None:
            self._coming.stop()
            self._gateway.change(self, self._start_in, self._launched, self._start_failed)
        elif not facts.lives and code is not None:
            self._fail_to_start(message("ended at once (exit code {code})", code=code))
        elif self._coming.milliseconds > self._patience and not is_leaving:
            self._fail_to_start(message("was started, but does not say that it runs"))

    def _fail_to_start(self, what: Message) -> None:
        launch = self._launch
        if launch is None:
            return
        self._coming.stop()

        def look(_store: Store) -> KnownError:
            return RunnerNotStarted(launch.home, what, last_error(log_file(launch.home), launch.at))

        self._gateway.detail(self, look, self._start_failed)

    def _start_failed(self, error: Exception) -> None:
        if self._is_starting:
            self._rest()
        self._tell(error)

    # Leaving

    def _asked_to_stop(self, asked: _Asked) -> None:
        if self._is_stopping:
            self._going.start(asked.number)

    def _look_whether_it_went(self, facts: Facts) -> None:
        self._reap()
        is_late = self._going.milliseconds > self._patience
        if not facts.lives and (is_late or not self._children):  # its lock is free a moment before it has ended
            self._rest()
            self.stopped.emit()
        elif self._going.is_unanswered(facts) and is_late:
            self._stop_failed(RunnerSilent(facts.row.pid))

    def _ended(self, was_there: bool) -> None:
        if was_there:
            self._going.start()
        else:
            self._rest()

    def _stop_failed(self, error: Exception) -> None:
        if self._is_stopping:
            self._rest()
        self._tell(error)

    # How many workers

    def _asked_for_workers(self, count: int, asked: _Asked) -> None:
        self._asked_workers = count
        if asked.number is None:
            self._counting.stop()
            self.workers_set.emit(count)
        else:
            self._counting.start(asked.number)

    def _look_for_workers(self, facts: Facts) -> None:
        if not self._counting.is_unanswered(facts):
            self._counting.stop()
            if facts.answer is not None and facts.answer.startswith(REFUSAL):
                self._tell(RunnerRefused(facts.answer))
            else:  # one that has come up meanwhile went by the option
                self.workers_set.emit(self._asked_workers)
        elif self._counting.milliseconds > self._patience:
            self._counting.stop()
            self._tell(RunnerSilent(facts.row.pid))

    # Both

    def _begin(self, *, starting: bool) -> None:
        self._coming.stop()
        self._going.stop()
        self._is_starting, self._is_stopping = starting, not starting
        self.busy_changed.emit()

    def _rest(self) -> None:
        self._coming.stop()
        self._going.stop()
        self._reap()
        self._is_starting = self._is_stopping = False
        self.busy_changed.emit()

    def _reap(self) -> None:
        self._children = [child for child in self._children if child.poll() is None]

    def _tell(self, error: Exception) -> None:
        if not isinstance(error, KnownError):
            raise error
        self.failed.emit(error)


def _ask(store: Store, verb: Ask, amount: int | None = None) -> _Asked:
    if not ProcessLock(store.home.runner_lock).is_held():
        return _Asked(None)
    return _Asked(store.runner.ask(verb, amount))
