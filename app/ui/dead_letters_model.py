"""The kinds of errors that dead letters died of, as a list: all of them first."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from app.domain.job import State
from app.store.dead_groups import DeadGroup, DeadGroups
from app.store.store import Store
from app.ui.counts import jobs
from app.ui.plain import tip
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
    groups: list[DeadGroup]


def dead_look(store: Store) -> DeadLook:
    """Look at the dead letters. Among a million this takes some 0.1 s."""
    with store.database.reading():
        groups = DeadGroups(store.database).newest_first(_MOST)
        return DeadLook(store.reads.counts()[State.DEAD], [group for group in groups if group.key is not None])


class DeadLettersModel(QAbstractListModel):
    """All dead letters, then each kind of error."""

    def __init__(self) -> None:
        super().__init__()
        self._total = 0
        self._groups: list[DeadGroup] = []

    def show(self, look: DeadLook) -> None:
        """Show what there is now; a kind that was there keeps its line, which moves where its place is another."""
        if look == DeadLook(self._total, self._groups):
            return
        there = {group.key for group in look.groups}
        for row in reversed(range(len(self._groups))):
            if self._groups[row].key not in there:
                self.beginRemoveRows(_ROOT, row + 1, row + 1)
                del self._groups[row]
                self.endRemoveRows()
        for row, group in enumerate(look.groups):
            self._put(row, group)
        self._total = look.total
        self.dataChanged.emit(self.index(0), self.index(len(self._groups)))

    def row_of(self, key: str | None) -> int | None:
        """Return where a kind stands; None where there is none of it any more."""
        if key is None:
            return 0
        return next((row for row, group in enumerate(self._groups, start=1) if group.key == key), None)

    def group(self, row: int) -> DeadGroup | None:
        """Return the kind of a line; None of that of all."""
        return None if row == 0 else self._groups[row - 1]

    def _put(self, row: int, group: DeadGroup) -> None:
        """Bring a kind to a place; those before it are where they belong."""
        before = next((at for at in range(row, len(self._groups)) if self._groups[at].key == group.key), None)
        if before is None:
            self.beginInsertRows(_ROOT, row + 1, row + 1)
            self._groups.insert(row, group)
            self.endInsertRows()
        elif before != row:
            self.beginMoveRows(_ROOT, before + 1, before + 1, _ROOT, row + 1)
            self._groups.insert(row, self._groups.pop(before))
            self.endMoveRows()
        self._groups[row] = group

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """Return how many lines there are."""
        return 0 if parent.isValid() else len(self._groups) + 1

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a line shows."""
        if not index.isValid():
            return None
        group = self.group(index.row())
        title = tr("All dead letters") if group is None else one_line(group.error)
        count = jobs(self._total if group is None else group.jobs)
        if role == Qt.ItemDataRole.DisplayRole:
            return title
        if role == COUNT:
            return count
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{count} · {title}"
        if role == Qt.ItemDataRole.ToolTipRole and group is not None:
            return tip(f"{count} · {title}")
        return None if group is None or role != KEY else group.key
