"""Panels that show StatusNotifier items: they say on D-Bus when they come and go, so nobody has to look."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtDBus import QDBusConnection, QDBusServiceWatcher

_NAME: Final = "org.kde.StatusNotifierWatcher"
"""Owned by the one panel that others register their items with; so called on every desktop.

https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/StatusNotifierWatcher/
"""


class StatusNotifiers(QObject):
    """Knows whether there is such a panel.

    [E] Qt's own answer costs 30 wake-ups each time, since it makes a connection to the bus for it.

    Signals:
        changed: one came, went, or was followed by another.

    Args:
        parent: its owner.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        bus = QDBusConnection.sessionBus()
        self._are_there = bus.isConnected() and bool(bus.interface().isServiceRegistered(_NAME).value())
        watcher = QDBusServiceWatcher(_NAME, bus, QDBusServiceWatcher.WatchModeFlag.WatchForOwnerChange, self)
        watcher.serviceOwnerChanged.connect(self._owner_changed)

    def are_there(self) -> bool:
        """Return whether there is one; False also where there is no session bus."""
        return self._are_there

    def _owner_changed(self, _name: str, _old: str, new: str) -> None:
        self._are_there = bool(new)
        self.changed.emit()
