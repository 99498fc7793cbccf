"""Which jobs are chosen in a table: by the job, not by the row, so that rows may move under it."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Signal

from app.ui.job_table_model import JobTableModel

_Flag = QItemSelectionModel.SelectionFlag


class JobSelection(QItemSelectionModel):
    """Keeps the chosen jobs; what Qt shows as selected is a picture of them in the rows that are here.

    Signals:
        chosen_changed: another job, or one fewer, is chosen.
        range_wanted(int, int): all jobs between two are meant, and not all of them are here.
    """

    chosen_changed = Signal()
    range_wanted = Signal(int, int)

    def __init__(self, model: JobTableModel) -> None:
        super().__init__(model)
        self._rows = model
        self._chosen: dict[int, None] = {}
        self._is_all = False
        self._start: int | None = None
        self._is_drawing = False
        self._version = 0

    @property
    def version(self) -> int:
        """A number that grows whenever something else is chosen."""
        return self._version

    @property
    def chosen(self) -> list[int]:
        """The seqs of the chosen jobs, in the order of choosing; of no use where ``is_all``."""
        return list(self._chosen)

    @property
    def is_all(self) -> bool:
        """Whether every job that matches is chosen, the ones that are not here included."""
        return self._is_all

    def choose(self, seqs: Iterable[int]) -> None:
        """Choose these jobs and no other."""
        self._version += 1
        self._chosen = dict.fromkeys(seqs)
        self._is_all = False
        self.draw()
        self.chosen_changed.emit()

    def choose_all(self) -> None:
        """Choose every job that matches, whatever comes to match later included."""
        self._version += 1
        self._is_all = True
        self._chosen = {}
        self.draw()
        self.chosen_changed.emit()

    def forget(self) -> None:
        """Choose nothing."""
        if self._chosen or self._is_all:
            self.choose(())

    def select(self, what: QItemSelection | QModelIndex, command: QItemSelectionModel.SelectionFlag) -> None:  # type: ignore[override]  # one Python method for both of C++
        """Take over what the person chose by mouse or keyboard."""
        super().select(what, command)
        if self._is_drawing or command == _Flag.NoUpdate:
            return
        self._version += 1
        before = (self._chosen, self._is_all)
        reached = self._ends(what)
        if command & _Flag.Clear:
            self._chosen = {}
        elif self._is_all:  # from all but one on, each counts by itself
            self._chosen = {line.seq: None for _, line in self._rows.loaded()}
        else:
            self._chosen = dict(self._chosen)
        self._is_all = False
        for row, line in self._rows.loaded():
            if self.isRowSelected(row, QModelIndex()):
                self._chosen[line.seq] = None
            else:
                self._chosen.pop(line.seq, None)
        if (self._chosen, self._is_all) != before:
            self.chosen_changed.emit()
        self._ask_for_range(reached)

    def clear(self) -> None:
        """Choose nothing."""
        super().clear()
        if not self._is_drawing:
            self.forget()

    def reset(self) -> None:
        """Begin with new rows; which jobs are chosen does not change by that."""
        self._is_drawing = True
        try:
            super().reset()
        finally:
            self._is_drawing = False

    def draw(self) -> None:
        """Show as selected what is chosen, in the rows that are here."""
        wanted = QItemSelection()
        last = self._rows.columnCount() - 1
        run: list[int] = []
        for row in [*sorted(row for row, line in self._rows.loaded() if self._is_chosen(line.seq)), -1]:
            if run and row != run[-1] + 1:
                wanted.select(self._rows.index(run[0], 0), self._rows.index(run[-1], last))
                run = []
            if row >= 0:
                run.append(row)
        self._is_drawing = True
        try:
            super().select(wanted, _Flag.ClearAndSelect)
        finally:
            self._is_drawing = False

    def _is_chosen(self, seq: int) -> bool:
        return self._is_all or seq in self._chosen

    def _ends(self, what: QItemSelection | QModelIndex) -> tuple[int, int] | None:
        """Return the rows from where to where is meant; remember where a range would begin."""
        if isinstance(what, QModelIndex):
            first, last = what.row(), what.row()
        elif what.isEmpty():
            return None
        else:
            rows = [index.row() for part in what.toList() for index in (part.topLeft(), part.bottomRight())]
            first, last = min(rows), max(rows)
        if first == last:
            line = self._rows.line(first)
            self._start = None if line is None else line.seq
        return first, last

    def _ask_for_range(self, ends: tuple[int, int] | None) -> None:
        if ends is None or ends[0] == ends[1] or self._rows.has(*ends):
            return
        here = [line.seq for row in ends if (line := self._rows.line(row)) is not None]
        if self._start is not None and here:
            other = next((seq for seq in here if seq != self._start), self._start)
            self.range_wanted.emit(self._start, other)
