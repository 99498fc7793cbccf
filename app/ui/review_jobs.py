"""The jobs under review: the table of all, and the one under the cursor in full."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QFrame, QSplitter, QVBoxLayout, QWidget

from app.ui.review_details import ReviewDetails
from app.ui.review_documents import Document, Survey
from app.ui.review_model import ReviewModel
from app.ui.review_table import ReviewTable
from app.ui.tools import Tools


class ReviewJobs(QSplitter):
    """Shows the jobs of documents."""

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.model = ReviewModel(tools, self)
        self.table = ReviewTable(self.model)
        self.details = ReviewDetails(tools)
        self.table.selectionModel().currentRowChanged.connect(self._show_row)
        self.setChildrenCollapsible(False)
        self.addWidget(_card(self.table))
        self.addWidget(self.details)
        self.setStretchFactor(0, 1)

    def show_documents(self, documents: Sequence[Document], survey: Survey) -> None:
        """Show other documents, from the first job on."""
        self.model.show(documents, survey)
        self.table.fit(any(document.has_env for document in documents))

    def _show_row(self, current: QModelIndex) -> None:
        if not current.isValid():
            return
        entry = self.model.entry(current.row())
        if entry is None:
            self.details.show_document(self.model.document(current.row()))
        else:
            self.details.show_job(entry)


def _card(inside: QWidget) -> QWidget:
    card = QFrame()
    card.setProperty("kind", "card")
    layout = QVBoxLayout(card)
    layout.setContentsMargins(1, 4, 1, 4)  # the border's width, and clear of its round corners
    layout.addWidget(inside)
    around = QWidget()
    apart = QVBoxLayout(around)
    apart.setContentsMargins(0, 0, 0, 8)
    apart.addWidget(card)
    return around
