"""Finding and ending everything that one run of a job started, whatever the platform.

A job is a shell command, and a shell command can start processes that outlive it, leave its session, ignore
SIGTERM or forget their environment. The promise "never two runs of one job at a time" and every timeout rest
on finding all of them. Each platform has its own way, in a file of its own; this one holds what they share.
No Qt here, so that the command line can end what a killed runner left without importing it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if sys.platform == "linux":
    from app.engine.proc_linux import moment_of_now

if TYPE_CHECKING:
    from PySide6.QtCore import QProcess

MARK = "QUEUECTL_TOKEN"
"""The environment variable that holds the token."""

# Seconds between two rounds while trees are being ended. Quick at first: most trees are gone after one round.
PAUSES = (0.002, 0.005, 0.01, 0.02, 0.05)


class Tree(Struct, frozen=True):
    """What one run may have started.

    Attributes:
        token: the run's random 128-bit token, as hex; the job's environment holds it as QUEUECTL_TOKEN.
        pid: the direct child, which on POSIX leads its own session; None when it is not known.
        created: when that child was created, by `process_facts.created()`, or the moment before its start, by
            `before_start()`; None when it is not known. Pids are reused, so without this one proves nothing.
    """

    token: str
    pid: int | None
    created: float | None


@dataclass(frozen=True)
class Member:
    """One living process of a tree. `created`, as its platform counts it, is its identity together with `pid`."""

    pid: int
    created: float
    name: str


class ProcessTrees(Protocol):
    """What a platform can do about trees. One object per process.

    `members`, `ask` and `kill` may be called on any one thread at a time; all else belongs to the thread that
    starts the QProcesses, because there nobody else buries children meanwhile.
    """

    def adopt(self) -> None:
        """Make this process the keeper of all that its jobs start. Once, before the first job."""

    def configure(self, process: QProcess) -> None:
        """Prepare a QProcess for being the root of a tree. Before its start()."""

    def starting(self) -> AbstractContextManager[object]:
        """Give what start() and started() stand in: a child that nobody was told of yet is no orphan of another run."""

    def started(self, tree: Tree) -> None:
        """Take notice of a tree whose direct child runs. Right after start()."""

    def hold(self, tree: Tree) -> None:
        """Take hold of a tree's direct child, which surely is not buried yet, shortly before it is asked to end."""

    def quiet(self, tree: Tree, live: Collection[int]) -> bool:
        """Look cheaply, when the direct child has ended, whether it left something running.

        Args:
            tree: the run whose direct child has ended.
            live: the pids of all QProcesses that are not in the state NotRunning.

        Returns:
            True: surely nothing of this run lives. False: something may; a sweep must tell.
        """

    def members(
        self, trees: Sequence[Tree], latecomers: Callable[[], Sequence[Tree]] = tuple
    ) -> dict[Tree, list[Member]]:
        """Find the living processes of all these trees in one sweep.

        Never among them: this process, and zombies (dead, only not yet buried). A tree that has none is in the answer
        without any; one of which nothing can be told for now, since it changes faster than one can look, is not in it.

        Args:
            trees: whose processes to find.
            latecomers: called once, when the processes have been read, which takes the longest: more trees to look for
                in what was read, and in what has started since. What has ended since may be found all the same, and if
                nothing is found of one of these, that proves nothing: it may be younger.
        """

    def ask(self, due: Mapping[Tree, Sequence[Member]]) -> Collection[Tree]:
        """Ask the processes of these trees to end, at once if need be for all.

        Returns:
            The trees of which nobody can be asked: for them only kill() is left.
        """

    def kill(self, tree: Tree, members: Sequence[Member]) -> None:
        """End these processes at once, except those that are gone, even if their pid is somebody's again."""

    def forget(self, tree: Tree) -> None:
        """Let go of a tree: nothing more will be asked about it. Once for every tree that was started()."""

    def reap(self, live: Collection[int]) -> int:
        """Bury dead orphans that this process adopted and return how many; never a pid in `live`."""


class StillAliveError(Exception):
    """Some processes did not die within the patience given. `left` says which, by tree."""

    def __init__(self, left: Mapping[Tree, Sequence[Member]]) -> None:
        self.left = dict(left)
        names = ", ".join(f"{member.name} ({member.pid})" for found in left.values() for member in found)
        super().__init__(f"cannot be ended: {names}")


def process_trees() -> ProcessTrees:
    """Return what this platform can do. Unknown platforms get macOS's way, which needs nothing but POSIX."""
    if sys.platform == "win32":
        from app.engine.process_tree_windows import WindowsTrees

        return WindowsTrees()
    if sys.platform == "linux":
        from app.engine.process_tree_linux import LinuxTrees

        return LinuxTrees()
    from app.engine.process_tree_darwin import DarwinTrees

    return DarwinTrees()


def before_start() -> float | None:
    """Return the moment that stands for the creation of a process which is started next; None: ask `created()` then.

    Reading it from /proc takes 0.07 ms of each start, and only who goes on is ever looked for by it.
    """
    if sys.platform == "linux":
        return moment_of_now()
    return None


def end_now(
    platform: ProcessTrees,
    trees: Iterable[Tree],
    *,
    clock: Callable[[], float] = time.monotonic,
    wait: Callable[[float], None] = time.sleep,
    patience: float = 10.0,
) -> dict[Tree, int]:
    """Kill, and wait until a round finds nothing left. For what a killed runner left behind.

    Args:
        platform: what this platform can do.
        trees: what is to be ended.
        clock: a monotonic clock, in seconds.
        wait: lets seconds pass.
        patience: in seconds.

    Returns:
        How many different processes were found, for each tree.

    Raises:
        StillAliveError: some lived on for longer than the patience.
    """
    seen: dict[Tree, set[tuple[int, float]]] = {tree: set() for tree in trees}
    remaining = list(seen)
    begun = clock()
    rounds = 0
    while remaining:
        found = platform.members(remaining)
        remaining = [tree for tree in remaining if found.get(tree) != []]
        if remaining and clock() - begun > patience:
            raise StillAliveError({tree: found.get(tree, []) for tree in remaining})
        for tree in remaining:
            if members := found.get(tree):
                seen[tree].update((member.pid, member.created) for member in members)
                platform.kill(tree, members)
        if remaining:
            wait(PAUSES[min(rounds, len(PAUSES) - 1)])
            rounds += 1
    return {tree: len(identities) for tree, identities in seen.items()}


def spread(owners: dict[int, Tree], children: Mapping[int, Sequence[int]]) -> None:
    """Give every descendant of an owned process to the same tree.

    Args:
        owners: tree by pid; what is found is added.
        children: pids by their parent's pid.
    """
    unvisited = list(owners)
    while unvisited:
        parent = unvisited.pop()
        for child in children.get(parent, ()):
            if child not in owners:
                owners[child] = owners[parent]
                unvisited.append(child)
