"""The files of a report, to be looked through before it is saved."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QResizeEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QHeaderView, QSplitter

from app.domain.visible_text import visible_block
from app.ui.mono_text import MonoText
from app.ui.plain_table import PlainTable
from app.ui.problem_report import Piece
from app.ui.wording import size, tr

_LONGEST = 200_000
"""Characters of a file that are shown; more than that is in none but where a command is as long."""

_SIZE = 14
"""Digits of width."""

_NARROW = 90
"""Letters of width below which a file has no room beside the list."""


class ReportPieces(QSplitter):
    """A list of files with their sizes, and the text of the chosen one."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._pieces: Sequence[Piece] = ()
        self._model = QStandardItemModel(0, 2, self)
        self._model.setHorizontalHeaderLabels([tr("File"), tr("Size")])
        self._model.setHeaderData(
            1,
            Qt.Orientation.Horizontal,
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
            Qt.ItemDataRole.TextAlignmentRole,
        )
        self.table = PlainTable(self._model, tr("Files of the report"), [])
        header = self.table.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        self.table.setColumnWidth(1, _SIZE * self.fontMetrics().horizontalAdvance("0"))
        self.text = MonoText(tr("Text of the file"))
        self.text.setStyleSheet("QPlainTextEdit { border: none; }")  # its frame is that of both
        self.setChildrenCollapsible(False)
        for widget, weight in ((self.table, 5), (self.text, 8)):
            self.addWidget(widget)
            self.setStretchFactor(self.count() - 1, weight)
        self.table.selectionModel().currentRowChanged.connect(self._choose)

    @property
    def pieces(self) -> Sequence[Piece]:
        """What is shown."""
        return self._pieces

    def show_pieces(self, pieces: Sequence[Piece]) -> None:
        """Show other files; the one of the same name stays chosen."""
        row = self.table.currentIndex().row()
        name = self._pieces[row].name if 0 <= row < len(self._pieces) else ""
        self._pieces = pieces
        self._model.removeRows(0, self._model.rowCount())
        for piece in pieces:
            self._model.appendRow([QStandardItem(piece.name), _right(size(len(piece.data)))])
        names = [piece.name for piece in pieces]
        self.table.selectRow(names.index(name) if name in names else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand the file below the list where there is no room beside it."""
        super().resizeEvent(event)
        narrow = self.width() < _NARROW * self.fontMetrics().averageCharWidth()
        self.setOrientation(Qt.Orientation.Vertical if narrow else Qt.Orientation.Horizontal)

    def _choose(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        text = self._pieces[index.row()].text
        if len(text) > _LONGEST:
            text = text[:_LONGEST] + "\n" + tr("… (the rest is not shown here)")
        self.text.show_text(visible_block(text))


def _right(text: str) -> QStandardItem:
    item = QStandardItem(text)
    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return item
