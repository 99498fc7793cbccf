"""Signals on Linux by handles of processes (pidfd_open(2)): they never reach another that has got the same pid."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress

from app.engine.proc_linux import Process, moment, read_process
from app.engine.process_tree import Member, Tree

if sys.platform != "linux":
    raise ImportError("only Linux has these handles")

_AT_ONCE = 100
"""So many processes are asked to end in one go: each takes a handle, and a process may have 1024 files open or less."""


class Handles:
    """Opens handles and sends by them.

    A direct child can be held from before it is buried, and is then asked without a look. To look first whether a pid
    is still the same process's takes 0.1 ms and more beside other work, and a hundred may be asked together.
    """

    def __init__(self) -> None:
        self._held: dict[Tree, int] = {}  # two threads take from it, each in one step

    def hold(self, tree: Tree) -> None:
        """Hold a tree's direct child, which is not buried yet. Without room for another file it is not held."""
        if tree.pid is not None and tree not in self._held:
            with suppress(OSError):
                self._held[tree] = os.pidfd_open(tree.pid)

    def let_go(self, tree: Tree) -> None:
        """Hold it no more, if it is held."""
        handle = self._held.pop(tree, None)
        if handle is not None:
            os.close(handle)

    def ask(self, due: Mapping[Tree, Sequence[Member]]) -> None:
        """Send SIGTERM, parents first: a shell whose child ends first would go on with its next command.

        SIGCONT after it lets a stopped process act on it. Many are looked at before one is asked: a hundred that wake
        up take the processor from who still has to ask the others. Who was asked is held no more.

        Raises:
            OSError: there was no room for one handle.
        """
        members: list[tuple[Tree, Member]] = []
        for tree, of_tree in due.items():
            members += [(tree, member) for member in sorted(of_tree, key=lambda member: member.created)]
        asked = 0
        while asked < len(members):
            asked += self._ask_some(members[asked : asked + _AT_ONCE])

    def _ask_some(self, members: Sequence[tuple[Tree, Member]]) -> int:
        """Ask processes while this one may have a handle for each; return how many were asked, or are gone."""
        looked_at = 0
        handles: list[int] = []
        with ExitStack() as open_handles:
            for tree, member in members:
                handle = self._held.pop(tree, None) if member.pid == tree.pid else None
                if handle is None:
                    try:
                        handle = handle_of(member)
                    except OSError:
                        if not handles:
                            raise
                        break  # this process has as many files open as it may: these first
                looked_at += 1
                if handle is not None:
                    open_handles.callback(os.close, handle)
                    handles.append(handle)
            for handle in handles:
                send(handle, signal.SIGTERM, signal.SIGCONT)
        return looked_at


def member_of(process: Process) -> Member:
    """Return a process as a member of a tree."""
    return Member(process.pid, moment(process), process.name)


def handle_of(member: Member) -> int | None:
    """Open a handle of a process; None where it is gone, and its pid another's perhaps."""
    if member.pid <= 1 or member.pid == os.getpid():
        return None
    try:
        handle = os.pidfd_open(member.pid)
    except ProcessLookupError:
        return None
    # it is open before the identity is looked at, so that it can't change in between
    try:
        process = read_process(member.pid)
    except BaseException:
        os.close(handle)
        raise
    if process is not None and moment(process) == member.created:
        return handle
    os.close(handle)
    return None


def send(handle: int, *signals: signal.Signals) -> None:
    """Send signals by a handle. Who is gone, or not ours to signal, gets none."""
    # Not allowed to (it became another user's): it stays a member, and who waits for its end says so.
    with suppress(ProcessLookupError, PermissionError):
        for number in signals:
            signal.pidfd_send_signal(handle, number)


def kill_one(member: Member) -> None:
    """Send SIGKILL to a process, if it is still the same one."""
    handle = handle_of(member)
    if handle is not None:
        send(handle, signal.SIGKILL)
        os.close(handle)
