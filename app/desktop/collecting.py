"""Looking for cycles of garbage on the thread that owns the Qt objects, and on no other.

Python looks for them wherever it happens to allocate. A QObject that is part of a cycle would then be destroyed on a
thread of the database, in the middle of what its own thread does with it: the process dies.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY = 10_000


class Collector(QObject):
    """Collects now and then on its own thread, for as long as the process lives; elsewhere nothing is collected.

    What exists when it is made is taken as there to stay, so that each look stays short.

    Args:
        parent: the application.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        gc.collect()
        gc.freeze()
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """Look at the generations that Python itself would look at by now, the oldest of them first."""
        young, middle, old = gc.get_count()
        limits = gc.get_threshold()
        if old >= limits[2]:
            gc.collect(2)
        elif middle >= limits[1]:
            gc.collect(1)
        elif young >= limits[0]:
            gc.collect(0)
