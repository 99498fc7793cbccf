"""What the first frame does not need, done after it: a step at a time, and the person's clicks and keys in between."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, QTimer, Signal

_SOON = 1000
"""Milliseconds after which the steps begin though nothing has been painted: a window can be shown and not be seen."""


class Later(QObject):
    """Does steps one after the other, each in a turn of the event loop of its own.

    An exception in a step goes where every exception in a slot goes; the next step follows all the same.

    Signals:
        done: no step is left.

    Args:
        parent: its owner.
    """

    done = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._steps: deque[Callable[[], object]] = deque()
        self._has_begun = self._is_over = False
        self._turns = QTimer(self)
        self._turns.timeout.connect(self._step)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON)
        self._soon.timeout.connect(self.begin)

    @property
    def is_done(self) -> bool:
        """Whether no step is left to be done."""
        return self._has_begun and not self._steps

    def plan(self, steps: Iterable[Callable[[], object]]) -> None:
        """Have these steps done from ``begin`` on, or at the latest a second from now."""
        self._steps.extend(steps)
        self._soon.start()

    def begin(self) -> None:
        """Begin with the steps, in the next turn of the event loop."""
        if not self._has_begun and not self._is_over:
            self._has_begun = True
            self._turns.start()

    def stop(self) -> None:
        """Do nothing more: it is the end."""
        self._is_over = True
        self._soon.stop()
        self._turns.stop()
        self._steps.clear()

    def _step(self) -> None:
        try:
            self._steps.popleft()()
        finally:
            if not self._steps:
                self._turns.stop()
                if not self._is_over:
                    self.done.emit()
