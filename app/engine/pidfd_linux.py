"""Signals to a process that surely is the one that was found: by a handle (pidfd_open(2)), never by its pid alone."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

from app.engine.proc_linux import Process, moment, read_process
from app.engine.process_tree import Member

if sys.platform != "linux":
    raise ImportError("only Linux has these handles")


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
