"""What this start is, and who gets what: all objects are made and wired here, and nowhere else.

Everything heavy is imported where it is needed: ``queuectl enqueue`` must start without Qt, psutil, rich and structlog.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from app import __version__
from app.bundle import restore_environment
from app.messages import KnownError, Message, message
from app.paths import Home, find_home, is_usual
from app.qt_libraries import bring_in_qt

if TYPE_CHECKING:
    from app.domain.reports import HostEnd, HostWish
    from app.store.store import Store

SETUP_FLAG = "--setup"
"""Hidden: what the installer has the program do on Windows, see ``setup_windows.py``."""

KILL_VARIABLE = "QUEUECTL_KILL_AT"
"""For tests: the name of the point at which this process is to kill itself."""


def console() -> int:
    """Be the command line; return its exit code."""
    try:
        return _command_line()
    except KeyboardInterrupt:  # while modules were still read; later a command answers to it itself
        return 130


def _command_line() -> int:
    restore_environment()
    if _is_a_helper():
        return _help(sys.argv[1], sys.argv[2:])
    import gc

    # A command lives for 0.1 s: nothing is gained by looking for cycles meanwhile, nor at the end.
    gc.disable()
    from app.cli.main import main
    from app.cli.services import Services

    code = main(
        sys.argv[1:],
        Services(
            open_store=open_a_store,
            host_pool=host_pool,
            rescue=rescue_alone,
            process_lives=process_lives,
            environ=os.environ,
            executable=sys.executable,
            frozen=_is_frozen(),
        ),
    )
    gc.freeze()
    return code


def desktop() -> int:
    """Be the desktop program, or with ``--runner`` the runner; return the exit code."""
    restore_environment()
    if _is_a_helper():  # from source there is one program for both
        return _help(sys.argv[1], sys.argv[2:])
    if sys.argv[1:2] == [SETUP_FLAG]:
        return _help_the_installer(sys.argv[2:])
    import gc

    # Of what a start makes nearly all is there to stay; a Collector takes over when it is over.
    gc.disable()
    wish = _wish(sys.argv[1:])
    if wish.runner:
        return _be_the_runner(find_home(wish.home, os.environ, sys.executable, frozen=_is_frozen()), wish.slots)
    bring_in_qt()
    if wish.self_check:
        from app.self_check import self_check

        return self_check(wish.report, open_a_store, _rescue)
    if _has_no_screen():
        # Qt would abort, and speak of libraries that are missing.
        _tell(
            message(
                "There is no screen for the window here: neither DISPLAY nor WAYLAND_DISPLAY is set. "
                "The command line works without: queuectl"
            )
        )
        return 1
    from app.window import be_the_window

    find = partial(find_home, wish.home, os.environ, sys.executable, frozen=_is_frozen())
    return be_the_window(find, wish.files, open_a_store, _rescue, in_tray=wish.tray)


@dataclass
class _Wish:
    """What the desktop program is asked for, by the names of its options."""

    home: str | None = None
    runner: bool = False
    slots: int | None = None
    tray: bool = False
    self_check: bool = False
    report: Path | None = None
    files: list[str] = field(default_factory=list)


def _wish(words: list[str]) -> _Wish:
    """Return what is asked for; end where that can't be understood, or was to be told."""
    if not words:  # an icon was clicked: its window is waited for, and argparse takes 5 ms
        return _Wish()
    import argparse

    parser = argparse.ArgumentParser(prog="queuectl-desktop", description="QueueCTL, a job queue on your desktop.")
    parser.add_argument("--home", help="the folder of the queue")
    parser.add_argument("--runner", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--slots", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--tray", action="store_true", help="start in the tray, without a window")
    parser.add_argument(
        "--self-check", action="store_true", help="start everything unseen, run one job, and say whether all is well"
    )
    parser.add_argument("--report", type=Path, metavar="FILE", help="write what --self-check says into a file, too")
    parser.add_argument("--version", action="version", version=f"QueueCTL {__version__}")
    parser.add_argument("files", nargs="*", metavar="FILE", help="a job file, to be reviewed")
    wish = parser.parse_args(words, _Wish())
    if wish.report is not None and not wish.self_check:
        parser.error("--report goes with --self-check")
    return wish


def open_a_store(home: Home, *, lock_is_held: bool = False, told: Callable[[Message], None] | None = None) -> Store:
    """Open a home's store; what an upgrade did is told on stderr, or to whoever wants to hear it."""
    from app.store.store import open_store

    return open_store(
        home,
        told=told or _tell,
        is_old_worker=_is_old_worker,
        lock_is_held=lock_is_held,
        kill_point=_kill_point(),
    )


def host_pool(home: Home, wish: HostWish) -> HostEnd:
    """Be the runner of a home in this process until it ends.

    Raises:
        RunnerAlive: another runner works on it.
        KnownError: the home can't be used.
    """
    from app.domain.errors import RunnerAlive
    from app.locks import ProcessLock
    from app.logs import log_to
    from app.store.soundness import check_whole

    home.make()
    lock = ProcessLock(home.runner_lock)
    if not lock.take():
        raise RunnerAlive(_living_runner(home))
    log_to(home.logs, "runner", warn_here=wish.foreground)
    try:
        store = open_a_store(home, lock_is_held=True)
        with store.connected():
            if not store.runner.last_ended_well():  # 2.5 s for a million jobs, which an ordinary start does without
                check_whole(store.database)
            return _host(store, wish)
    finally:
        lock.release()


