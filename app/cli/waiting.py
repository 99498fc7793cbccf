"""Waiting for what another process does, without a second way to talk to it: by looking at the doorbell."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

Found = TypeVar("Found")

_STEP = 0.05
_LOOK_ANYWAY = 0.25
"""Seconds. A killed process rings no bell, and a lock that is let go rings none either."""


class Bell(Protocol):
    """What is looked at: the store's doorbell."""

    def rang_at(self) -> int:
        """Return the time of the last ring."""


class Waiting:
    """Waits with a clock and a sleep that are passed in, in seconds."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock = clock
        self.sleep = sleep

    def until(self, bell: Bell, look: Callable[[], Found | None], seconds: float | None = None) -> Found | None:
        """Look now, after each ring and now and then, until something is found.

        Args:
            bell: rings when the database has changed.
            look: returns what was waited for, or None while it is not there.
            seconds: how long to wait; None for as long as it takes.

        Returns:
            What was found, or None when the time was over.
        """
        deadline = None if seconds is None else self._clock() + seconds
        while True:
            # noted before the look, so that a ring in the middle of it is not missed
            rang = bell.rang_at()
            found = look()
            if found is not None:
                return found
            again = self._clock() + _LOOK_ANYWAY
            heard = False
            # at least one step, though it rings: a busy queue rings a thousand times a second
            while not heard and self._clock() < again:
                if deadline is not None and self._clock() >= deadline:
                    return None
                self.sleep(_STEP)
                heard = bell.rang_at() != rang
