"""One alarm for the next retry that is due, and an eye on the clock meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.domain.job import Millis

_LONGEST_WAIT: Millis = 60_000
_CLOCK_SLIP: Millis = 1_000


class Alarm(QObject):
    """Rings at a moment of the wall clock.

    No wait is longer than a minute: then the clock is looked at again, since it may have been set, or the computer
    may have slept.

    Args:
        now: the moment, by the wall clock.
        monotonic: seconds that nobody sets.
        parent: its owner.
    """

    rang = Signal()
    clock_was_set_back = Signal(object)
    """By how many milliseconds."""

    def __init__(
        self, now: Callable[[], Millis], monotonic: Callable[[], float] = time.monotonic, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._now = now
        self._monotonic = monotonic
        self._moment: Millis | None = None
        self._last: tuple[Millis, float] = (now(), monotonic())  # both clocks, when they were last compared
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._look)

    def set(self, moment: Millis | None) -> None:
        """Ring at ``moment``, and at no other; None for never."""
        self._compare_clocks()
        self._moment = moment
        self._timer.stop()
        if moment is not None:
            self._timer.start(min(_LONGEST_WAIT, max(0, moment - self._now())))

    def _compare_clocks(self) -> None:
        wall, steady = self._last
        self._last = (self._now(), self._monotonic())
        slip = round((self._last[1] - steady) * 1000) - (self._last[0] - wall)
        if slip > _CLOCK_SLIP:
            self.clock_was_set_back.emit(slip)

    def _look(self) -> None:
        self._compare_clocks()
        if self._moment is not None and self._now() >= self._moment:
            self._moment = None
            self.rang.emit()
        else:
            self.set(self._moment)
