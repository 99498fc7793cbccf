"""The kinds of errors that dead letters died of, as a list: all of them first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from app.domain.job import State
from app.store.dead_groups import DeadGroup, DeadGroups
from app.store.store import Store
from app.ui.counts import jobs
from app.ui.wording import one_line, tr

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_MOST: Final = 500
"""So many kinds are listed, the newest; "All" has the others too."""

KEY = Qt.ItemDataRole.UserRole
"""Role of a kind's ``error_key``; None of all."""
COUNT = Qt.ItemDataRole.UserRole + 1
"""Role of how many jobs a line stands for, in words."""


class DeadLook(Struct, frozen=True):
    """How many dead letters there are, and the kinds of their errors, the newest first."""

    total: int
    groups: Sequence[DeadGroup]


def dead_look(store: Store) -> DeadLook:
    """Look at the dead letters. Among a million this takes some 0.1 s."""
    with store.database.reading():
        groups = DeadGroups(store.database).newest_first(_MOST)
        return DeadLook(store.reads.counts()[State.DEAD], [group for group in groups if group.key is not None])


class DeadLettersModel(QAbstractListModel):
    """All dead letters, then each kind of error."""

    def __init__(self) -> None:
        super().__init__()
        self._look = DeadLook(0, ())

    def show(self, look: DeadLook) -> None:
        """Show what there is now; lines that are no longer the same kind count as new."""
        before, after = [group.key for group in self._look.groups], [group.key for group in look.groups]
        if before != after:
            self.beginResetModel()
            self._look = look
            self.endResetModel()
        elif look != self._look:
            self._look = look
            self.dataChanged.emit(self.index(0), self.index(len(after)))

    def row_of(self, key: str | None) -> int | None:
        """Return where a kind stands; None where there is none of it any more."""
        if key is None:
            return 0
        return next((row for row, group in enumerate(self._look.groups, start=1) if group.key == key), None)

    def jobs(self, row: int) -> int:
        """Return how many jobs a line stands for."""
        return self._look.total if row == 0 else self._look.groups[row - 1].jobs

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """Return how many lines there are."""
        return 0 if parent.isValid() else len(self._look.groups) + 1

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a line shows."""
        if not index.isValid():
            return None
        row = index.row()
        group = None if row == 0 else self._look.groups[row - 1]
        title = tr("All dead letters") if group is None else one_line(group.error)
        count = jobs(self.jobs(row))
        if role == Qt.ItemDataRole.DisplayRole:
            return title
        if role == COUNT:
            return count
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{count} · {title}"
        if role == Qt.ItemDataRole.ToolTipRole and group is not None:
            return f"{count} · {title}"
        return None if group is None or role != KEY else group.key
