"""What this process adopts while it looks for the members of trees: chains of forks that change their pid all the time.

Who forks and ends before its environment is read lives on in its child, and a sweep finds nothing of its tree. By the
proof in process_tree_linux.py a living tree without its direct child has some living child of this process. Looking at
these alone takes a tenth of a millisecond, where a sweep takes many.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress

from app.engine.handles_linux import kill_one, member_of
from app.engine.proc_linux import Process, read_process, variables_of
from app.engine.process_tree import MARK, Tree
from app.launch import RUNNER_VARIABLE

if sys.platform != "linux":
    raise ImportError("only Linux lets a process adopt orphans")

_HUNT = 0.02
"""Seconds. It is done only in a round that has found new pids in a tree which was killed before."""


def look_at(pids: Sequence[int], trees: Collection[Tree], tell: Callable[[Tree, Process], None]) -> None:
    """Tell which of these children of this process live and are of these trees.

    Who has no token is passed over, for it may be what this process is just starting.

    Args:
        pids: the children, in the order in which they came.
        trees: whose they may be.
        tell: called with each that was found.
    """
    by_token: dict[bytes | None, Tree] = {tree.token.encode(): tree for tree in trees}
    for pid in reversed(pids):  # the youngest most likely lives
        token, runner = variables_of(pid, MARK, RUNNER_VARIABLE)
        process = read_process(pid)  # after its environment: who has ended meanwhile is no member
        if token in by_token and runner is None and process is not None and process.alive:
            tell(by_token[token], process)


def hunt(trees: Collection[Tree], children: Callable[[], Sequence[int]]) -> None:
    """Kill what forked on while it was killed, as soon as it is adopted.

    Who changes its pid faster than a sweep is gone at each: of five such chains at once some lived on for ever.

    Args:
        trees: which.
        children: tells the children of this process.
    """
    known: set[int] = set()
    end = time.monotonic() + _HUNT
    while time.monotonic() < end:
        new = [pid for pid in children() if pid not in known]
        known.update(new)
        look_at(new, trees, lambda _, process: _kill(process))


def _kill(process: Process) -> None:
    if process.group != process.pid:
        kill_one(member_of(process))
        return
    with suppress(ProcessLookupError, PermissionError):  # nobody is in its group but what it started
        os.killpg(process.group, signal.SIGKILL)
