"""Hearing that an option was changed, in this window or by the command line: it is valid at once."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal

from app.settings import Value
from app.ui.gateway import Gateway


class OptionsWatch(QObject):
    """Keeps the options' values.

    Signals:
        changed(dict): the options whose value differs from what was known, by key; all of them at first.

    Args:
        gateway: the way to the store.
        parent: its owner.
    """

    changed = Signal(object)

    def __init__(self, gateway: Gateway, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._gateway = gateway
        self._values: Mapping[str, Value] = {}
        gateway.changed.connect(self._look)
        if gateway.is_open:
            self._look()

    @property
    def values(self) -> Mapping[str, Value]:
        """Every option's value by its key, as last seen; empty before the store is open."""
        return self._values

    def _look(self) -> None:
        self._gateway.look(self, lambda store: store.options.values(), self._seen, key="options")

    def _seen(self, values: dict[str, Value]) -> None:
        known = self._values
        differing = {key: value for key, value in values.items() if key not in known or known[key] != value}
        self._values = values
        if differing:
            self.changed.emit(differing)
