"""Finding in an output: through the whole file, however large, on another thread, and given up at any moment."""

from __future__ import annotations

from array import array
from functools import partial

from PySide6.QtCore import QObject, Signal

from app.store.store import Store
from app.ui.output_source import OutputSource
from app.ui.tools import Tools

_STEP = 2**22
"""Bytes gone through at a time: other questions get their turn in between."""

MOST = 100_000
"""Hits that are counted; with so many nobody wants to know the rest."""

Found = tuple[list[int], int, int]


class OutputSearch(QObject):
    """All hits of one text in one output; it goes on as the output grows.

    Signals:
        progressed: more was gone through.

    Attributes:
        needle: what is looked for; empty while nothing is.
        hits: where it was found: offsets in the file, in their order.
    """

    progressed = Signal()

    def __init__(self, tools: Tools, parent: QObject) -> None:
        super().__init__(parent)
        self._gateway = tools.gateway
        self._source: OutputSource | None = None
        self._place = 0
        self._size = 0
        self._asking = False
        self._number = 0
        self.needle = ""
        self.hits: array[int] = array("q")

    @property
    def is_going_on(self) -> bool:
        """Whether there is more to be gone through."""
        return self._asking

    @property
    def share(self) -> float:
        """How much has been gone through, from 0 to 1."""
        return self._place / self._size if self._size else 1.0

    def begin(self, source: OutputSource | None, needle: str) -> None:
        """Look for a text in an output, and for nothing else any more; an empty one ends the search."""
        self._number += 1
        self._source, self.needle = source, needle
        self._place = self._size = 0
        self._asking = False
        self.hits = array("q")
        self.go_on()
        self.progressed.emit()

    def stop(self) -> None:
        """Leave it at what was found; ``go_on`` takes it up again."""
        self._number += 1
        self._asking = False
        self.progressed.emit()

    def go_on(self) -> None:
        """Go through what is left, or has come since."""
        source = self._source
        if source is None or not self.needle or self._asking or len(self.hits) >= MOST:
            return
        self._asking = True
        needle, place = self.needle, self._place

        def search(_store: Store) -> Found:
            return source.search(needle, place, _STEP)

        self._gateway.detail(self, search, partial(self._found, self._number), self._failed)

    def _found(self, number: int, found: Found) -> None:
        if number != self._number:
            return
        hits, place, self._size = found
        moved, self._place = place > self._place, place
        self._asking = False
        self.hits.extend(hits[: MOST - len(self.hits)])
        if moved and place < self._size:
            self.go_on()
        self.progressed.emit()

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, OSError):
            raise error
        self.stop()  # the file is gone
