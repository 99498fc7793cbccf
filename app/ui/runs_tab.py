"""The runs of one job."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.job import Run
from app.ui.history_model import Column, HistoryModel
from app.ui.history_table import HistoryTable
from app.ui.outcome_words import outcome_colour, outcome_icon, outcome_word
from app.ui.tools import Tools
from app.ui.wording import NONE, duration, moment, one_line, size, tr


class RunsTab(QWidget):
    """A table of runs, newest first.

    Signals:
        output_wanted(int): of the run of this number, by double click or Enter.

    Args:
        tools: the window's.
        parent: its owner.
    """

    output_wanted = Signal(int)

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools = tools
        columns: list[Column[Run]] = [
            Column(tr("Run"), _run, is_number=True),
            Column(tr("Outcome"), _outcome, self._icon),
            Column(tr("Started"), _started),
            Column(tr("Duration"), _duration, is_number=True),
            Column(tr("Exit code"), _exit_code, is_number=True),
            Column(tr("Output"), _output, is_number=True),
            Column(tr("Left behind"), _left_behind),
            Column(tr("Reason"), _reason),
        ]
        self.model: HistoryModel[Run] = HistoryModel(columns, _number, self)
        self.table = HistoryTable(self.model, tr("Runs"))
        self.table.activated.connect(self._activated)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)
        tools.theme.changed.connect(self.model.draw_anew)

    def show_runs(self, runs: list[Run]) -> None:
        """Show these; oldest first they come, newest first they stand."""
        self.model.show(runs[::-1])

    def _activated(self, index: QModelIndex) -> None:
        self.output_wanted.emit(self.model.row(index.row()).run)

    def _icon(self, run: Run) -> QIcon:
        colours = self._tools.theme.colours
        return self._tools.icons.icon(outcome_icon(run.outcome), outcome_colour(run.outcome, colours))


def _number(run: Run) -> tuple[int, int]:
    return run.seq, run.run


def _run(run: Run) -> str:
    return str(run.run)


def _started(run: Run) -> str:
    return moment(run.started_at)


def _duration(run: Run) -> str:
    if run.started_at is None or run.finished_at is None:
        return NONE
    return duration(max(0, run.finished_at - run.started_at) / 1000)


def _outcome(run: Run) -> str:
    return outcome_word(run.outcome)


def _exit_code(run: Run) -> str:
    return NONE if run.exit_code is None else str(run.exit_code)


def _output(run: Run) -> str:
    return size(run.output_bytes)


def _left_behind(run: Run) -> str:
    return one_line(run.left_behind)


def _reason(run: Run) -> str:
    return one_line(run.reason)
