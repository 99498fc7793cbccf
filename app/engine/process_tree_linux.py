"""Process trees on Linux: a subreaper, sessions, and the token in /proc/PID/environ.

The runner makes itself a subreaper: whatever a job starts stays below it, because an orphan gets the nearest
living subreaper as its parent. (A job's own subreaper keeps its orphans until it dies; then they come up
too.)

Why quiet() needs nothing but the runner's own children. Let D be alive, and started by a direct child that
has ended. A zombie has no children, so D's parent is alive, and is either the runner or again something this
direct child started. Going from parent to parent must end, and can end only at the runner. So some living
child of the runner comes from this direct child without being one. What other runs start hangs below their
direct children, or is an orphan of theirs. If nothing is left after taking away all direct children, and the
orphans known to be others', then nothing of this run lives.

Out of reach: what a job lets somebody else start (systemd-run, at, docker); and, only after a killed runner,
what left the session and forgot the token too.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from app.desktop.process_facts import is_one_time
from app.engine.handles_linux import Handles, kill_one, member_of
from app.engine.newcomers_linux import hunt, look_at
from app.engine.proc_linux import (
    Process,
    add_newcomers,
    children_of,
    children_of_main_thread,
    moment,
    moment_of_now,
    read_process,
    still_lives,
    table_of_processes,
    ticks,
    variables_of,
)
from app.engine.process_tree import MARK, Member, Tree, spread
from app.launch import RUNNER_VARIABLE

if sys.platform != "linux":
    raise ImportError("this reads /proc of Linux")

if TYPE_CHECKING:
    from PySide6.QtCore import QProcess

_PR_SET_CHILD_SUBREAPER = 36

_LOOKS = 50
"""For newcomers, not for ever: while these come without pause the other trees want an answer too."""

_OF_NO_RUN = b""
"""In place of the token of a runner that a job has started for another queue."""


class _Span(NamedTuple):
    """From when to when, in ticks, a run's direct child was created: from before its start to after it, if need be."""

    since: int
    until: int


@dataclass(frozen=True, slots=True)
class _Orphan:
    """A child that this process did not start. `token`: whose it says it is; None when it says nothing."""

    process: Process
    token: bytes | None


