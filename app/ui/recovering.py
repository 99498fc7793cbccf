"""A damaged queue seen from the window: it is found off this thread, and brought back when the person says so."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from PySide6.QtCore import QObject

from app.domain.errors import RunnerAlive
from app.locks import ProcessLock
from app.messages import KnownError
from app.paths import Home
from app.store.errors import StoreError
from app.store.opening import wall_clock
from app.store.recovery import Recovered, recover
from app.store.runner_store import Ask
from app.store.soundness import check_whole
from app.store.store import Store
from app.ui.main_window import MainWindow
from app.ui.question import Question
from app.ui.runner_keeping import RunnerKeeping
from app.ui.tools import Tools
from app.ui.wording import said, tr

_PATIENCE: Final = 10.0
"""Seconds in which a runner that is well has stopped."""


class Recovering(QObject):
    """Looks for damage where no runner has done so, and brings the queue back.

    Args:
        tools: the window's things.
        window: over which it asks, and in which it says what came of it.
        home: of the queue.
        open_store: opens it.
        keeping: starts no runner meanwhile.
    """

    def __init__(
        self, tools: Tools, window: MainWindow, home: Home, open_store: Callable[[], Store], keeping: RunnerKeeping
    ) -> None:
        super().__init__(window)
        self._tools = tools
        self._window = window
        self._home = home
        self._open_store = open_store
        self._keeping = keeping
        self._is_under_way = False
        self._report: Recovered | None = None
        window.restore_wanted.connect(self._ask)
        tools.gateway.opened.connect(self._opened)
        tools.gateway.refused.connect(self._refused)

    @property
    def has_restored(self) -> bool:
        """Whether the queue that is open was brought back here."""
        return self._report is not None

    def look_for_damage(self) -> None:
        """Look through the database, unless a runner lives: it has done so, or found nothing to look for."""
        self._tools.gateway.file(self, _look_through, _well)

    def _ask(self) -> None:
        question = Question(
            self._tools,
            self._window,
            tr("Bring the queue back?"),
            tr(
                "What stands there now is put aside, and nothing of it is deleted. In its place comes the newest good"
                " backup, and over it all that can still be read. Jobs that may have run since then wait in the dead"
                " letters."
            ),
            tr("Bring it back"),
            tr("Cancel"),
        )
        question.accepted.connect(self._begin)
        question.open()

    def _begin(self) -> None:
        if self._is_under_way:
            return
        self._is_under_way = True
        self._keeping.rest()
        self._window.wait_for_queue(tr("The queue is being brought back…"))
        self._tools.gateway.open_again(self._recover)

    def _recover(self) -> Store:
        """Bring it back and open it, on the gateway's thread."""
        lock = ProcessLock(self._home.runner_lock)
        _take_from_runner(self._home, lock)
        try:
            self._report = recover(self._home, wall_clock())
        finally:
            lock.release()
        return self._open_store()

    def _opened(self) -> None:
        if not self._is_under_way:
            return
        self._end()
        if self._report is not None:
            self._window.tell_trouble("\n".join(said(line) for line in self._report.told()))

    def _refused(self, _error: KnownError) -> None:
        if self._is_under_way:
            self._end()

    def _end(self) -> None:
        self._is_under_way = False
        self._keeping.resume()


def _look_through(store: Store) -> None:
    if not ProcessLock(store.home.runner_lock).is_held():
        check_whole(store.database)


def _well(_nothing: None) -> None:
    """Nothing is the matter; damage comes as an error."""


def _take_from_runner(home: Home, lock: ProcessLock) -> None:
    """Take the runner lock; a runner that has it is asked to put back what runs, and leave.

    Raises:
        RunnerAlive: it does not.
    """
    if lock.take():
        return
    pid = None
    with suppress(StoreError):  # it may be too damaged even for that; then the runner leaves by itself, or not
        store = Store(home)
        with store.connected():
            pid = store.runner.row().pid
            store.runner.ask(Ask.STOP_NOW)
    until = time.monotonic() + _PATIENCE
    while not lock.take():
        if time.monotonic() > until:
            raise RunnerAlive(pid)
        time.sleep(0.1)
