"""What Windows' installer and uninstaller have the installed program do, since they can't do it themselves.

They call ``queuectl-desktop.exe --setup VERB FILE``. The installer of one version calls the program of another: verbs
and exit codes are never changed. What is to be said to the person is left in the file, in UTF-16 and one line, which is
what the installer can read.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Final

from app.end_installed import OpenStore, end_all, look
from app.messages import KnownError, Message, message

if sys.platform != "win32":
    raise ImportError("an installer of this kind is Windows'")

from app.desktop.autostart_windows import forget_program
from app.desktop.installed_processes_windows import running_from
from app.desktop.start_menu_windows import tell_shell, write_link


class Verb(StrEnum):
    """What is asked for.

    ASK: what runs from this folder? The file gets a sentence, the exit code says IDLE, RUNS or JOBS_RUN.
    END: end all of it; running jobs are put back. The exit code is WINDOW_ENDED, IDLE, or FAILED with a sentence: then
    the queue goes on as before.
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
    jobs = look(running, open_store).jobs
    if not jobs:
        _say(file, message("QueueCTL is running, and will be ended. No job runs at the moment."))
        return RUNS
    words = "{count} job(s) are running. They will be ended and put back into the queue, which is kept."
    _say(file, message(words, count=jobs))
    return JOBS_RUN


def _end(folder: Path, file: Path, open_store: OpenStore) -> int:
    ended = end_all(lambda: running_from(folder), open_store)
    if ended.left:
        names = ", ".join(f"{found.program.name} (PID {found.process.pid})" for found in ended.left)
        _say(file, message("Still running: {names}. End that, then try again.", names=names))
        return FAILED
    return WINDOW_ENDED if ended.window else IDLE


def _say(file: Path, words: Message) -> None:
    file.write_text(" ".join(str(words).split()), encoding="utf-16-le")
