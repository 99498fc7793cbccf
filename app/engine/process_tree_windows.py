"""Process trees on Windows: Job Objects, one for the runner and in it one for each run.

The runner's own job ends with its last handle, so nothing outlives a runner, however it dies. A run's job is
nested in it. A QProcess can't be started suspended from Python, so a child could start another one before it
is assigned to its job; such a stray is in the runner's job all the same, and tells whose it is by its token.
"""

from __future__ import annotations

import ntpath
import os
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

import psutil

from app.engine.process_tree import MARK, Member, Tree

if sys.platform != "win32":
    raise ImportError("Job Objects are Windows'")

import ctypes
from ctypes import wintypes

import pywintypes
import win32api
import win32con
import win32gui
import win32job
import win32process
import winerror

from app.engine.asking_windows import ask_consoles, hear_ctrl_c, is_on_a_terminal

if TYPE_CHECKING:
    from PySide6.QtCore import QProcess


_LONGEST_PATH = 32_768


class WindowsTrees:
    """ProcessTrees for Windows."""

    def __init__(self) -> None:
        self._me = os.getpid()
        self._own: int | None = None
        self._jobs: dict[Tree, Any] = {}
        self._left: list[Any] = []  # jobs of runs that left something on purpose; closed when they are empty

    def adopt(self) -> None:
        """Put this process, and with it all it will start, into a job that ends with it.

        Raises pywintypes.error where that is forbidden (a job around us that allows no nesting).
        """
        job = _new_job()
        limits = win32job.QueryInformationJobObject(job, win32job.JobObjectExtendedLimitInformation)
        limits["BasicLimitInformation"]["LimitFlags"] |= win32job.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
        win32job.SetInformationJobObject(job, win32job.JobObjectExtendedLimitInformation, limits)
        win32job.AssignProcessToJobObject(job, win32api.GetCurrentProcess())
        self._own = job.Detach()  # never closed, even if this object is dropped: that would end this process
        hear_ctrl_c(True)  # who started us may have been deaf to it, and our jobs would be

    def configure(self, process: QProcess) -> None:  # noqa: ARG002
        """Let a job that will share this terminal be deaf to its Ctrl+C, which is meant for us."""
        if is_on_a_terminal():
            from PySide6.QtCore import QTimer

            hear_ctrl_c(False)
            # start() comes now, and whether it can or can't: when the event loop turns next, we hear again
            QTimer.singleShot(0, _hear_again)

    def starting(self) -> AbstractContextManager[object]:
        """Nothing to do: nobody is taken for an orphan here."""
        return nullcontext()

    def started(self, tree: Tree) -> None:
        """Give the run a job and put its direct child there."""
        self._jobs[tree] = _new_job()
        if tree.pid is not None:
            _assign(self._jobs[tree], tree.pid)

    def hold(self, tree: Tree) -> None:
        """Nothing to do: its job is held anyway."""

    def quiet(self, tree: Tree, live: Collection[int]) -> bool:
        """Look whether the run's job is empty and no stray is its own."""
        if self._own is None or tree not in self._jobs or tree.pid in live:
            return False
        if any(_member(pid) is not None for pid in _pids(self._jobs[tree])):
            return False
        return all(_token(pid) != tree.token for pid in self._strays())

    def members(
        self, trees: Sequence[Tree], latecomers: Callable[[], Sequence[Tree]] = tuple
    ) -> dict[Tree, list[Member]]:
        """List the jobs, and take strays in. Trees that another process started go by the token alone."""
        trees = [*trees, *latecomers()]
        ours = self._own is not None and all(tree in self._jobs for tree in trees)
        by_token = {tree.token: tree for tree in trees}
        loose: dict[Tree, set[int]] = {tree: set() for tree in trees}
        for pid in self._strays() if ours else psutil.pids():
            owner = by_token.get(_token(pid) or "")
            if owner is None or pid == self._me:
                continue
            loose[owner].add(pid)
            if owner in self._jobs:
                _assign(self._jobs[owner], pid)
        found: dict[Tree, list[Member]] = {}
        for tree in trees:
            pids = loose[tree].union(_pids(self._jobs[tree]) if tree in self._jobs else ())
            found[tree] = [member for pid in sorted(pids) if (member := _member(pid)) is not None]
        return found

    def ask(self, due: Mapping[Tree, Sequence[Member]]) -> list[Tree]:
        """Ask windows to close, and say Ctrl+C in the consoles of the others; return the trees that have neither."""
        refused = []
        for tree, members in due.items():
            pids = {member.pid for member in members}
            windowed = _ask_windows(pids)
            if not (ask_consoles(sorted(pids - windowed)) or windowed):
                refused.append(tree)
        return refused

    def kill(self, tree: Tree, members: Sequence[Member]) -> None:
        """End the run's job, which no process can leave; without one, the processes."""
        if tree in self._jobs:
            win32job.TerminateJobObject(self._jobs[tree], 1)
        for member in members:
            with suppress(psutil.Error):
                process = psutil.Process(member.pid)
                if member.pid != self._me and process.create_time() == member.created:
                    process.kill()

    def forget(self, tree: Tree) -> None:
        """Close the run's job, or keep it for as long as what was left on purpose lives in it."""
        if tree in self._jobs:
            self._left.append(self._jobs.pop(tree))
        for job in [job for job in self._left if not _pids(job)]:
            self._left.remove(job)
            job.Close()

    def reap(self, live: Collection[int]) -> int:  # noqa: ARG002
        """Return 0: Windows buries its dead."""
        return 0

    def _strays(self) -> list[int]:
        """Return what is in the runner's job and in no run's."""
        jobs: Iterable[Any] = (*self._jobs.values(), *self._left)
        known = {self._me}.union(*(_pids(job) for job in jobs))
        return [pid for pid in _pids(self._own) if pid not in known]


