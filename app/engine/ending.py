"""Ending trees: ask, wait for the grace, kill, and look again until nothing is left.

A sweep takes milliseconds, far too long for the event loop, so one thread does this for all trees that are
ending, with one sweep a round for all of them. While nothing is ending the thread waits on a condition and
uses no time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Signal

from app.engine.process_tree import PAUSES, Member, ProcessTrees, Tree

_log = logging.getLogger(__name__)

# A process that lives on after so many seconds of SIGKILL is not going to die soon (it waits for a dead disk,
# or belongs to another user): look once a second then, and say so.
_STUBBORN_AFTER = 5.0
_STUBBORN_PAUSE = 1.0

# Seconds between two rounds of a tree within its grace: a round takes 10 ms of a processor and more, and of the end of
# its command, which mostly ends it all, its run tells.
_PAUSES_OF_GRACE = (*PAUSES, 0.1, 0.2)

_NAMES = 5

_PATIENCE = 0.005
"""Seconds to wait for a tree that was expected and does not come: its command has ended, or it comes late."""


@dataclass(frozen=True)
class Ended:
    """Nothing of this tree lives any more.

    Attributes:
        tree: which.
        found: how many different processes were seen, the direct child not counted.
        names: the names of the first of these.
        asked: whether they were asked to end.
        killed: whether some had to be killed.
    """

    tree: Tree
    found: int
    names: tuple[str, ...]
    asked: bool
    killed: bool

    @property
    def told(self) -> str:
        """What a run says of it."""
        return f"{self.found} process(es) ended: {', '.join(self.names)}"


@dataclass
class _Ending:
    """One tree on its way. `grace` counts from when it was asked, so that a late sweep takes nothing from it."""

    tree: Tree
    grace: float
    command_ended: bool
    asked_at: float | None = None
    killed_at: float | None = None
    rounds: int = 0
    stubborn: bool = False
    troubled: bool = False
    seen: dict[tuple[int, float], str] = field(default_factory=dict)

    @property
    def is_to_be_asked(self) -> bool:
        """Whether it has a grace and was neither asked nor killed."""
        return self.killed_at is None and self.asked_at is None and self.grace > 0

    def pause(self, now: float) -> float:
        """Return the seconds until this tree wants the next round."""
        if self.stubborn or self.troubled:
            return _STUBBORN_PAUSE
        if self.killed_at is None and self.asked_at is not None:
            pause = _PAUSES_OF_GRACE[min(self.rounds, len(_PAUSES_OF_GRACE) - 1)]
            return max(0.0, min(pause, self.asked_at + self.grace - now))
        return PAUSES[min(self.rounds, len(PAUSES) - 1)]

    def trouble(self, what: str) -> None:
        """Log the exception being handled, once for a tree, and go slowly from now on."""
        if not self.troubled:
            _log.exception("A process tree (pid %s) %s.", self.tree.pid, what)
        self.troubled = True

    def result(self) -> Ended:
        """Return what there is to tell."""
        others = [name for (pid, _), name in self.seen.items() if pid != self.tree.pid]
        names = tuple(others[:_NAMES])
        return Ended(self.tree, len(others), names, self.asked_at is not None, self.killed_at is not None)


@dataclass
class _Expected:
    """So many trees come together, `until` a moment of time.monotonic()."""

    trees: int
    until: float


class Endings(QObject):
    """Ends trees in the background. All methods may be called from any thread.

    A tree that can't be ended keeps its run open for ever: that two runs of one job never overlap is worth
    more than a free worker.
    """

    ended = Signal(object)
    """Ended. Sent on the background thread: connect a QObject's method, and it runs on that one's thread."""

    def __init__(
        self,
        platform: ProcessTrees,
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._platform = platform
        self._clock = clock
        self._changed = threading.Condition()  # guards the five below
        self._endings: dict[Tree, _Ending] = {}
        self._news = False
        self._expected: deque[_Expected] = deque()
        self._closing = False
        self._thread: threading.Thread | None = None

    def end(self, tree: Tree, grace: float, *, command_ended: bool = False) -> None:
        """Ask a tree to end, and kill what is left of it after `grace` seconds; with 0, at once.

        For a tree that is ending already the earlier kill counts.

        Args:
            tree: which.
            grace: in seconds.
            command_ended: whether its command has: what was read before says nothing of what that has left.
        """
        with self._changed:
            if tree not in self._endings:
                self._has_come()
            ending = self._endings.setdefault(tree, _Ending(tree, grace, command_ended))
            used = 0.0 if ending.asked_at is None else self._clock() - ending.asked_at
            ending.grace = min(ending.grace, used + grace)
            self._wake()

    def expect(self, trees: int, within: float) -> None:
        """Get ready for so many trees, which most likely are to be ended within some seconds.

        What processes there are is read meanwhile, so that they can be asked as soon as they come.
        """
        with self._changed:
            self._expected.append(_Expected(trees, time.monotonic() + within + _PATIENCE))
            self._wake()

    def look(self, tree: Tree) -> None:
        """Look now, and soon again: the command of a tree that has its grace has ended."""
        with self._changed:
            ending = self._endings.get(tree)
            if ending is not None and ending.killed_at is None:
                ending.rounds = 0
                self._wake()

    def hurry(self, tree: Tree) -> None:
        """Kill now what is still within its grace. A tree that has ended already is left alone."""
        with self._changed:
            if tree in self._endings:
                self._endings[tree].grace = 0.0
                self._wake()

    def close(self) -> list[Tree]:
        """Stop the thread and wait for it. Returns the trees that have not ended, which nobody is told of."""
        with self._changed:
            self._closing = True
            thread = self._thread
            self._changed.notify_all()
        if thread is not None:
            thread.join()
        return list(self._endings)

    def end_all_and_close(self, patience: float) -> list[Tree]:
        """Kill all that is ending, wait up to `patience` seconds until none is left, and close.

        For the end of the session, when the event loop may not turn again. What has outlived its killing for long is
        not waited for. Returns what has not ended.
        """
        with self._changed:
            for ending in self._endings.values():
                ending.grace = 0.0
            if self._endings:
                self._wake()
            self._changed.wait_for(lambda: all(ending.stubborn for ending in self._endings.values()), patience)
        return self.close()

    def _wake(self) -> None:
        if self._news:  # so the thread has not begun its next round, which takes in whatever comes before that
            return
        if self._thread is None and not self._closing:
            thread = threading.Thread(target=self._run, name="endings", daemon=True)
            thread.start()
            self._thread = thread
        self._news = True
        self._changed.notify_all()

    def _run(self) -> None:
        pause: float | None = None
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._news or self._closing, pause)
                if self._closing:
                    return
                self._news = False
                endings = list(self._endings.values())
            pause = self._round(endings)

    def _round(self, endings: list[_Ending]) -> float | None:
        """Do once what is due about all trees. Returns the seconds until the next round, None for never."""
        found = self._sweep(endings)
        asked = [ending for ending in endings if ending.is_to_be_asked and found.get(ending.tree)]
        trees = {ending.tree for ending in asked}
        self._go_on([ending for ending in endings if ending.tree not in trees], found)
        if asked:
            self._ask(asked, found)
            self._go_on(asked, found)
        with self._changed:
            now = self._clock()
            return min((ending.pause(now) for ending in self._endings.values()), default=None)

    def _sweep(self, endings: list[_Ending]) -> dict[Tree, list[Member]]:
        """Find all members. A tree whose members can't be found out is missing from the answer.

        Trees that come meanwhile are added: a hundred deadlines pass at once, and one sweep serves all of them.
        """
        late: list[_Ending] = []
        trees = [ending.tree for ending in endings]

        def latecomers() -> list[Tree]:
            known = set(trees)
            with self._changed:
                self._await_expected()
                new = [ending for ending in self._endings.values() if ending.tree not in known]
                late.extend(ending for ending in new if not ending.command_ended)
                # all else that was said so far is in this round
                self._news = len(late) < len(new) or bool(self._expected)
            endings.extend(late)
            return [ending.tree for ending in late]

        try:
            found = self._platform.members(trees, latecomers)
            young = {ending.tree for ending in late if not found.get(ending.tree)}
            return {tree: members for tree, members in found.items() if tree not in young}
        except Exception:  # noqa: BLE001  See whose trouble it is; the others go on.
            found = {}
            for ending in endings:
                try:
                    found.update(self._platform.members([ending.tree]))
                except Exception:  # noqa: BLE001
                    ending.trouble("could not be looked for; trying again")
            return found

    def _has_come(self) -> None:
        first = next((expected for expected in self._expected if expected.trees), None)
        if first is not None:
            first.trees -= 1
            if not first.trees:
                self._changed.notify_all()

    def _await_expected(self) -> None:
        """Wait for the trees that are expected next, not longer than they were expected to take."""
        if self._expected:
            first = self._expected[0]
            self._changed.wait_for(lambda: self._closing or not first.trees, first.until - time.monotonic())
            self._expected.popleft()

    def _ask(self, endings: Sequence[_Ending], found: Mapping[Tree, Sequence[Member]]) -> None:
        """Ask trees to end, all at once. For one that can't be asked only the killing is left."""
        try:
            refused = self._platform.ask({ending.tree: found[ending.tree] for ending in endings})
        except Exception:  # noqa: BLE001  See whose trouble it is; the others are asked, some perhaps again.
            refused = [ending.tree for ending in endings if not self._ask_alone(ending, found[ending.tree])]
        for ending in endings:
            if ending.tree not in refused:
                ending.asked_at = self._clock()

    def _ask_alone(self, ending: _Ending, members: Sequence[Member]) -> bool:
        try:
            return not self._platform.ask({ending.tree: members})
        except Exception:  # noqa: BLE001  It has its grace all the same.
            ending.trouble("could not be asked to end")
            return True

    def _go_on(self, endings: Sequence[_Ending], found: Mapping[Tree, Sequence[Member]]) -> None:
        for ending in endings:
            members = found.get(ending.tree)
            try:
                if members:
                    self._press(ending, members)
                elif members is not None:
                    self._finish(ending)
            except Exception:  # noqa: BLE001  One tree's trouble must not leave the others' runs open.
                ending.trouble("could not be ended; trying again")

    def _press(self, ending: _Ending, members: Sequence[Member]) -> None:
        """Do what is due about a tree that still has members, and was asked if that is to be: wait, or kill."""
        now = self._clock()
        ending.seen.update(((member.pid, member.created), member.name) for member in members)
        ending.rounds += 1
        if ending.killed_at is None and ending.asked_at is not None and now < ending.asked_at + ending.grace:
            return
        if ending.killed_at is None:
            ending.killed_at = now
            ending.rounds = 0
        self._platform.kill(ending.tree, members)
        if now - ending.killed_at >= _STUBBORN_AFTER and not ending.stubborn:
            ending.stubborn = True
            names = ", ".join(f"{member.name} (pid {member.pid})" for member in members)
            _log.warning("Killed %.0f s ago and still alive: %s. Its run stays open.", _STUBBORN_AFTER, names)

    def _finish(self, ending: _Ending) -> None:
        with self._changed:
            del self._endings[ending.tree]
            self._changed.notify_all()
        self.ended.emit(ending.result())
