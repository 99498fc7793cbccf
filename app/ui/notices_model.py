"""The notices as rows, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from app.store.notices import Notice
from app.store.store import Store
from app.ui.notice_words import icon_colour, icon_name, title_and_words
from app.ui.plain import tip
from app.ui.tools import Tools
from app.ui.wording import moment, tr, when

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()

WORDS, TIME, IS_NEW = (Qt.ItemDataRole.UserRole + number for number in range(3))
"""Roles of what a notice says under its title, of when it was raised, and of whether nobody has looked at it yet."""


class NoticesLook(Struct, frozen=True):
    """The newest notices, how many there are in all, and how many of those nobody has looked at."""

    newest: list[Notice]
    total: int
    unseen: int


def notices_look(limit: int, store: Store) -> NoticesLook:
    """Look at the notices; all of them take a few milliseconds.

    Args:
        limit: how many of the newest are wanted.
        store: theirs.
    """
    with store.database.reading():
        return NoticesLook(store.notices.newest(limit), store.notices.count(), store.notices.unseen())


class NoticesModel(QAbstractListModel):
    """Some of the newest notices.

    Args:
        tools: icons, colours, and the moment.
    """

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools = tools
        self._notices: list[Notice] = []

    def show(self, notices: Sequence[Notice]) -> int:
        """Show the newest as of now, and return how many came in at the top; the others keep their rows."""
        fresh, kept = _overlap(self._notices, notices)
        if kept < len(self._notices):
            self.beginRemoveRows(_ROOT, kept, len(self._notices) - 1)
            del self._notices[kept:]
            self.endRemoveRows()
        if fresh:
            self.beginInsertRows(_ROOT, 0, fresh - 1)
            self._notices[:0] = notices[:fresh]
            self.endInsertRows()
        there = fresh + kept
        if there < len(notices):
            self.beginInsertRows(_ROOT, there, len(notices) - 1)
            self._notices += notices[there:]
            self.endInsertRows()
        if self._notices != list(notices):  # some were looked at
            self._notices = list(notices)
            self.dataChanged.emit(self.index(0), self.index(len(notices) - 1))
        return fresh

    def notice(self, row: int) -> Notice:
        """Return the notice of a row."""
        return self._notices[row]

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """Return how many rows there are."""
        return 0 if parent.isValid() else len(self._notices)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a row shows."""
        if not index.isValid():
            return None
        notice = self._notices[index.row()]
        if role == Qt.ItemDataRole.DecorationRole:
            return self._tools.icons.icon(icon_name(notice), icon_colour(notice, self._tools.theme.colours))
        if role == IS_NEW:
            return not notice.seen
        if role == TIME:
            return when(notice.at, self._tools.now())
        title, words = title_and_words(notice)
        if role == Qt.ItemDataRole.DisplayRole:
            return title
        if role == WORDS:
            return words
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip("\n".join(part for part in (title, words, moment(notice.at)) if part))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            parts = ("" if notice.seen else tr("New"), title, words, moment(notice.at))
            return " · ".join(part for part in parts if part)
        return None


def _overlap(old: Sequence[Notice], new: Sequence[Notice]) -> tuple[int, int]:
    """Return how many of the new ones stand before the first of the old, and how many both have from there on."""
    if not old:
        return len(new), 0
    fresh = next((row for row, notice in enumerate(new) if notice.is_same(old[0])), len(new))
    kept = 0
    for before, now in zip(old, new[fresh:], strict=False):
        if not before.is_same(now):
            break
        kept += 1
    return fresh, kept
