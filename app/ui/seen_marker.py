"""Counting dead letters as looked at once they have been in sight for a while."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from app.store.store import Store
from app.ui.gateway import Gateway
from app.ui.job_table import JobTable

SEEN_AFTER = 2000
"""Milliseconds after which what is in sight counts as looked at."""


def is_in_sight(widget: QWidget) -> bool:
    """Whether a person can see a widget: Qt holds one in a minimized window for visible."""
    return widget.isVisible() and not widget.window().isMinimized()


class SeenMarker(QObject):
    """Marks the rows of a table that a person can see.

    Args:
        gateway: the way to the store.
        table: shows dead letters; its owner.
    """

    def __init__(self, gateway: Gateway, table: JobTable) -> None:
        super().__init__(table)
        self._gateway = gateway
        self._table = table
        self._seen = QTimer(self)
        self._seen.setSingleShot(True)
        self._seen.setInterval(SEEN_AFTER)
        self._seen.timeout.connect(self._looked)
        table.shown.connect(self.start)
        table.rows.verticalScrollBar().valueChanged.connect(self.start)

    @property
    def is_looking(self) -> bool:
        """Whether what is in sight is about to count."""
        return self._seen.isActive()

    def start(self) -> None:
        """Begin to look, where the table can be seen."""
        if is_in_sight(self._table) and not self.is_looking:
            self._seen.start()

    def stop(self) -> None:
        """Look no more."""
        self._seen.stop()

    def _looked(self) -> None:
        first, last = self._table.rows.rows_in_sight()
        lines = [line for row in range(first, last + 1) if (line := self._table.model.line(row)) is not None]
        new = [line.seq for line in lines if not line.seen]
        if new and is_in_sight(self._table):
            self._gateway.change(self, partial(_mark_seen, new))


def _mark_seen(seqs: list[int], store: Store) -> int:
    return store.bulk.mark_seen(seqs)
