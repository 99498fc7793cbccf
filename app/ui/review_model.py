"""The jobs of all documents under review, as one table; no row costs anything until it is seen."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from enum import IntEnum
from typing import Any, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont

from app.domain.job import NewJob
from app.domain.visible_text import visible
from app.ui import counts
from app.ui.plain import tip
from app.ui.review_documents import Document, Survey, Warned
from app.ui.review_words import name_of, place_of, runs_at_most, time_limit
from app.ui.tools import Tools
from app.ui.wording import NONE, said, state_word, tr

_SEEN = 400
"""Characters of a command that fit into a cell at most; the whole one stands in the details."""

Index = QModelIndex | QPersistentModelIndex


class Column(IntEnum):
    """The columns, in their order."""

    ID = 0
    COMMAND = 1
    NOTE = 2
    FOLDER = 3
    PRIORITY = 4
    TIMEOUT = 5
    RUNS = 6
    ENVIRONMENT = 7


_NUMBERS = frozenset({Column.PRIORITY, Column.TIMEOUT, Column.RUNS})


class Entry(NamedTuple):
    """One job under review, and what is to be said about it."""

    job: NewJob
    document: Document
    notes: tuple[str, ...]
    warnings: tuple[Warned, ...]


class ReviewModel(QAbstractTableModel):
    """Where there are several documents, each begins with a row of its own that names it."""

    def __init__(self, tools: Tools, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tools = tools
        self._documents: Sequence[Document] = ()
        self._survey: Survey | None = None
        self._starts: list[int] = []
        self._rows = 0
        self._heads = 0
        self._bold = QFont()
        self._bold.setBold(True)

    def show(self, documents: Sequence[Document], survey: Survey) -> None:
        """Show other documents; those without jobs are left out."""
        self.beginResetModel()
        self._documents = [document for document in documents if document.jobs]
        self._survey = survey
        self._heads = int(len(self._documents) > 1)
        self._starts = []
        self._rows = 0
        for document in self._documents:
            self._starts.append(self._rows)
            self._rows += self._heads + len(document.jobs)
        self.endResetModel()

    def heads(self) -> list[int]:
        """Return the rows that name a document."""
        return self._starts if self._heads else []

    @property
    def has_notes(self) -> bool:
        """Whether anything is to be said about any job."""
        found = self._survey is not None and bool(self._survey.surplus)
        return found or any(document.warned for document in self._documents)

    def entry(self, row: int) -> Entry | None:
        """Return the job in a row; None for a row that names a document."""
        document, position = self._at(row)
        if position < 0:
            return None
        job = document.jobs[position]
        warned = document.warned.get(position, ())
        notes = [said(warning.note) for warning in warned]
        if self._survey is not None and job.id is not None:
            state = self._survey.taken.get(job.id)
            if state is not None:
                notes.insert(0, tr("Exists: {state}").format(state=state_word(state)))
            elif job.id in self._survey.repeated:
                notes.insert(0, tr("Comes twice"))
        return Entry(job, document, tuple(notes), warned)

    def document(self, row: int) -> Document:
        """Return the document a row belongs to."""
        return self._at(row)[0]

    def _at(self, row: int) -> tuple[Document, int]:
        which = bisect_right(self._starts, row) - 1
        return self._documents[which], row - self._starts[which] - self._heads

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  an invalid one, as in Qt
        """Return how many rows there are."""
        return 0 if parent.isValid() else self._rows

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's name."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(Column(section))
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return {
            Column.ID: tr("ID"),
            Column.COMMAND: tr("Command"),
            Column.NOTE: tr("Note"),
            Column.FOLDER: tr("Folder"),
            Column.PRIORITY: tr("Priority"),
            Column.TIMEOUT: tr("Timeout"),
            Column.RUNS: tr("Runs"),
            Column.ENVIRONMENT: tr("Environment"),
        }[Column(section)]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows."""
        if not index.isValid():
            return None
        entry = self.entry(index.row())
        if entry is None:
            return self._head(self.document(index.row()), index.column(), role)
        column = Column(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(entry, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.DecorationRole and column is Column.NOTE and entry.notes:
            return self._tools.icons.icon("triangle-alert", self._tools.theme.colours.warn)
        if role == Qt.ItemDataRole.ToolTipRole and column in {Column.NOTE, Column.FOLDER}:
            notes = "\n".join([*entry.notes, *(said(warning.words) for warning in entry.warnings)])
            return tip(notes or _text(entry, column))
        return None

    def _head(self, document: Document, column: int, role: int) -> Any:
        if column != 0:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{name_of(document)}  ·  {counts.jobs(len(document.jobs))}"
        if role == Qt.ItemDataRole.FontRole:
            return self._bold
        if role == Qt.ItemDataRole.BackgroundRole:
            return QColor(self._tools.theme.colours.window)
        if role == Qt.ItemDataRole.DecorationRole:
            return self._tools.icons.icon("clipboard" if document.path is None else "file-json")
        return tip(place_of(document)) if role == Qt.ItemDataRole.ToolTipRole else None


def _alignment(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in _NUMBERS else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _text(entry: Entry, column: Column) -> str:
    job, spec = entry.job, entry.job.spec
    match column:
        case Column.ID:
            return tr("automatic") if job.id is None else visible(job.id)
        case Column.COMMAND:
            return visible(spec.command_line[:_SEEN])
        case Column.NOTE:
            return ", ".join(entry.notes)
        case Column.FOLDER:
            return visible(spec.cwd)
        case Column.PRIORITY:
            return str(spec.priority)
        case Column.TIMEOUT:
            return time_limit(spec)
        case Column.RUNS:
            return str(runs_at_most(spec))
        case Column.ENVIRONMENT:
            return ", ".join(map(visible, spec.env)) or NONE
