"""Doubt about the clock: was it set on, then what looks old may be of today, and for a day nothing goes by its age.

A day is what Undo has, too: in it a person can see what has happened, and set a wrong clock right. A computer that
sleeps, or is off for some weeks, sets no clock on: that time has passed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from app.domain.job import Millis

_log = logging.getLogger(__name__)

DOUBTED_FOR: Final[Millis] = 24 * 3_600_000

_LEAST: Final[Millis] = 3_600_000
"""What the clock is ahead by less than this, nobody set it on for: it was corrected."""

_LONGEST_OFF: Final[Millis] = 30 * 24 * 3_600_000
"""So long no runner may have lived without a doubt that so much time has passed. Of less nothing can be told."""


class ClockDoubt:
    """Looks at the clock of one runner now and then.

    Args:
        now: the moment, by the clock that can be set.
        elapsed: seconds that go on by themselves, also while the computer sleeps.
        moments: at which runners of this queue began and ended, in the order in which they did, not by the clock.
    """

    def __init__(self, now: Callable[[], Millis], elapsed: Callable[[], float], moments: Sequence[Millis]) -> None:
        self._now = now
        self._elapsed = elapsed
        self._since: float | None = None
        self._believed = self._offset() - _set_on_lately(moments, now())

    def look(self) -> Millis:
        """Return by how much the clock was set on within the last day; 0 where there is no doubt of it."""
        offset = self._offset()
        ahead = offset - self._believed
        if ahead < _LEAST:
            self._since = None
            self._believed = min(self._believed, offset)  # set back, everything is younger, and nothing goes too early
            return 0
        if self._since is None:
            self._since = self._elapsed()
            _log.warning("the clock was set on by %.0f s: for a day nothing is let go by its age", ahead / 1000)
        if (self._elapsed() - self._since) * 1000 >= DOUBTED_FOR:
            self._since, self._believed = None, offset
            return 0
        return ahead

    def _offset(self) -> Millis:
        return self._now() - round(self._elapsed() * 1000)


def _set_on_lately(moments: Sequence[Millis], now: Millis) -> Millis:
    """Return by how much the clock was set on within the last day, as far as what was written down shows it."""
    gaps = [after - before for before, after in pairwise([*moments, now]) if after > now - DOUBTED_FOR]
    return max(0, sum(gap for gap in gaps if abs(gap) > _LONGEST_OFF))  # less what it was set back by
