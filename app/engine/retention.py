"""Letting go of what is kept long enough: at the start, hourly, and when outputs grow beyond their bound.

A sweep is many small tasks of the writer, each asked for when the one before is done. So a claim or an end that comes
meanwhile waits for one of them at most.
"""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QTimer

from app.domain.job import State
from app.engine.clock_doubt import ClockDoubt
from app.engine.clocks import elapsed_seconds
from app.engine.writer import Writer
from app.messages import Message, message
from app.store.notices import NoticeKind
from app.store.retention import START, STEP, Keep
from app.store.store import Store

_log = logging.getLogger(__name__)

_EVERY: Final = 3_600_000
_DAY: Final = 24 * 3_600_000
_TOLD_EVERY: Final = 24 * 3_600.0

_FREED_DOWN_TO: Final = 0.9
"""The part of keep-outputs that freeing leaves: not each run that ends is then followed by a look at all files."""

_KEPT_LONGEST: Final = frozenset({State.DEAD})
_NEVER_FREED: Final = frozenset({State.PROCESSING})
_FREED_FIRST: Final = frozenset(State) - _KEPT_LONGEST - _NEVER_FREED


class Sweep:
    """One look at everything that is kept, a step at a time; a step that fails can be tried again.

    Attributes:
        removed: jobs that were removed so far.
        forgotten: jobs removed a day ago that are forgotten for good.
        freed: outputs deleted for keep-outputs; ``freed_bytes`` is what they took.
        left: bytes that all outputs take in the end.

    Args:
        keep: what the options say.
        folders: the names in the folder of outputs, where it is to be looked through for what a kill left.
        by_age: whether the clock tells how old something is; else what goes by its age stays.
    """

    def __init__(self, keep: Keep, folders: Iterator[str] | None = None, *, by_age: bool = True) -> None:
        self.removed = self.forgotten = self.freed = self.freed_bytes = self.left = 0
        self._keep = keep
        self._folders = iter(()) if folders is None else folders
        self._most = keep.outputs
        self._place = START
        self._phases: deque[Callable[[Store], bool]] = deque([self._free_unknown])
        if by_age:
            self._phases.appendleft(self._forget_removed)
        if keep.completed and by_age:
            self._phases.append(lambda store: self._remove_aged(store, State.COMPLETED, keep.completed))
        if keep.cancelled and by_age:
            self._phases.append(lambda store: self._remove_aged(store, State.CANCELLED, keep.cancelled))
        if keep.completed_count:
            self._phases.append(self._remove_surplus)
        if keep.outputs:
            self._phases += (self._count_outputs, self._free_outputs, self._free_dead_outputs)
        self._phases.append(self._look_what_is_left)

    def step(self, store: Store) -> bool:
        """Do the next step, and tell whether there is another."""
        if not self._phases[0](store):
            self._phases.popleft()
            self._place = START
        return bool(self._phases)

    def _forget_removed(self, store: Store) -> bool:
        done = store.retention.forget_removed()
        self.forgotten += done
        return done > 0

    def _free_unknown(self, store: Store) -> bool:
        names = list(islice(self._folders, STEP))
        store.retention.free_unknown(int(name) for name in names if name.isascii() and name.isdecimal())
        return bool(names)

    def _remove_aged(self, store: Store, state: State, age: float) -> bool:
        done = store.retention.remove_aged(state, age)
        self.removed += done
        return done > 0

    def _remove_surplus(self, store: Store) -> bool:
        done = store.retention.remove_surplus(self._keep.completed_count)
        self.removed += done
        return done > 0

    def _count_outputs(self, store: Store) -> bool:
        """Before anything is deleted, look whether there really is too much."""
        if store.retention.output_bytes() <= self._keep.outputs:
            return False
        following = store.retention.count_outputs(self._place)
        if following is not None:
            self._place = following
            return True
        if store.retention.output_bytes() > self._keep.outputs:
            self._most = int(self._keep.outputs * _FREED_DOWN_TO)
        return False

    def _free_outputs(self, store: Store) -> bool:
        return self._free(store, _FREED_FIRST)

    def _free_dead_outputs(self, store: Store) -> bool:
        return self._free(store, _KEPT_LONGEST)

    def _free(self, store: Store, states: frozenset[State]) -> bool:
        done = store.retention.free_outputs(self._place, self._most, states)
        self.freed += done.outputs
        self.freed_bytes += done.bytes
        if done.next is not None:
            self._place = done.next
        return done.next is not None

    def _look_what_is_left(self, store: Store) -> bool:
        self.left = store.retention.output_bytes()
        return False


