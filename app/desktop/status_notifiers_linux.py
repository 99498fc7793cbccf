"""Panels that show StatusNotifier items: D-Bus says when they come and go, so nobody has to look."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import SLOT, QObject, Signal, Slot
from PySide6.QtDBus import (
    QDBusConnection,
    QDBusMessage,
    QDBusPendingCallWatcher,
    QDBusServiceWatcher,
)

_NAME: Final = "org.kde.StatusNotifierWatcher"
"""Where items and the panels that show them are registered; so called on every desktop.

https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/StatusNotifierWatcher/
"""
_PATH: Final = "/StatusNotifierWatcher"
_HAS_PANEL: Final = "IsStatusNotifierHostRegistered"
_PANELS_CHANGED: Final = ("StatusNotifierHostRegistered", "StatusNotifierHostUnregistered")

_FIRST_LIMIT: Final = 2_000
"""Milliseconds that the first question may take: whether a start hides in the tray hangs on it."""


class StatusNotifiers(QObject):
    """Knows whether there is such a panel.

    The registry alone is none: on KDE it is another program than the panel, and outlives it.
    [E] Qt's own answer costs 30 wake-ups each time, since it makes a connection to the bus for it.

    Signals:
        changed: the first one came, or the last one went.

    Args:
        parent: its owner.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bus = QDBusConnection.sessionBus()
        self._are_there = self._first_answer()
        watcher = QDBusServiceWatcher(_NAME, self._bus, QDBusServiceWatcher.WatchModeFlag.WatchForOwnerChange, self)
        watcher.serviceOwnerChanged.connect(self._owner_changed)
        for name in _PANELS_CHANGED:
            # What SLOT gives is wanted here, whatever the stubs say.
            self._bus.connect(_NAME, _PATH, _NAME, name, self, SLOT("_ask()"))  # type: ignore[call-overload]

    def are_there(self) -> bool:
        """Return whether there is one; False also where there is no session bus."""
        return self._are_there

    def _first_answer(self) -> bool:
        if not (self._bus.isConnected() and bool(self._bus.interface().isServiceRegistered(_NAME).value())):
            return False
        return _says_yes(self._bus.call(_question(), timeout=_FIRST_LIMIT))

    def _owner_changed(self, _name: str, _old: str, new: str) -> None:
        self._tell(are_there=False)
        if new:
            self._ask()

    @Slot()
    def _ask(self) -> None:
        call = QDBusPendingCallWatcher(self._bus.asyncCall(_question()), self)
        call.finished.connect(self._answered)

    def _answered(self, call: QDBusPendingCallWatcher) -> None:
        call.deleteLater()
        self._tell(are_there=_says_yes(call.reply()))

    def _tell(self, *, are_there: bool) -> None:
        if are_there != self._are_there:
            self._are_there = are_there
            self.changed.emit()


def _question() -> QDBusMessage:
    question = QDBusMessage.createMethodCall(_NAME, _PATH, "org.freedesktop.DBus.Properties", "Get")
    question.setArguments([_NAME, _HAS_PANEL])
    return question


def _says_yes(answer: QDBusMessage) -> bool:
    if answer.type() != QDBusMessage.MessageType.ReplyMessage:
        return False  # who is asked has just gone, and its end is told too
    (value,) = answer.arguments()
    return bool(value.variant() if hasattr(value, "variant") else value)
