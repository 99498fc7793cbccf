"""When the window starts a runner again: one decision over what was seen of it. No Qt, no store, no clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

MOST_STARTS: Final = 3
"""So often within WITHIN the runner is started again, and then no more."""

WITHIN: Final = 600.0
"""Seconds."""

COURTESY: Final = 2.0
"""Seconds that go by after a runner's good-bye before another is started.

Whoever ended it may have another ready, and a log-off, which ends it too, reaches the window only a moment later.
"""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was seen at one moment.

    Attributes:
        lives: whether a runner holds the lock.
        said_goodbye: whether the last one said that it leaves for good; of one that was killed it says nothing.
        slots: how many workers it said it has; 0 where it is not known.
        is_wanted: False after ``worker stop``.
        is_kept: option ``start-runner``.
        is_coming: whether one that was started from here has neither the lock nor ended.
        is_leaving: whether the program or the session of the desktop ends.
    """

    lives: bool
    said_goodbye: bool = False
    slots: int = 0
    is_wanted: bool = True
    is_kept: bool = True
    is_coming: bool = False
    is_leaving: bool = False


@dataclass(frozen=True)
class Rest:
    """Nothing is to be done."""


@dataclass(frozen=True)
class LookAgain:
    """It may be over, but not yet for certain: look again in COURTESY."""


@dataclass(frozen=True)
class StartAgain:
    """Start another.

    Attributes:
        slots: with so many workers; None where nobody knows how many there were.
        died: whether the one before it died, which is told.
    """

    slots: int | None
    died: bool


@dataclass(frozen=True)
class LeaveDead:
    """It died, which is told; the option says that the window does not start one."""


@dataclass(frozen=True)
class GiveUp:
    """It ended too often: tell it, and start no other.

    Attributes:
        ends: how often, within WITHIN.
        died: whether it died at least once, instead of saying good-bye each time.
    """

    ends: int
    died: bool


Verdict = Rest | LookAgain | StartAgain | LeaveDead | GiveUp


class RunnerKeeper:
    """Sees the runner come and go, and says what is to be done about it.

    It keeps a runner that it saw living, by whomever it was started, and one that it had started. A runner that lives
    after it gave up was started by a person, who thereby forgives what was; so does one who says ``worker stop``.

    Args:
        now: seconds that only go forward.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._is_expected = False
        self._has_given_up = False
        self._slots = 0
        self._gone_since: float | None = None
        self._ends: list[tuple[float, bool]] = []

    @property
    def is_expected(self) -> bool:
        """Whether a runner should live, so that it matters when none does."""
        return self._is_expected

    def saw(self, seen: Seen) -> Verdict:
        """Take in what was seen, and return what is to be done."""
        if seen.lives:
            return self._saw_it_live(seen)
        if not self._is_expected or seen.is_leaving:
            return Rest()
        if not seen.is_wanted:
            self._ends.clear()
            return self._is_over(Rest())
        if seen.is_coming or (seen.said_goodbye and not self._is_gone_for_good()):
            return LookAgain()
        return self._after_its_end(seen)

    def forget(self) -> None:
        """Expect no runner until one is seen again: there is nothing that could be started."""
        self._is_over(Rest())

    def forgive(self) -> None:
        """Count anew: what its ends had to do with is over."""
        self._has_given_up = False
        self._ends.clear()

    def _saw_it_live(self, seen: Seen) -> Verdict:
        if self._has_given_up:
            self.forgive()
        self._is_expected = True
        self._gone_since = None
        self._slots = seen.slots or self._slots
        return Rest()

    def _is_gone_for_good(self) -> bool:
        if self._gone_since is None:
            self._gone_since = self._now()
        return self._now() - self._gone_since >= COURTESY

    def _after_its_end(self, seen: Seen) -> Verdict:
        died = not seen.said_goodbye
        if not seen.is_kept:
            return self._is_over(LeaveDead() if died else Rest())
        now = self._now()
        self._ends = [end for end in [*self._ends, (now, died)] if now - end[0] < WITHIN]
        if len(self._ends) > MOST_STARTS:
            self._has_given_up = True
            return self._is_over(GiveUp(len(self._ends), any(died for _, died in self._ends)))
        self._gone_since = None
        return StartAgain(seen.slots or self._slots or None, died)

    def _is_over(self, verdict: Verdict) -> Verdict:
        self._is_expected = False
        self._gone_since = None
        return verdict
