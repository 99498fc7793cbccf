"""Process trees on macOS: sessions, descendants and the token, by psutil. Typed, not yet run.

macOS has no subreaper: an orphan goes to launchd, and then only its session or its token tells whose it is. A
process that left the session and also hides its environment (as Apple's own programs do: the kernel keeps
theirs to itself) is not found once its parent is gone.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING

import psutil

from app.engine.process_tree import MARK, Member, Tree, spread

if sys.platform == "win32":
    raise ImportError("Windows has no sessions of this kind")

if TYPE_CHECKING:
    from PySide6.QtCore import QProcess

# Creation times have microseconds here, and move with corrections of the clock.
_SLACK = 2.0


class DarwinTrees:
    """ProcessTrees for macOS."""

    def __init__(self) -> None:
        self._me = os.getpid()

    def adopt(self) -> None:
        """Nothing to do: orphans can't be adopted here."""

    def configure(self, process: QProcess) -> None:
        """Give the job a session of its own, default signals and none of our files."""
        from PySide6.QtCore import QProcess

        flag = QProcess.UnixProcessFlag
        process.setUnixProcessParameters(flag.CreateNewSession | flag.ResetSignalHandlers | flag.CloseFileDescriptors)

    def starting(self) -> AbstractContextManager[object]:
        """Nothing to do: nobody is taken for an orphan here."""
        return nullcontext()

    def started(self, tree: Tree) -> None:
        """Nothing to do: there is nothing to hold on to."""

    def hold(self, tree: Tree) -> None:
        """Nothing to do: there are no handles of processes."""

    def quiet(self, tree: Tree, live: Collection[int]) -> bool:  # noqa: ARG002
        """Return False: without adopted orphans there is no cheap proof, so every end is swept."""
        return False

    def members(
        self, trees: Sequence[Tree], latecomers: Callable[[], Sequence[Tree]] = tuple
    ) -> dict[Tree, list[Member]]:
        """Sweep all processes. Those of other users show neither session nor environment."""
        tokens: dict[int, str] = {}
        members: dict[int, Member] = {}
        sessions: dict[int, list[int]] = {}
        children: dict[int, list[int]] = {}

        def read_newcomers() -> None:
            for process in psutil.process_iter():
                with suppress(psutil.Error, OSError):
                    pid = process.pid
                    if pid == self._me or pid in members or process.status() == psutil.STATUS_ZOMBIE:
                        continue
                    members[pid] = Member(pid, process.create_time(), process.name())
                    children.setdefault(process.ppid(), []).append(pid)
                    sessions.setdefault(os.getsid(pid), []).append(pid)
                    tokens[pid] = process.environ().get(MARK, "")

        read_newcomers()
        late = latecomers()
        if late:
            read_newcomers()  # what these have started since then is to be asked too
        trees = [*trees, *late]
        by_token = {tree.token: tree for tree in trees}
        owners = {pid: by_token[token] for pid, token in tokens.items() if token in by_token}
        for tree in trees:
            session = sessions.get(tree.pid, []) if tree.pid is not None else []
            if self._is_session_of(tree, session, members, owners):
                for pid in session:
                    owners.setdefault(pid, tree)
        spread(owners, children)
        found: dict[Tree, list[Member]] = {tree: [] for tree in trees}
        for pid, tree in owners.items():
            found[tree].append(members[pid])
        return found

    def ask(self, due: Mapping[Tree, Sequence[Member]]) -> tuple[()]:
        """Send SIGTERM, parents first, and SIGCONT, so that a stopped process can act on it."""
        for members in due.values():
            for member in sorted(members, key=lambda member: member.created):
                self._signal(member, signal.SIGTERM, signal.SIGCONT)
        return ()

    def kill(self, tree: Tree, members: Sequence[Member]) -> None:  # noqa: ARG002
        """Send SIGKILL to each."""
        for member in members:
            self._signal(member, signal.SIGKILL)

    def forget(self, tree: Tree) -> None:
        """Nothing to do."""

    def reap(self, live: Collection[int]) -> int:  # noqa: ARG002
        """Return 0: launchd buries orphans."""
        return 0

    def _is_session_of(
        self, tree: Tree, session: Sequence[int], members: dict[int, Member], owners: dict[int, Tree]
    ) -> bool:
        """Tell whether a session is the run's: by its leader, or without one by a token in it."""
        leader = None if tree.pid is None else members.get(tree.pid)
        if leader is None:
            return any(owners.get(pid) == tree for pid in session)
        return tree.created is not None and abs(leader.created - tree.created) <= _SLACK

    def _signal(self, member: Member, *signals: signal.Signals) -> None:
        """Send signals, unless the pid is another process's by now, which psutil looks at each time."""
        if member.pid <= 1 or member.pid == self._me:
            return
        with suppress(psutil.Error):
            process = psutil.Process(member.pid)
            if process.create_time() == member.created:
                for number in signals:
                    process.send_signal(number)
