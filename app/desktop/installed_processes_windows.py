"""Which processes run from the folder of an installed program, and whose queue each of them works on.

Their files can't be replaced or removed while they live.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from app.messages import KnownError
from app.paths import Home, find_home

if sys.platform != "win32":
    raise ImportError("files that can't be removed while they are used are Windows'")

import pywintypes
import win32api
import win32con
import win32process

WINDOW_PROGRAM = "queuectl-desktop.exe"
UNINSTALLER = "uninstall.exe"
"""Lies in the same folder, and runs there itself in an upgrade: it is who asks."""


@dataclass(frozen=True)
class Installed:
    """One process.

    Attributes:
        process: it.
        program: the file it runs.
        home: the queue it works on; None where its command line names none that can be.
        is_window: whether it shows the window, or the tray icon.
    """

    process: psutil.Process
    program: Path
    home: Home | None
    is_window: bool


def running_from(folder: Path) -> list[Installed]:
    """Return the processes that run a program of a folder, less this one and the uninstaller.

    Args:
        folder: the folder of the two executables.
    """
    found = []
    for process in psutil.process_iter():
        program = _program(process.pid)
        if process.pid == os.getpid() or program is None or program.name.lower() == UNINSTALLER:
            continue
        if not _is_same(program.parent, folder):
            continue
        with suppress(psutil.Error):  # it is gone by now
            found.append(_installed(process, program))
    return found


def _installed(process: psutil.Process, program: Path) -> Installed:
    words = process.cmdline()[1:]
    is_window = program.name.lower() == WINDOW_PROGRAM and "--runner" not in words
    return Installed(process, program, _home(process, program, words), is_window)


def _home(process: psutil.Process, program: Path, words: Sequence[str]) -> Home | None:
    """Return the home that the process has found: by its words, its environment and its place."""
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("--home")
    try:
        named, _ = parser.parse_known_args(words)
        environ = process.environ()
        folder = None if named.home is None else os.path.join(process.cwd(), named.home)
        return find_home(folder, environ, str(program), frozen=True)
    except (argparse.ArgumentError, psutil.Error, OSError, KnownError):
        return None


def _program(pid: int) -> Path | None:
    """Return the file that a process runs; None where it is gone, or not this person's."""
    rights = win32con.PROCESS_QUERY_INFORMATION | win32con.PROCESS_VM_READ
    try:
        # [E] psutil's own way does not work under Wine 8.
        handle = win32api.OpenProcess(rights, False, pid)
        try:
            return Path(win32process.GetModuleFileNameEx(handle, 0))
        finally:
            win32api.CloseHandle(handle)
    except pywintypes.error:
        return None


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)  # also where one is called by its short name
    except OSError:
        return False
