"""Keeping an eye on the queue: one look for everything that shows it in figures, the window hidden or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from app.ui.gateway import Gateway
    from app.ui.looks import QueueLook


class QueueWatch(QObject):
    """Looks at the queue whenever it changed.

    Signals:
        seen(QueueLook): the queue as it is now.

    Args:
        gateway: the way to the store.
        parent: its owner.
    """

    seen = Signal(object)

    def __init__(self, gateway: Gateway, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._gateway = gateway
        self._last: QueueLook | None = None
        gateway.changed.connect(self.look)

    @property
    def last(self) -> QueueLook | None:
        """What was seen last; None before the store is open."""
        return self._last

    def look(self) -> None:
        """Look now."""
        from app.ui.looks import queue_look

        self._gateway.look(self, queue_look, self._seen, key="queue look")

    def _seen(self, look: QueueLook) -> None:
        self._last = look
        self.seen.emit(look)