class Retention(QObject):
    """Sweeps, in the runner.

    Args:
        store: connected on this thread, for a moment; all else is done on the writer's thread.
        writer: the database's thread.
        keep: what the options say now.
        monotonic: seconds that nobody sets.
        elapsed: the same, and they go on while the computer sleeps.
        parent: its owner.
    """

    def __init__(
        self,
        store: Store,
        writer: Writer,
        keep: Callable[[], Keep],
        monotonic: Callable[[], float] = time.monotonic,
        elapsed: Callable[[], float] = elapsed_seconds,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._writer = writer
        self._keep = keep
        self._monotonic = monotonic
        self._sweep: Sweep | None = None
        self._left = 0  # bytes, by the last sweep
        self._removed = self._freed = 0  # since a person was told last
        self._told_at: float | None = None
        self._doubt = ClockDoubt(store.clock, elapsed, store.runner.moments())
        self._is_doubted = False
        timer = QTimer(self)
        timer.setInterval(_EVERY)
        timer.timeout.connect(self.sweep)
        timer.start()
        self._begin(Sweep(keep(), _names_in(store.home.outputs), by_age=self._believes_clock()))

    def sweep(self) -> None:
        """Begin a sweep, unless one is under way."""
        if self._sweep is None:
            self._begin(Sweep(self._keep(), by_age=self._believes_clock()))

    def look(self, output_bytes: int) -> None:
        """Sweep where outputs have grown beyond their bound, and well beyond what the last sweep had to leave."""
        most = self._keep().outputs
        if most and output_bytes > max(most, self._left + most * (1 - _FREED_DOWN_TO)):
            self.sweep()

    def _believes_clock(self) -> bool:
        """Whether the clock was not set on lately; that it was is told once."""
        ahead = self._doubt.look()
        if ahead and not self._is_doubted:
            words = message(
                "The clock was set on by {days:g} day(s)\nFor 24 hours nothing is removed by its age. If the clock is"
                " wrong, set it right.",
                days=round(ahead / _DAY, 1),
            )
            self._writer.submit(lambda store: store.notices.add(NoticeKind.KEPT, words))
        self._is_doubted = bool(ahead)
        return not ahead

    def _begin(self, sweep: Sweep) -> None:
        self._sweep = sweep
        self._writer.submit(sweep.step, self._stepped)

    def _stepped(self, goes_on: bool) -> None:
        sweep = self._sweep
        if sweep is None:
            return
        if goes_on:
            self._writer.submit(sweep.step, self._stepped)
            return
        self._sweep = None
        self._left = sweep.left
        if not (sweep.removed or sweep.forgotten or sweep.freed):
            return
        counts = {
            "removed": sweep.removed,
            "forgotten": sweep.forgotten,
            "freed": sweep.freed,
            "freed_bytes": sweep.freed_bytes,
        }
        _log.info("retention swept", extra=counts)
        self._removed += sweep.removed
        self._freed += sweep.freed
        self._tell()

    def _tell(self) -> None:
        """Let a person know where they look for what happened, once a day at most; the log has it all."""
        now = self._monotonic()
        if not (self._removed or self._freed) or (self._told_at is not None and now < self._told_at + _TOLD_EVERY):
            return
        words = words_of(self._removed, self._freed)
        self._told_at, self._removed, self._freed = now, 0, 0
        self._writer.submit(lambda store: store.notices.add(NoticeKind.KEPT, words))


def words_of(removed: int, freed: int) -> Message:
    """Return what a person is told of sweeps: how many jobs were removed, and how many outputs freed."""
    jobs = message("{n} job(s) were kept long enough; queuectl undo --retention brings them back", n=removed)
    outputs = message("{n} output(s) were freed to keep within keep-outputs", n=freed)
    if not freed:
        return message("Old jobs removed\n{jobs}", jobs=jobs)
    if not removed:
        return message("Outputs freed\n{outputs}", outputs=outputs)
    return message("Old jobs removed, outputs freed\n{jobs}. {outputs}", jobs=jobs, outputs=outputs)


def _names_in(folder: Path) -> Iterator[str]:
    """Yield the names in a folder, as they are read: there can be a million."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                yield entry.name
    except OSError:
        _log.exception("the folder of outputs can't be looked through")
