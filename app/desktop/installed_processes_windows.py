"""Which processes run from the folder of an installed program, and whose queue each of them works on.

Their files can't be replaced or removed while they live.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from app.desktop.installed import Installed
from app.desktop.same_file import is_same_file
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

_NO_WINDOW = frozenset({"--runner", "--self-check", "--setup"})
"""With one of these words the program of the window shows none."""


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
        if not is_same_file(program.parent, folder):
            continue
        with suppress(psutil.Error):  # it is gone by now
            found.append(_installed(process, program))
    return found


def _installed(process: psutil.Process, program: Path) -> Installed:
    words = process.cmdline()[1:]
    is_window = program.name.lower() == WINDOW_PROGRAM and _NO_WINDOW.isdisjoint(words)
    try:
        environ = process.environ()
    except (psutil.Error, OSError):
        return Installed(process, program, None, is_window, {})
    return Installed(process, program, _home(process, program, words, environ), is_window, environ)


def _home(process: psutil.Process, program: Path, words: Sequence[str], environ: Mapping[str, str]) -> Home | None:
    """Return the home that the process has found: by its words, its environment and its place."""
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("--home")
    try:
        named, _ = parser.parse_known_args(words)
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
