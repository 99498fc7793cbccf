"""Putting reviewed jobs into the queue: one transaction, with progress, and a way back until its end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from app.domain.job import NewJob, OnDuplicate
from app.store.intake import Enqueued
from app.store.store import Store
from app.ui.review_documents import Stopped

_BETWEEN = 0.05
"""Seconds between two signs of progress."""


class Adding(QObject):
    """One import.

    Signals:
        handled(int): how many jobs have gone in; sent from the thread that writes, at most every 50 ms.

    Args:
        jobs: in the order in which equals shall run.
        on_duplicate: what to do with an id that a job has already.
    """

    handled = Signal(int)

    def __init__(self, jobs: Iterable[NewJob], on_duplicate: OnDuplicate) -> None:
        super().__init__()
        self._jobs = jobs
        self._on_duplicate = on_duplicate
        self._stopped = threading.Event()
        self._told = 0.0

    def stop(self) -> None:
        """Take everything back; too late once the last job has gone in."""
        self._stopped.set()

    def work(self, store: Store) -> Enqueued:
        """Put all jobs in, or none; called on the thread that writes.

        Raises:
            Stopped: it was stopped, and nothing was added.
            KnownError: as ``Intake.enqueue``; nothing was added.
        """
        return store.intake.enqueue(self._jobs, self._on_duplicate, self._progress)

    def _progress(self, handled: int) -> None:
        if self._stopped.is_set():
            raise Stopped
        now = time.monotonic()
        if now - self._told >= _BETWEEN:
            self._told = now
            self.handled.emit(handled)
