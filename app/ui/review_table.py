"""The table of the jobs under review."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from app.ui.review_model import Column, ReviewModel
from app.ui.wording import tr

_WIDTHS = {
    Column.ID: 16,
    Column.NOTE: 23,
    Column.FOLDER: 20,
    Column.TIMEOUT: 14,
    Column.ENVIRONMENT: 19,
}
"""In characters, so that they grow with the font."""

_LEAST_ROWS = 3
_LEAST_OF_COMMAND = 24
"""Characters."""


class ReviewTable(QTableView):
    """Shows a ReviewModel."""

    def __init__(self, model: ReviewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setModel(model)
        self.setAccessibleName(tr("Jobs to be added"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self.fontMetrics().lineSpacing() + 12)
        columns = self.horizontalHeader()
        columns.setHighlightSections(False)
        width = self.fontMetrics().averageCharWidth()
        for column in Column:
            # the columns of numbers are as wide as their names
            given = _WIDTHS.get(column, 0) * width
            self.setColumnWidth(column, given or columns.sectionSizeHint(column) + width)

    def fit(self, has_env: bool) -> None:
        """Lay out what the model shows now, and go to the first job.

        Args:
            has_env: whether any job sets variables, which need a column then.
        """
        self.clearSpans()
        heads = self._model.heads()
        for row in heads:
            self.setSpan(row, 0, 1, len(Column))
        self.setColumnHidden(Column.ENVIRONMENT, not has_env)
        self.setColumnHidden(Column.NOTE, not self._model.has_notes)
        if self._model.rowCount():
            self.setCurrentIndex(self._model.index(1 if heads else 0, 0))
        self._give_the_rest()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the command what room there is."""
        super().resizeEvent(event)
        self._give_the_rest()

    def _give_the_rest(self) -> None:
        """Make the command as wide as the other columns let it, but never too narrow to be read."""
        columns = self.horizontalHeader()
        others = columns.length() - self.columnWidth(Column.COMMAND)
        least = _LEAST_OF_COMMAND * self.fontMetrics().averageCharWidth()
        self.setColumnWidth(Column.COMMAND, max(self.viewport().width() - others, least))

    def sizeHint(self) -> QSize:
        """Ask for little: it is given all that is left over."""
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:
        """Return a size at which some rows can be read."""
        rows = self.verticalHeader().defaultSectionSize() * _LEAST_ROWS
        return QSize(super().minimumSizeHint().width(), self.horizontalHeader().sizeHint().height() + rows)