def rescue_alone(store: Store) -> None:
    """Put back what a dead runner left, without starting one; the caller holds the runner lock."""
    from app.logs import log_to

    log_to(store.home.logs, "runner")  # its caller holds the lock, so no runner writes there
    _rescue(store)


def _rescue(store: Store) -> None:
    from app.engine.process_tree import process_trees
    from app.engine.rescue import rescue

    rescue(store, process_trees())


def process_lives(pid: int, created: float | None) -> bool:
    """Whether a process lives; one that only has the pid of an earlier one is another.

    Args:
        pid: its pid.
        created: when it was created, as the runner said; None where it is not known, and the pid alone decides.
    """
    import psutil

    from app.desktop.process_facts import is_same

    try:
        return is_same(pid, created)
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True  # it is there, and not ours to look at


def _is_a_helper() -> bool:
    """Whether another process of this program has started this one, by a word that is no command of a person's."""
    if not (len(sys.argv) > 1 and sys.argv[1].startswith("--ask")):
        return False
    from app.launch import ASK_VERB, CLEAN_VERB  # not for every `enqueue`: it brings subprocess along

    return sys.argv[1] in {ASK_VERB, CLEAN_VERB}


def _help(verb: str, words: list[str]) -> int:
    from app.launch import CLEAN_VERB

    if verb == CLEAN_VERB:
        from app.check_guard import clean_up

        return clean_up(Path(words[0]))
    return _ask_to_end(words)


def _ask_to_end(words: list[str]) -> int:
    """Be the helper of a runner on Windows that asks console programs to end; 1 where nobody could be asked."""
    if sys.platform != "win32":
        return 2
    from app.engine.asking_windows import say_ctrl_c

    runner, *pids = map(int, words)
    return 0 if say_ctrl_c(runner, pids) else 1


def _help_the_installer(words: list[str]) -> int:
    if sys.platform != "win32":
        return 2
    from app.setup_windows import Verb, setup

    verb, file = words
    return setup(Verb(verb), Path(file), open_a_store)


def _host(store: Store, wish: HostWish) -> HostEnd:
    bring_in_qt()
    from PySide6.QtCore import QCoreApplication

    from app.desktop.collecting import Collector
    from app.engine.process_tree import process_trees
    from app.engine.runner import Host, Runner
    from app.store.opening import wall_clock

    application = QCoreApplication(["queuectl"])
    Collector(application)
    host = Host(
        store=store,
        trees=process_trees(),
        now=wall_clock,
        # beside the usual home, a portable one is found by its own programs only
        default_home=is_usual(store.home, "", frozen=False),
        kill_point=_kill_point(),
    )
    runner = Runner(host, wish, application)
    sys.excepthook = _leaving(runner.abandon)
    return runner.run()


def _be_the_runner(home: Home, slots: int | None) -> int:
    import logging

    from app.domain.reports import HostWish

    try:
        host_pool(home, HostWish(slots=slots))
    except KnownError as error:
        logging.getLogger(__name__).error("runner refused: %s", error)  # noqa: TRY400  known, and said in full
        return 1
    except Exception:
        logging.getLogger(__name__).critical("a bug in the runner", exc_info=True)
        raise
    return 0


def _leaving(
    abandon: Callable[[], None],
) -> Callable[[type[BaseException], BaseException, TracebackType | None], None]:
    """Return what happens at a bug in a slot: it is told, what runs is killed, and the process leaves at once.

    The lock goes with the process, and whoever comes next puts the jobs back; a runner that limps on could leave them
    processing for ever.
    """

    def log_and_leave(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        import logging

        logging.getLogger(__name__).critical("a bug in the runner", exc_info=error)
        logging.shutdown()
        sys.__excepthook__(kind, error, trace)
        try:
            abandon()
        finally:
            os._exit(1)

    return log_and_leave


def _living_runner(home: Home) -> int | None:
    """Return the pid that the living runner told, where it can be read."""
    try:
        store = open_a_store(home)
        with store.connected():
            return store.runner.row().pid
    except KnownError:
        return None


def _tell(line: Message) -> None:
    if sys.stderr is not None:  # a windowed program on Windows has none
        print(line, file=sys.stderr)  # noqa: T201


def _is_old_worker(pid: int) -> bool:
    import psutil

    try:
        words = psutil.Process(pid).cmdline()
    except psutil.Error:
        return False
    return any("queuectl" in word.lower() for word in words)


def _has_no_screen() -> bool:
    named = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform == "linux" and not any(os.environ.get(name) for name in named)


def _is_frozen() -> bool:
    return bool(getattr(sys, "frozen", False))


def _kill_point() -> Callable[[str], None]:
    """Return what happens at the named points: nothing, unless a test asked for this process's death at one."""
    wanted = os.environ.get(KILL_VARIABLE)
    if wanted is None:
        from app.store.database import no_kill_point

        return no_kill_point

    def kill_point(name: str) -> None:
        if name == wanted:
            _die()

    return kill_point


def _die() -> None:
    import signal

    if sys.platform == "win32":
        os.kill(os.getpid(), signal.SIGTERM)  # ends a process outright there
    else:
        os.kill(os.getpid(), signal.SIGKILL)
