"""The kinds of errors, of which one is chosen: its dead letters are shown beside the list."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtWidgets import QListView

from app.ui.dead_letters_model import KEY, DeadLettersModel, DeadLook
from app.ui.kind_delegate import KindDelegate
from app.ui.tools import Tools
from app.ui.wording import tr


class KindList(QListView):
    """Shows a DeadLook.

    The chosen kind stays chosen, and what a person scrolled to stays in sight, while kinds come, go and change places.

    Signals:
        chosen(str | None): the person chose this kind, or all; also where the chosen one is gone, which means all.

    Args:
        tools: colours.
    """

    chosen = Signal(object)

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._key: str | None = None
        self._lines = DeadLettersModel()
        self._lines.setParent(self)
        self.setModel(self._lines)
        self.setItemDelegate(KindDelegate(tools, self))
        self.setAccessibleName(tr("Kinds of errors"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setCurrentIndex(self._lines.index(0))
        self.selectionModel().currentChanged.connect(self._current_changed)

    def choose(self, key: str | None) -> None:
        """Choose a kind, or all, without telling; one that is not there can't be chosen."""
        row = self._lines.row_of(key)
        if row is not None:
            self._key = key
            self.setCurrentIndex(self._lines.index(row))

    def show_look(self, look: DeadLook) -> None:
        """Show what there is now."""
        if self._key is not None and all(group.key != self._key for group in look.groups):
            self.setCurrentIndex(self._lines.index(0))
        top = self.indexAt(QPoint(0, 0)).row()
        kept = self._quiet_row(look, top) if self.verticalScrollBar().value() else None
        key = None if kept is None else self._lines.index(kept).data(KEY)
        self._lines.show(look)
        row = self._lines.row_of(key)
        if kept is not None and row is not None:
            self.scrollTo(self._lines.index(max(0, row - kept + top)), QListView.ScrollHint.PositionAtTop)

    def _quiet_row(self, look: DeadLook, top: int) -> int | None:
        """Return the first row in sight that does not move up because somebody has just died of it."""
        newest = {group.key: group.newest for group in look.groups}
        last = self.indexAt(QPoint(0, self.viewport().height() - 1)).row()
        for row in range(max(1, top), (last if last >= 0 else self._lines.rowCount() - 1) + 1):
            group = self._lines.group(row)
            if group is not None and newest.get(group.key) == group.newest:
                return row
        return None

    def _current_changed(self, place: QModelIndex, _before: QModelIndex) -> None:
        key = place.data(KEY) if place.isValid() else None
        if key != self._key:
            self._key = key
            self.chosen.emit(key)
