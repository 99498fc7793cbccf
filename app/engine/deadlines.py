"""The deadlines of all runs, with one timer for them."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer

from app.engine.clocks import awake_seconds

_LONGEST_WAIT = 60_000
"""Milliseconds. A QTimer takes no more than 2^31, and after a suspend the clock is worth a look."""

_AHEAD = 0.025
"""Seconds before a deadline at which it is foreseen: reading what processes there are takes 5 to 20 ms."""

_TOGETHER = 0.01
"""Seconds between deadlines that are foreseen as one: what begins together ends together."""


class Deadlines(QObject):
    """Tells when moments have come, never before, and foresees them shortly before.

    One timer, since deadlines come together where runs begin together: a hundred timers took 7 ms until the last had
    told.

    Args:
        foresee: called with how many deadlines pass together soon, and in how many seconds the last of them.
        clock: seconds in which the computer was awake.
        parent: its owner.
    """

    def __init__(
        self,
        foresee: Callable[[int, float], None],
        clock: Callable[[], float] = awake_seconds,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._foresee = foresee
        self._clock = clock
        self._moments: dict[Callable[[], None], float] = {}
        self._foreseen = -math.inf  # all up to this moment
        self._wake_at = math.inf
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)  # a coarse one may be 5 % early
        self._timer.timeout.connect(self._look)

    def set(self, tell: Callable[[], None], moment: float) -> None:
        """Call ``tell`` once, when the clock has reached ``moment``, and at no moment that was set before."""
        self._moments[tell] = moment
        if self._next(moment) < self._wake_at:
            self._arm(self._next(moment))

    def drop(self, tell: Callable[[], None]) -> None:
        """Call ``tell`` no more, if it is set."""
        if self._moments.pop(tell, None) is not None and not self._moments:
            self._timer.stop()
            self._wake_at = math.inf

    def _next(self, moment: float) -> float:
        """Return when there is something to do about a moment."""
        return moment if moment <= self._foreseen else moment - _AHEAD

    def _arm(self, moment: float) -> None:
        self._wake_at = moment
        left = math.ceil((moment - self._clock()) * 1000)
        self._timer.start(min(_LONGEST_WAIT, max(0, left)))

    def _look(self) -> None:
        now = self._clock()
        try:
            for tell in [tell for tell, moment in self._moments.items() if moment <= now]:
                # another that was told of may have dropped it
                if self._moments.pop(tell, None) is not None:
                    tell()
            self._look_ahead(now)
        finally:
            self._wake_at = math.inf
            if self._moments:
                self._arm(min(self._next(moment) for moment in self._moments.values()))

    def _look_ahead(self, now: float) -> None:
        coming = [moment for moment in self._moments.values() if self._foreseen < moment <= now + _AHEAD + _TOGETHER]
        if coming and min(coming) <= now + _AHEAD:
            self._foreseen = max(coming)
            self._foresee(len(coming), self._foreseen - now)
