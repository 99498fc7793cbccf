"""Asking console programs on Windows to end: Ctrl+C, said by a helper that joins their console.

Qt gives each job of a runner without a console window a console of its own, so what is said there reaches that job
alone. Measured under Wine 8: Ctrl+C arrives in a program that was started with CREATE_NO_WINDOW, and not in one of a
new process group, which is as documented; Ctrl+Break can't be sent there. Programs that tidy up do it at Ctrl+C, which
is why that is said, and not Ctrl+Break (to which Java answers with a list of its threads, and goes on).
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress

from app.launch import asking_command, without_job_variables

if sys.platform != "win32":
    raise ImportError("consoles of this kind are Windows'")

import ctypes

import pywintypes
import win32con
import win32console

_log = logging.getLogger(__name__)

_PATIENCE = 5.0
"""Seconds. The helper takes 0.2; a computer that is under way to its limit takes longer."""


def ask_consoles(pids: Sequence[int]) -> bool:
    """Have Ctrl+C said in the consoles of these processes; False where nobody could be asked.

    A process has one console, and the runner must keep its own, so another process does it.
    """
    if not pids:
        return False
    try:
        done = subprocess.run(
            asking_command(os.getpid(), pids),
            env=without_job_variables(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            creationflags=subprocess.CREATE_NO_WINDOW,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        _log.warning("processes can't be asked to end: %s", error)
        return False
    return done.returncode == 0


def say_ctrl_c(runner: int, pids: Iterable[int]) -> bool:
    """Be that helper: join the console of each process and say Ctrl+C there.

    Args:
        runner: pid of who asks. Where a job shares its console (a pool on a terminal), nobody is asked: it would be
            told as well, and the person's shell too.
        pids: who is to be asked.

    Returns:
        Whether anybody was asked.
    """
    hear_ctrl_c(False)  # who says it hears it too
    told: set[int] = set()
    for pid in pids:
        if pid in told:
            continue
        with suppress(pywintypes.error):
            win32console.FreeConsole()
        with suppress(pywintypes.error):  # it has none, or is gone
            win32console.AttachConsole(pid)
            sharing = set(win32console.GetConsoleProcessList())
            if runner not in sharing:
                win32console.GenerateConsoleCtrlEvent(win32con.CTRL_C_EVENT, 0)
                told |= sharing
    return bool(told)


def hear_ctrl_c(hear: bool) -> None:
    """Hear Ctrl+C from now on, or be deaf to it. Processes started meanwhile inherit that."""
    ctypes.windll.kernel32.SetConsoleCtrlHandler(None, not hear)


def is_on_a_terminal() -> bool:
    """Whether this process has a console window. Then Qt has its jobs share the console."""
    return bool(ctypes.windll.kernel32.GetConsoleWindow())
