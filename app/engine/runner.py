"""The runner: holds the lock, rescues, hosts the pool, listens, and says good-bye."""

from __future__ import annotations

import logging
import os
import random
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject

from app import __version__
from app.desktop.doorbell_listener import DoorbellListener
from app.desktop.process_facts import created
from app.domain.job import Millis
from app.domain.outcome import Reason
from app.domain.reports import HostEnd, HostWish
from app.engine.alarm import Alarm
from app.engine.daily_backup import DailyBackup
from app.engine.deadlines import Deadlines
from app.engine.ending import Endings
from app.engine.keep_awake import KeepAwake
from app.engine.late_rescue import LateRescue
from app.engine.output_cap import OutputCap
from app.engine.pool import Mode, WorkerPool
from app.engine.process_tree import ProcessTrees
from app.engine.rescue import boot_name, rescue
from app.engine.retention import Retention
from app.engine.signals import SignalEar
from app.engine.space_watch import SpaceWatch
from app.engine.surroundings import Surroundings, environment_of_jobs
from app.engine.turns import Turn, runner_options
from app.engine.writer import Writer
from app.messages import Message
from app.store.errors import HomeGone
from app.store.notices import NoticeKind
from app.store.runner_state import RunnerState
from app.store.runner_store import Ask, Asked
from app.store.space import free_bytes
from app.store.store import Store

if sys.platform == "win32":
    from app.desktop.session_end_windows import SessionEnd

_log = logging.getLogger(__name__)

MAX_SLOTS = 256
_SAFETY_LOOK = 2.0
_ABANDON_PATIENCE = 10.0


@dataclass(frozen=True)
class Host:
    """What a runner is given.

    Attributes:
        store: its database is prepared, and this thread is connected.
        trees: finds and ends processes.
        now: the moment.
        default_home: whether the home is the one that jobs find without QUEUECTL_HOME.
        kill_point: called where tests kill.
        chance: gives random numbers in [0, 1).
    """

    store: Store
    trees: ProcessTrees
    now: Callable[[], Millis]
    default_home: bool
    kill_point: Callable[[str], None]
    chance: Callable[[], float] = random.random


