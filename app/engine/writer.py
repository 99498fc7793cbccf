"""The runner's one thread that uses the database, so that a long import elsewhere holds up no deadline.

What can't be written yet, for another writer, a full disk or one that lets nobody write, is kept and tried again until
it can: an end that has happened is never dropped.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.messages import KnownError
from app.store.errors import Busy, DiskFull, ReadOnly
from app.store.store import Store

_log = logging.getLogger(__name__)

_BETWEEN_TRIES = 0.5
_TRIES_AT_THE_END = 4
"""How often something is tried once more when the runner leaves; a full disk must not keep it for ever."""

Task = Callable[[Store], Any]
Then = Callable[[Any], None]


class Writer(QObject):
    """Runs tasks on the store, one after the other, on a thread of its own.

    Args:
        store: used on that thread alone, but for the main thread's own connection.
        parent: its owner.
    """

    failed = Signal(object)
    """Exception: a task failed for good. The database can't be trusted with more."""
    _done = Signal()

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._tasks: queue.SimpleQueue[tuple[Task, Then | None] | None] = queue.SimpleQueue()
        # beside the signal: each value that one carries to another thread takes the interpreter four times
        self._results: deque[tuple[Then, Any]] = deque()
        self._closing = threading.Event()
        self._done.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._work, name="database", daemon=True)
        self._thread.start()

    def submit(self, task: Task, then: Then | None = None) -> None:
        """Have a task run; ``then`` is called with its result, on the thread that owns the writer.

        A task is one transaction: when it can't be written now it is called again from its beginning.
        """
        self._tasks.put((task, then))

    def close(self) -> None:
        """Let what was submitted be done, and end the thread. What can't be written for two seconds is given up."""
        self._closing.set()
        self._tasks.put(None)
        self._thread.join()

    def _work(self) -> None:
        try:
            with self._store.connected():
                while (item := self._tasks.get()) is not None:
                    task, then = item
                    result = self._until_written(task)
                    if then is not None:
                        self._results.append((then, result))
                        self._done.emit()
        except KnownError as error:
            _log.error("The database can't be used any more: %s", error)
            self.failed.emit(error)
        except Exception as error:  # noqa: BLE001  nobody above a thread would hear of it
            _log.exception("The database can't be used any more")
            self.failed.emit(error)

    def _until_written(self, task: Task) -> Any:
        said = False
        tries_left = _TRIES_AT_THE_END
        while True:
            try:
                return task(self._store)
            except (Busy, DiskFull, ReadOnly) as error:
                tries_left -= self._closing.is_set()
                if tries_left < 0:
                    raise
                if not said:
                    _log.warning("%s; trying again until it works", error)
                    said = True
                time.sleep(_BETWEEN_TRIES)

    @Slot()
    def _deliver(self) -> None:
        then, result = self._results.popleft()
        then(result)
