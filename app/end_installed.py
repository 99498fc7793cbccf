"""Ending all that runs of an installed program, or nothing: while one of its processes lives its files must stay.

Windows and runners leave when they are asked, and a runner's jobs with it. For all else, such as a command in a
terminal, there is nothing but to wait, and where that is in vain nobody is asked: the queue goes on as it did. Where
something stays all the same that was asked, or has come meanwhile, what has left is started again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psutil

from app.desktop.installed import Installed
from app.desktop.runner_process import stands_alone
from app.launch import start_in_tray, start_runner
from app.locks import ProcessLock
from app.paths import Home
from app.store.runner_store import Ask
from app.store.store import Store

WINDOW_PATIENCE, RUNNER_PATIENCE = 60.0, 60.0
"""Seconds for who was asked to leave; a runner has its option ``grace`` on top, which its jobs may take to end."""

UNASKED_PATIENCE = 20.0
"""Seconds for all the rest: a runner without its lock is as good as gone, and a command ends soon or not at all."""

_TOKEN = "QUEUECTL_TOKEN"  # noqa: S105  the name of a variable
_BETWEEN_LOCKS, _BETWEEN_LOOKS = 0.05, 0.5

OpenStore = Callable[[Home], Store]
Running = Callable[[], list[Installed]]
"""Returns the processes that run from the folder now."""


@dataclass(frozen=True)
class Window:
    """A window of the folder that listens.

    Attributes:
        found: its process.
        home: whose it is.
    """

    found: Installed
    home: Home


@dataclass(frozen=True)
class Runner:
    """A runner of the folder, as it was before anybody asked it to leave.

    Attributes:
        found: its process.
        home: whose it is.
        slots: how many workers it has.
        grace: seconds that its jobs may take to end.
        jobs: the tokens of what it runs.
        is_kept: whether one may be started in its place: not where somebody has said stop, and not for the one in a
            terminal, which nobody can give back.
    """

    found: Installed
    home: Home
    slots: int
    grace: float
    jobs: frozenset[str]
    is_kept: bool


@dataclass(frozen=True)
class There:
    """What runs from the folder, by how it can be ended.

    Attributes:
        windows: each is asked.
        runners: each is asked.
        others: those that nobody can ask, less the commands that are part of a runner's jobs.
    """

    windows: Sequence[Window]
    runners: Sequence[Runner]
    others: Sequence[Installed]

    @property
    def jobs(self) -> int:
        """How many jobs run."""
        return sum(len(runner.jobs) for runner in self.runners)


@dataclass(frozen=True)
class Ended:
    """How it went.

    Attributes:
        left: what still runs; where there is any, all else is as it was, or starts again.
        window: whether a window was asked.
    """

    left: Sequence[Installed]
    window: bool


def look(running: Sequence[Installed], open_store: OpenStore) -> There:
    """Tell who of those that run can be asked to leave.

    Args:
        running: those that run from the folder.
        open_store: opens a queue.
    """
    windows = [window for found in running if (window := _as_window(found)) is not None]
    runners = [runner for found in running if (runner := _as_runner(found, open_store)) is not None]
    asked = [*(window.found for window in windows), *(runner.found for runner in runners)]
    jobs = frozenset[str]().union(*(runner.jobs for runner in runners))
    others = [found for found in running if found not in asked and found.environ.get(_TOKEN) not in jobs]
    return There(windows, runners, others)


def end_all(running: Running, open_store: OpenStore) -> Ended:
    """End all that runs, put running jobs back, and wait until nothing is left; or leave everything as it was.

    First go the windows: they would start a runner again that ends.

    Args:
        running: tells what runs.
        open_store: opens a queue.
    """
    _wait_while(lambda: look(running(), open_store).others, UNASKED_PATIENCE)
    there = look(running(), open_store)
    if there.others:
        return Ended(there.others, window=False)
    with ExitStack() as begun_again:  # the last first: a window that finds a runner starts no other
        left = _end_windows(there.windows, begun_again)
        if not left:
            _end_runners(look(running(), open_store).runners, begun_again, open_store)
            left = _wait_while(running, UNASKED_PATIENCE)
        if not left:
            begun_again.pop_all()
    return Ended(left, window=bool(there.windows))


def _as_window(found: Installed) -> Window | None:
    """Return a process as a window that listens; None where it only begins, ends or hands its files over."""
    home = found.home
    if not found.is_window or home is None or not ProcessLock(home.window_lock).is_held():
        return None
    return Window(found, home)


def _as_runner(found: Installed, open_store: OpenStore) -> Runner | None:
    """Return what there is to know of a process as a runner, on its own or in a terminal; None where it is none."""
    home = found.home
    if found.is_window or home is None or not ProcessLock(home.runner_lock).is_held():
        return None
    with _opened(home, open_store) as store:
        row = store.runner.row()
        if row.pid != found.process.pid:
            return None
        return Runner(
            found=found,
            home=home,
            slots=row.slots,
            grace=float(store.options.values()["grace"]),
            jobs=frozenset(run.token for run in store.work.open_runs()),
            is_kept=row.wanted == "running" and stands_alone(found.process.pid),
        )


def _end_windows(windows: Iterable[Window], begun_again: ExitStack) -> Sequence[Installed]:
    """Ask windows to leave, and return those that stay."""
    asked = []
    for window in windows:
        begun_again.callback(_begin_window_again, window)
        _ask_window(window.home)
        asked.append(window.found)
    _, alive = psutil.wait_procs([found.process for found in asked], timeout=WINDOW_PATIENCE)
    return [found for found in asked if found.process in alive]


def _ask_window(home: Home) -> None:
    """Ask the window of a home to leave; its jobs go on."""
    from app.qt_libraries import bring_in_qt

    bring_in_qt()
    from PySide6.QtCore import QCoreApplication

    from app.desktop.single_instance import SingleInstance

    application = QCoreApplication.instance() or QCoreApplication(["queuectl"])
    SingleInstance(home, application).ask_to_leave(WINDOW_PATIENCE)


def _end_runners(runners: Sequence[Runner], begun_again: ExitStack, open_store: OpenStore) -> None:
    """Ask runners to put their jobs back and leave, and wait until they have."""
    for runner in runners:
        if runner.is_kept:
            begun_again.callback(_begin_runner_again, runner)
        with _opened(runner.home, open_store) as store:
            store.runner.ask(Ask.STOP_NOW)
    give_up = time.monotonic() + RUNNER_PATIENCE + max((runner.grace for runner in runners), default=0.0)
    locks = [ProcessLock(runner.home.runner_lock) for runner in runners]
    while any(lock.is_held() for lock in locks) and time.monotonic() < give_up:
        time.sleep(_BETWEEN_LOCKS)


def _begin_window_again(window: Window) -> None:
    if not ProcessLock(window.home.window_lock).is_held():
        start_in_tray(window.home, window.found.environ)


def _begin_runner_again(runner: Runner) -> None:
    if not ProcessLock(runner.home.runner_lock).is_held():
        start_runner(runner.home, runner.slots or None, runner.found.environ)


@contextmanager
def _opened(home: Home, open_store: OpenStore) -> Iterator[Store]:
    store = open_store(home)
    with store.connected():
        yield store


def _wait_while(there: Callable[[], Sequence[Installed]], patience: float) -> Sequence[Installed]:
    """Wait until there is none of some processes any more, and return those that are left; new ones may come."""
    give_up = time.monotonic() + patience
    while (found := there()) and (left := give_up - time.monotonic()) > 0:
        psutil.wait_procs([one.process for one in found], timeout=min(left, _BETWEEN_LOOKS))
    return found