class Runner(QObject):
    """One life of a runner; its caller holds the runner lock.

    Args:
        host: what it is given.
        wish: how it is to work.
        application: the event loop that it ends.
    """

    def __init__(self, host: Host, wish: HostWish, application: QCoreApplication) -> None:
        super().__init__(application)
        self._host = host
        self._wish = wish
        self._application = application
        self._end = HostEnd.STOPPED
        self._failure: Exception | None = None
        self._session_ended_by: str | None = None
        self._options = runner_options(host.store.options.values())
        host.trees.adopt()
        slots = wish.slots or self._options.workers
        pid = os.getpid()
        self._session = host.store.runner.begin(pid, created(pid), __version__, boot_name(), slots)
        left_alive = rescue(host.store, host.trees)
        host.store.work.clock_was_set_back()
        self._endings = Endings(host.trees, parent=self)
        self._writer = Writer(host.store, self)
        self._writer.failed.connect(self._on_failure)
        self._cap = OutputCap(lambda: self._options.output_cap, self)
        space = SpaceWatch(lambda: free_bytes(host.store.home.root), lambda: self._options.disk_floor, self)
        for told in (space.ran_low, space.has_space_again):
            told.connect(host.store.doorbell.ring)  # there is no room to write it down, so all look for themselves
        live: set[int] = set()
        self._awake = KeepAwake(live, self)
        around = Surroundings(
            trees=host.trees,
            endings=self._endings,
            deadlines=Deadlines(self._endings.expect, parent=self),
            outputs=host.store.outputs,
            environment=environment_of_jobs(None if host.default_home else host.store.home.root),
            live=live,
            now=host.now,
            cap=self._cap,
            space=space,
            grace=lambda: self._options.grace,
            niceness=lambda: self._options.niceness,
            kill_point=host.kill_point,
        )
        alarm = Alarm(host.now, parent=self)
        self._pool = WorkerPool(around, self._writer, alarm, space, self._session, host.chance, wish.report, self)
        self._pool.turned.connect(self._on_turn)
        self._pool.emptied.connect(self._on_emptied)
        self._last_version = host.store.database.data_version()
        self._is_unheard = False
        self._bell = DoorbellListener(
            host.store.home.ring, host.store.doorbell.hang, self._has_changed, _SAFETY_LOOK, self
        )
        self._bell.rung.connect(self._on_ring)
        self._ear = SignalEar(self)
        self._ear.heard.connect(self._on_signal)
        if sys.platform == "win32":  # elsewhere a log-off comes as a signal
            self._session_end = SessionEnd(self)
            self._session_end.came.connect(self._on_session_end)
            self._session_end.asked.connect(self._on_asked_to_close)
        self._late_rescue = LateRescue(left_alive, self._endings, self._writer, self)
        self._late_rescue.put_back.connect(self._pool.look_afresh)
        self._say(RunnerState.RUNNING, slots)
        if not wish.foreground and host.store.runner.row().wanted == "stopped":
            self._drain()  # a stop was said while it came up: before a worker is there that could take a job
        self._pool.set_slots(slots)
        self._backup = self._daily_backup()
        self._retention = Retention(host.store, self._writer, lambda: self._options.keep, parent=self)
        _log.info("runner started", extra={"pid": pid, "slots": slots, "session": self._session})

    def _daily_backup(self) -> DailyBackup:
        backup = DailyBackup(self._host.store, self._options.backups_kept, self._options.disk_floor, self)
        backup.damage_found.connect(self._on_failure)
        backup.failed.connect(self._on_no_backup)
        backup.start()
        return backup

    def _on_no_backup(self, words: Message) -> None:
        self._writer.submit(lambda store: store.notices.add(NoticeKind.RUNNER, words))

    def run(self) -> HostEnd:
        """Work until told to stop; return why it ended.

        Raises:
            Exception: what made the database unusable.
        """
        try:
            return self._work()
        finally:
            if sys.platform == "win32":
                self._session_end.close()

    def _work(self) -> HostEnd:
        try:
            self._application.exec()
        finally:
            self._ear.close()
            self._awake.set(False)
            self._backup.close()
            self.abandon()  # what an ordinary end leaves is nothing
            self._cap.close()
            self._writer.close()
        if self._failure is not None:
            raise self._failure
        self._host.store.runner.end(self._session, self._session_ended_by)
        _log.info("runner ended", extra={"why": self._session_ended_by or self._end})
        return self._end

    def abandon(self) -> None:
        """Kill what runs: this process ends without recording it, and the next runner puts the jobs back."""
        self._pool.abandon()
        self._endings.end_all_and_close(_ABANDON_PATIENCE)

    def _on_ring(self) -> None:
        # the pool's own turns ring too: that is for others, and a look of ours costs a way to the other thread and back
        has_news = self._host.store.doorbell.has_news()
        if (has_news or self._is_unheard) and not self._is_homeless():
            self._is_unheard = False
            self._pool.look()

    def _is_homeless(self) -> bool:
        """Whether the database was removed or replaced; then there is nothing to work for, and the runner leaves."""
        if not self._host.store.database.is_gone:
            return False
        if self._failure is None:
            self._on_failure(HomeGone(self._host.store.home.root))
        return True

    def _has_changed(self) -> bool:
        """Whether anybody committed since the last safety look; bury the dead on the way."""
        self._pool.reap()
        if self._is_homeless():
            return False
        version = self._host.store.database.data_version()
        changed, self._last_version = version != self._last_version, version
        self._is_unheard = changed  # who was killed between its commit and its ring has left no news
        return changed

    def _on_turn(self, turn: Turn) -> None:
        self._options = turn.options
        self._backup.keep(self._options.backups_kept, self._options.disk_floor)
        self._awake.set(self._options.keep_awake and self._pool.running > 0)
        self._retention.look(turn.output_bytes)
        for asked in turn.asks:
            self._obey(asked)
        if self._wish.until_empty and self._pool.mode is Mode.WORKING:
            if turn.paused and not self._pool.running:
                self._end = HostEnd.PAUSED
                self._drain()
            elif turn.is_empty and not self._pool.running:
                self._end = HostEnd.EMPTY
                self._drain()

    def _obey(self, asked: Asked) -> None:
        match asked.verb:
            case Ask.ADD_SLOTS:
                answer = self._add_slots(asked.amount or 1)
            case Ask.SET_SLOTS:
                answer = self._set_slots(asked.amount or 0)
            case Ask.DRAIN:
                self._drain()
                answer = "draining"
            case Ask.GO_ON:
                answer = self._go_on()
            case Ask.ANSWER:
                answer = "working"
            case Ask.STOP_NOW:
                self._stop_now()
                answer = "stopping"
            case None:
                answer = "error: this runner does not know how to do that"
        self._writer.submit(lambda store: store.runner.answer(asked.command, answer))

    def _add_slots(self, amount: int) -> str:
        before = self._pool.slots
        if before + amount > MAX_SLOTS:
            return f"error: {before} worker(s) are there, and {MAX_SLOTS} is the most"
        answer = self._set_slots(before + amount)
        return answer if answer.startswith("error: ") else str(before + 1)

    def _set_slots(self, slots: int) -> str:
        """Have so many workers; return how many there are now, or why not."""
        if not 1 <= slots <= MAX_SLOTS:
            return f"error: it has from 1 to {MAX_SLOTS} workers"
        if self._pool.mode is not Mode.WORKING:
            return "error: the runner is stopping"
        self._pool.set_slots(slots)
        self._say(RunnerState.RUNNING, slots)
        return str(slots)

    def _go_on(self) -> str:
        if not self._pool.go_on():
            return "error: the runner is stopping"
        self._say(RunnerState.RUNNING, self._pool.slots)
        return "working"

    def _say(self, state: RunnerState, slots: int) -> None:
        self._writer.submit(lambda store: store.runner.say(state, slots))

    def _on_signal(self, number: int) -> None:
        _log.info("signal heard", extra={"signal": number})
        if self._pool.mode is Mode.STOPPING and not self._pool.running:
            # only what can't be written now is left; the next runner puts those jobs back
            self._application.quit()
        if number == signal.SIGINT and self._wish.foreground and self._pool.mode is Mode.WORKING:
            self._drain()
        else:
            self._stop_now()

    def _drain(self) -> None:
        self._pool.drain()
        self._say(RunnerState.DRAINING, self._pool.slots)

    def _stop_now(self) -> None:
        self._pool.stop_now(Reason.QUIT)
        self._say(RunnerState.DRAINING, self._pool.slots)

    def _on_session_end(self, what: str) -> None:
        """Put everything back before the process is ended from outside, which is recorded before anything else."""
        _log.info("the session ends", extra={"what": what})
        self._session_ended_by = what
        self._writer.submit(lambda store: store.runner.end(self._session, what))
        self._pool.stop_now(Reason.SESSION_END, at_once=True)

    def _on_asked_to_close(self) -> None:
        self._on_signal(signal.SIGTERM)

    def _on_emptied(self) -> None:
        self._application.quit()

    def _on_failure(self, error: Exception) -> None:
        """The database can't be used: what runs is killed, and left to the next runner to be put back."""
        _log.error("the runner leaves: %s", error)
        self._failure = error
        self._application.quit()
