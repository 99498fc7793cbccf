"""What Windows' installer and uninstaller have the installed program do, since they can't do it themselves.

They call ``queuectl-desktop.exe --setup VERB FILE``. The installer of one version calls the program of another: verbs
and exit codes are never changed. What is to be said to the person is left in the file, in UTF-16 and one line, which is
what the installer can read.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Final

import psutil

from app.domain.job import State
from app.messages import KnownError, Message, message
from app.paths import Home
from app.store.runner_store import Ask
from app.store.store import Store

if sys.platform != "win32":
    raise ImportError("an installer of this kind is Windows'")

from app.desktop.autostart_windows import forget_program
from app.desktop.installed_processes_windows import Installed, running_from
from app.desktop.start_menu_windows import tell_shell, write_link
from app.locks import ProcessLock


class Verb(StrEnum):
    """What is asked for.

    ASK: what runs from this folder? The file gets a sentence, the exit code says IDLE, RUNS or JOBS_RUN.
    END: end all of it; running jobs are put back. The exit code is WINDOW_ENDED, IDLE, or FAILED with a sentence.
    LINK: make the link in the Start menu, which is the file, and have Windows notice what opens job files.
    FORGET: have nothing of this folder started at log-in, and Windows notice that it opens no files any more.
    """

    ASK = "ask"
    END = "end"
    LINK = "link"
    FORGET = "forget"


IDLE: Final = 0
FAILED: Final = 1
RUNS: Final = 10
JOBS_RUN: Final = 11
WINDOW_ENDED: Final = 12

_WINDOW_PATIENCE, _RUNNER_PATIENCE = 60.0, 60.0
"""Seconds for who was asked to leave; a runner has its option ``grace`` on top, which its jobs may take to end."""

_UNASKED_PATIENCE = 20.0
"""Seconds for all the rest: a runner without its lock is as good as gone, and a command ends soon or not at all."""

_BETWEEN_LOOKS = 0.05

OpenStore = Callable[[Home], Store]


def setup(verb: Verb, file: Path, open_store: OpenStore) -> int:
    """Do what is asked for, and return the exit code.

    Args:
        verb: what that is.
        file: see ``Verb``.
        open_store: opens a queue.
    """
    program = Path(sys.executable)
    try:
        match verb:
            case Verb.ASK:
                return _ask(program.parent, file, open_store)
            case Verb.END:
                return _end(program.parent, file, open_store)
            case Verb.LINK:
                write_link(file, program)
            case Verb.FORGET:
                forget_program(program.parent)
    except (OSError, KnownError) as error:
        if verb in {Verb.ASK, Verb.END}:
            _say(file, message("{error}", error=error))
        return FAILED
    tell_shell()
    return IDLE


def _ask(folder: Path, file: Path, open_store: OpenStore) -> int:
    running = running_from(folder)
    if not running:
        return IDLE
    jobs = 0
    for home in _homes_with_runner(running):
        with _opened(home, open_store) as store:
            jobs += store.reads.counts()[State.PROCESSING]
    if not jobs:
        _say(file, message("QueueCTL is running, and will be ended. No job runs at the moment."))
        return RUNS
    words = "{count} job(s) are running. They will be ended and put back into the queue, which is kept."
    _say(file, message(words, count=jobs))
    return JOBS_RUN


def _end(folder: Path, file: Path, open_store: OpenStore) -> int:
    """First the windows: they would start a runner again that ends."""
    windows = [found for found in running_from(folder) if found.is_window]
    for home in _homes(windows):
        _ask_window(home)
    _wait([found for found in windows if found.home is not None], _WINDOW_PATIENCE)
    running = running_from(folder)
    asked, grace = _homes_with_runner(running), 0.0
    for home in asked:
        with _opened(home, open_store) as store:
            store.runner.ask(Ask.STOP_NOW)
            grace = max(grace, float(store.options.values()["grace"]))
    _wait_for_runners(asked, _RUNNER_PATIENCE + grace)
    _wait(running, _UNASKED_PATIENCE)
    left = running_from(folder)
    if left:
        names = ", ".join(f"{found.program.name} (PID {found.process.pid})" for found in left)
        _say(file, message("Still running: {names}. End that, then try again.", names=names))
        return FAILED
    return WINDOW_ENDED if windows else IDLE


def _ask_window(home: Home) -> None:
    """Ask the window of a home to leave; its jobs go on."""
    from app.qt_libraries import bring_in_qt

    bring_in_qt()
    from PySide6.QtCore import QCoreApplication

    from app.desktop.single_instance import SingleInstance

    application = QCoreApplication.instance() or QCoreApplication(["queuectl"])
    SingleInstance(home, application).ask_to_leave(_WINDOW_PATIENCE)


def _homes(running: Iterable[Installed]) -> list[Home]:
    return list(dict.fromkeys(found.home for found in running if found.home is not None))


def _homes_with_runner(running: Iterable[Installed]) -> list[Home]:
    """Return the homes on which a runner works: on its own, or in somebody's terminal."""
    others = [found for found in running if not found.is_window]
    return [home for home in _homes(others) if ProcessLock(home.runner_lock).is_held()]


@contextmanager
def _opened(home: Home, open_store: OpenStore) -> Iterator[Store]:
    store = open_store(home)
    with store.connected():
        yield store


def _wait_for_runners(homes: Iterable[Home], patience: float) -> None:
    """Wait until no runner works on any of some homes."""
    give_up = time.monotonic() + patience
    while any(ProcessLock(home.runner_lock).is_held() for home in homes) and time.monotonic() < give_up:
        time.sleep(_BETWEEN_LOOKS)


def _wait(running: Iterable[Installed], patience: float) -> None:
    psutil.wait_procs([found.process for found in running], timeout=patience)


def _say(file: Path, words: Message) -> None:
    file.write_text(" ".join(str(words).split()), encoding="utf-16-le")