def _ask_windows(pids: Collection[int]) -> set[int]:
    """Ask the visible windows of these processes to close; return the pids of those that have some."""
    asked: set[int] = set()

    def ask_window(window: int, _extra: None) -> bool:
        _, pid = win32process.GetWindowThreadProcessId(window)
        if pid in pids and win32gui.IsWindowVisible(window):
            with suppress(pywintypes.error):  # gone by now, or it runs with more rights than we have
                win32gui.PostMessage(window, win32con.WM_CLOSE, 0, 0)
                asked.add(pid)
        return True

    with suppress(pywintypes.error):  # a session without a desktop
        win32gui.EnumWindows(ask_window, None)
    return asked


def _hear_again() -> None:
    hear_ctrl_c(True)


def _new_job() -> Any:
    """Return the handle of a new job without a name, which is closed with its last reference."""
    return win32job.CreateJobObject(None, "")  # a PyHANDLE, though the stubs know of nothing


def _pids(job: Any) -> tuple[int, ...]:
    """Return the processes that live in a job."""
    return tuple(win32job.QueryInformationJobObject(job, win32job.JobObjectBasicProcessIdList))


def _assign(job: Any, pid: int) -> None:
    """Put a process into a job. One that has ended can't be, and need not."""
    with suppress(pywintypes.error):
        handle: Any = win32api.OpenProcess(win32con.PROCESS_SET_QUOTA | win32con.PROCESS_TERMINATE, False, pid)
        try:
            win32job.AssignProcessToJobObject(job, handle)
        finally:
            handle.Close()


def _token(pid: int) -> str | None:
    """Return the token in a process's environment, if there is one and it may be read."""
    try:
        return psutil.Process(pid).environ().get(MARK)
    except (psutil.Error, OSError):
        return None


def _member(pid: int) -> Member | None:
    """Return a living process, or None when it is gone, or only a console's host.

    The host is Windows' own part of a console. It ends with its last program, but a moment after it: counted, it
    would make a plain end look as if something had been left.
    """
    try:
        process = psutil.Process(pid)
        created = process.create_time()
    except psutil.Error:
        return None
    name = _name(pid)
    return None if name is None or name.lower() == "conhost.exe" else Member(pid, created, name)


def _name(pid: int) -> str | None:
    """Return the name of a process's program, None when it has ended, or nothing when it isn't told.

    psutil can't tell it under Wine. One that is just ending can still be found, and has no name any more: a console's
    host would be taken for something else then.
    """
    kernel32 = ctypes.windll.kernel32
    path = ctypes.create_unicode_buffer(_LONGEST_PATH)
    length = wintypes.DWORD(_LONGEST_PATH)
    try:
        handle: Any = win32api.OpenProcess(win32con.PROCESS_QUERY_LIMITED_INFORMATION, False, pid)
    except pywintypes.error as error:
        return None if error.winerror == winerror.ERROR_INVALID_PARAMETER else ""  # no such process
    try:
        kernel32.QueryFullProcessImageNameW(wintypes.HANDLE(int(handle)), 0, path, ctypes.byref(length))
        has_ended = win32process.GetExitCodeProcess(handle) != win32con.STILL_ACTIVE
    finally:
        handle.Close()
    return None if has_ended else ntpath.basename(path.value)