class LinuxTrees:
    """ProcessTrees for Linux."""

    def __init__(self) -> None:
        self._me = os.getpid()
        self._session = os.getsid(0)
        self._adopted = False
        self._orphans: dict[int, _Orphan] = {}  # only we bury them, so until then their pids are not reused
        self._groups: dict[Tree, dict[int, list[int]]] = {}  # as the last sweep saw them; kill() comes soon after it
        self._handles = Handles()
        self._starting = threading.Lock()  # held from before a child is there until its run is known
        self._burying = threading.Lock()  # where one is buried while children are read, the kernel passes over others
        self._lock = threading.Lock()  # for the four below, which are read on another thread
        self._started: dict[Tree, _Span] = {}  # runs that go on
        self._swept: set[Tree] = set()
        self._killed: dict[Tree, set[int]] = {}  # with the pids that kill() was called with last
        self._left: set[tuple[int, int]] = set()  # pid and start of what was left on purpose and says nothing

    def adopt(self) -> None:
        """Become a subreaper. Raises OSError where the kernel refuses (before 3.4)."""
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        self._adopted = True

    def configure(self, process: QProcess) -> None:
        """Give the job a session of its own, default signals and none of our files.

        Python ignores SIGXFSZ, and what is ignored is inherited (of SIGPIPE Qt takes care itself). An
        inherited lock file would keep the runner's lock for as long as a job's child lives. The 1.4 ms that
        start() takes are the same with and without these flags, and with UseVFork (200 starts each).
        """
        process.setUnixProcessParameters(_flags())

    def starting(self) -> AbstractContextManager[object]:
        """Give a lock: while it is held, members() doesn't ask what runs there are.

        A child that has not begun its program shows no environment. In 5 of 1,000 sweeps beside short jobs one passed
        for a nameless orphan of a run that was being ended: who had started it still waited for the interpreter.
        """
        return self._starting

    def started(self, tree: Tree) -> None:
        """Take notice of a run: orphans that say nothing and are younger than it may be its own."""
        until = ticks(moment_of_now())
        since = until if tree.created is None else ticks(tree.created)  # None: its direct child is gone already
        with self._lock:
            self._started[tree] = _Span(since, until)

    def hold(self, tree: Tree) -> None:
        """Open a handle of the direct child of a run that goes on."""
        if tree in self._started:
            self._handles.hold(tree)

    def quiet(self, tree: Tree, live: Collection[int]) -> bool:
        """Look at this process's own children only; the proof stands above."""
        if not self._adopted or (tree.pid is not None and tree.pid in live):
            return False
        orphans, _ = self._visit_orphans(children_of_main_thread(), live)
        return not any(self._may_own(tree, orphan) for orphan in orphans)

    def reap(self, live: Collection[int]) -> int:
        """Bury by pid: waiting for any child would steal the exit status that a QProcess waits for."""
        _, buried = self._visit_orphans(children_of(self._me), live)
        return buried

    def members(
        self, trees: Sequence[Tree], latecomers: Callable[[], Sequence[Tree]] = tuple
    ) -> dict[Tree, list[Member]]:
        """Sweep /proc. What can't be read (gone, or another user's) is judged by what can."""
        table = table_of_processes()
        late = latecomers()
        if late:
            add_newcomers(table)  # what these have started since then is to be asked too
        trees = [*trees, *late]
        if not trees:  # those that were expected did not come
            return {}
        with self._starting, self._lock:
            started, left = dict(self._started), frozenset(self._left)
            self._swept.update(tree for tree in trees if tree in started)
        alive = {pid: process for pid, process in table.items() if process.alive and pid != self._me}
        # Nothing of a run is older than the run: most environments need not be read (10 us each, a stat 16).
        since = min(started[tree].since if tree in started else 0 for tree in trees)
        tokens = self._tokens(trees, started, alive, since)
        children: dict[int, list[int]] = {}
        for pid, process in alive.items():
            children.setdefault(process.parent, []).append(pid)
        by_token = {tree.token.encode(): tree for tree in trees}
        owners = {pid: by_token[token] for pid, token in tokens.items() if token in by_token}
        sessions: dict[int, list[int]] = {}
        for pid, process in alive.items():
            sessions.setdefault(process.session, []).append(pid)
        for tree in trees:
            session = [] if tree.pid is None else sessions.get(tree.pid, [])
            for pid in self._of_session(tree, session, started, table, children, owners):
                owners.setdefault(pid, tree)
        for pid in children.get(self._me, ()) if self._adopted else ():
            process = alive[pid]
            if tokens.get(pid) is None and process.session != self._session:
                claimants = _claimants(process, started, left)
                # Which run a nameless orphan belongs to can't be told while several may own it: the last one
                # that ends takes it along. Better that than ending what belongs to a run that goes on.
                if claimants and set(claimants) <= set(trees) and still_lives(process):
                    owners.setdefault(pid, claimants[-1])
        spread(owners, children)
        self._groups = self._groups_of(owners, alive)
        return self._found(trees, owners, alive, set(table))

    def _found(
        self, trees: Sequence[Tree], owners: Mapping[int, Tree], alive: Mapping[int, Process], known: set[int]
    ) -> dict[Tree, list[Member]]:
        """Return the members of each tree: where there are none, what this process adopted beside the known pids."""
        found: dict[Tree, list[Member]] = {tree: [] for tree in trees}
        for pid, tree in owners.items():
            found[tree].append(member_of(alive[pid]))
        empty = [tree for tree in trees if not found[tree]]
        if not self._adopted or not empty:
            return found
        for _ in range(_LOOKS):
            new = [pid for pid in self._children() if pid not in known]
            if not new:
                return found
            known.update(new)
            look_at(new, empty, lambda tree, process: found[tree].append(member_of(process)))
        return {tree: members for tree, members in found.items() if members}

    def _children(self) -> list[int]:
        """Return the children of this process, whatever thread asks.

        They are read twice: Qt buries when it wants to, and who is buried meanwhile has the kernel pass over another.
        """
        with self._burying:
            return list(dict.fromkeys([*children_of_main_thread(), *children_of_main_thread()]))

    def _tokens(
        self, trees: Sequence[Tree], started: Mapping[Tree, _Span], alive: dict[int, Process], since: int
    ) -> dict[int, bytes | None]:
        """Return the tokens of what was created since a moment; what is of another queue is taken out of the living."""
        tokens: dict[int, bytes | None] = {}
        roots = {tree.pid: tree for tree in trees if tree.pid is not None}
        for pid in [pid for pid, process in alive.items() if process.start >= since]:
            if pid in roots and roots[pid] in started and self._is_root(roots[pid], started, alive[pid]):
                tokens[pid] = roots[pid].token.encode()  # which it was started with: nothing needs to be read
                continue
            tokens[pid], runner = variables_of(pid, MARK, RUNNER_VARIABLE)
            if runner is not None and pid not in roots:
                del alive[pid], tokens[pid]  # another queue's: neither it nor what hangs below it is any run's
        return tokens

    def ask(self, due: Mapping[Tree, Sequence[Member]]) -> tuple[()]:
        """Ask each by its handle; nobody refuses."""
        self._handles.ask(due)
        return ()

    def kill(self, tree: Tree, members: Sequence[Member]) -> None:
        """Send SIGKILL to their process groups, and to each that was in none of them at the last sweep.

        Groups first: the kernel kills a group in one step, so that one which forks all the time can't get away.
        With single signals a chain of forks, each living for half a millisecond, outran ten seconds of rounds.
        """
        killed: set[int] = set()
        for group, pids in self._groups.pop(tree, {}).items():
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
                killed.update(pids)
        for member in members:
            if member.pid not in killed:
                kill_one(member)
        with self._lock:
            before = self._killed.get(tree)
            self._killed[tree] = now = {member.pid for member in members}
            hunted = list(self._killed)
        if self._adopted and before is not None and not now <= before:
            hunt(hunted, self._children)

    def forget(self, tree: Tree) -> None:
        """Let go of a run. Nameless orphans of one that was never swept were left on purpose, and stay."""
        with self._lock:
            if tree not in self._swept:
                self._left.update(
                    (orphan.process.pid, orphan.process.start)
                    for orphan in self._orphans.values()
                    if orphan.token is None and tree in _claimants(orphan.process, self._started, self._left)
                )
            self._swept.discard(tree)
            self._killed.pop(tree, None)
            self._started.pop(tree, None)
        self._handles.let_go(tree)

    def _groups_of(self, owners: Mapping[int, Tree], alive: Mapping[int, Process]) -> dict[Tree, dict[int, list[int]]]:
        """Return the process groups that are a tree's with every member, until the next sweep, and their members.

        A group is in one session, so no stranger can join it, and its number is not given away again before
        all other pids were.
        """
        members: dict[int, list[int]] = {}
        for pid, process in alive.items():
            members.setdefault(process.group, []).append(pid)
        groups: dict[Tree, dict[int, list[int]]] = {}
        for group, pids in members.items():
            trees = {owners.get(pid) for pid in pids}
            if len(trees) == 1 and (tree := trees.pop()) is not None and group not in (0, 1, os.getpgrp()):
                groups.setdefault(tree, {})[group] = pids
        return groups

    def _is_root(self, tree: Tree, started: Mapping[Tree, _Span], process: Process) -> bool:
        if tree in started:  # a stranger gets its pid only after it was buried, and so after the span
            return started[tree].since <= process.start <= started[tree].until
        return tree.created is not None and is_one_time(moment(process), tree.created)

    def _of_session(
        self,
        tree: Tree,
        session: list[int],
        started: Mapping[Tree, _Span],
        table: Mapping[int, Process],
        children: Mapping[int, Sequence[int]],
        owners: Mapping[int, Tree],
    ) -> list[int]:
        """Return the pids of the session that the direct child leads or led, if it surely is that session.

        The number of a session is not reused while it has members; after that a stranger may get it. When
        there is no leader to look at, the session is the run's if a process in it has the token, or if it
        hangs below this process and the run still goes on.
        """
        if tree.pid is None:
            return []
        leader = table.get(tree.pid)
        if leader is not None:
            return session if self._is_root(tree, started, leader) else []
        if any(owners.get(pid) == tree for pid in session):
            return session
        if tree not in started or not session:
            return []
        below = {self._me: tree}
        spread(below, children)
        return [pid for pid in session if pid in below]

    def _may_own(self, tree: Tree, orphan: _Orphan) -> bool:
        if orphan.token is not None:
            return orphan.token == tree.token.encode()
        return tree in _claimants(orphan.process, self._started, self._left)

    def _visit_orphans(self, children: Collection[int], live: Collection[int]) -> tuple[list[_Orphan], int]:
        """Bury the dead among the children that were adopted; return the living, and how many were buried."""
        direct = {tree.pid for tree in self._started}
        living: list[_Orphan] = []
        buried = 0
        for pid in children:
            if pid in live or pid in direct:
                continue
            orphan = self._orphans.get(pid)
            if orphan is None:
                process = read_process(pid)
                # What this process starts for itself stays in its session; no job's process can get there.
                if process is None or process.session == self._session:
                    continue
                token, runner = variables_of(pid, MARK, RUNNER_VARIABLE)
                orphan = self._orphans[pid] = _Orphan(process, token if runner is None else _OF_NO_RUN)
            with self._burying:
                is_alive = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG) is None
            if is_alive:
                living.append(orphan)
            else:
                del self._orphans[pid]
                buried += 1
        return living, buried


@cache
def _flags() -> QProcess.UnixProcessFlag:
    """Put the flags together once: that, and an import within a function, cost more than handing them over."""
    from PySide6.QtCore import QProcess

    flag = QProcess.UnixProcessFlag
    return flag.CreateNewSession | flag.ResetSignalHandlers | flag.CloseFileDescriptors


def _claimants(orphan: Process, started: Mapping[Tree, _Span], left: Collection[tuple[int, int]]) -> list[Tree]:
    """Return the runs that may have started an orphan without a token: its session's, else all older ones."""
    if (orphan.pid, orphan.start) in left:
        return []
    older = [tree for tree, span in started.items() if span.since <= orphan.start]
    return [tree for tree in older if tree.pid == orphan.session] or older
