"""What the runner and each of its workers do, read and as rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor

from app.desktop.process_facts import memory
from app.domain.job import Millis, State
from app.settings import OPTIONS
from app.store.job_queries import Order
from app.store.job_views import COMMAND_LENGTH
from app.store.runner_state import RunnerState
from app.store.store import Store
from app.store.views import Filter
from app.ui.job_columns import elapsed_text
from app.ui.looks import RunnerLook, runner_look
from app.ui.plain import tip
from app.ui.tools import Tools
from app.ui.wording import NONE, clock, number, one_line, tr

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_MOST: Final = int(OPTIONS["workers"].high)
_PROCESSING: Final = Filter(states=frozenset({State.PROCESSING}))

WORKER, DOING, JOB, SINCE, ELAPSED, COMMAND = range(6)
SEQ = Qt.ItemDataRole.UserRole
"""Role of the seq of the job that a worker runs, or None."""


class Working(Struct, frozen=True, kw_only=True):
    """A job that is being run; ``timeout`` in seconds, 0 for none."""

    seq: int
    run: int
    id: str
    command: str
    since: Millis
    timeout: float
    is_cancelled: bool


class WorkersLook(Struct, frozen=True, kw_only=True):
    """The runner and what it runs.

    Attributes:
        runner: as in ``looks``.
        memory: bytes its process holds, None where that is not known.
        chosen: option ``workers``.
        paused: whether the queue hands out nothing.
        lacks_space: whether too little of the disk is free for that.
        working: what is being run, the oldest job first; at most as many as there can be workers.
        logs: the folder of its log.
    """

    runner: RunnerLook
    memory: int | None
    chosen: int
    paused: bool
    lacks_space: bool
    working: tuple[Working, ...]
    logs: Path


def workers_look(store: Store) -> WorkersLook:
    """Look at the runner and its workers."""
    runner = runner_look(store)
    known = runner.lives and runner.pid is not None
    jobs = store.reads.page(_PROCESSING, Order.OLDEST, 0, _MOST)
    return WorkersLook(
        runner=runner,
        memory=memory(runner.pid, runner.pid_created) if known and runner.pid is not None else None,
        chosen=int(store.options.values()["workers"]),
        paused=store.reads.is_paused(),
        lacks_space=store.lacks_space(),
        working=tuple(
            Working(
                seq=job.seq,
                run=job.run,
                id=job.id,
                command=job.spec.command_line[:COMMAND_LENGTH],
                since=job.started_at or job.updated_at,
                timeout=job.spec.timeout,
                is_cancelled=job.cancel_requested,
            )
            for job in jobs
        ),
        logs=store.home.logs,
    )


class WorkersModel(QAbstractTableModel):
    """A line for each worker: what it runs, or that it is idle.

    Which worker has which job is not stored. A job keeps its line until it ends, and a new one takes the first that is
    free, as the runner itself does it.

    Args:
        tools: icons and colours.
        now: the moment.
    """

    def __init__(self, tools: Tools, now: Callable[[], Millis]) -> None:
        super().__init__()
        self._tools = tools
        self._now = now
        self._look: WorkersLook | None = None
        self._lines: list[Working | None] = []

    @property
    def working(self) -> int:
        """How many workers have a job."""
        return sum(line is not None for line in self._lines)

    def show(self, look: WorkersLook) -> None:
        """Show the workers as of now."""
        self._look = look
        lines = self._placed(look)
        if len(lines) > len(self._lines):
            self.beginInsertRows(_ROOT, len(self._lines), len(lines) - 1)
            self._lines = lines
            self.endInsertRows()
        elif len(lines) < len(self._lines):
            self.beginRemoveRows(_ROOT, len(lines), len(self._lines) - 1)
            self._lines = lines
            self.endRemoveRows()
        self._lines = lines
        if lines:
            self.dataChanged.emit(self.index(0, 0), self.index(len(lines) - 1, COMMAND))

    def tick(self) -> None:
        """Let what tells of time be drawn anew."""
        if self._lines:
            self.dataChanged.emit(self.index(0, ELAPSED), self.index(len(self._lines) - 1, ELAPSED))

    def _placed(self, look: WorkersLook) -> list[Working | None]:
        if not look.runner.lives:
            return []
        left = {(job.seq, job.run): job for job in look.working}
        lines = [left.pop((line.seq, line.run), None) if line is not None else None for line in self._lines]
        lines += [None] * (look.runner.slots - len(lines))
        for job in left.values():
            free = next((place for place, line in enumerate(lines) if line is None), len(lines))
            lines[free : free + 1] = [job]
        while len(lines) > look.runner.slots and lines[-1] is None:
            lines.pop()
        return lines

    # What Qt asks

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """Return how many workers there are, those that only finish a job included."""
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        """Return how many columns there are."""
        return 0 if parent.isValid() else COMMAND + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's title."""
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return (tr("Worker"), tr("Does"), tr("Job"), tr("Since"), tr("Elapsed"), tr("Command"))[section]

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows."""
        if not index.isValid() or self._look is None:
            return None
        line = self._lines[index.row()]
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return self._text(index.row(), line, index.column())
        if role == SEQ:
            return None if line is None else line.seq
        if role == Qt.ItemDataRole.ToolTipRole and line is not None and index.column() in {JOB, COMMAND}:
            return tip(self._text(index.row(), line, index.column()))
        if role == Qt.ItemDataRole.DecorationRole and index.column() == DOING:
            return self._tools.icons.icon(*self._icon(index.row(), line))
        if role == Qt.ItemDataRole.ForegroundRole:
            if line is None:
                return QBrush(QColor(self._tools.theme.colours.dim))
            if index.column() == DOING:
                return QBrush(QColor(self._icon(index.row(), line)[1]))
        return None

    def _text(self, row: int, line: Working | None, column: int) -> str:
        if column == WORKER:
            return tr("Worker {n}").format(n=number(row + 1))
        if column == DOING:
            return self._word(row, line)
        if line is None:
            return NONE if column == JOB else ""
        if column == JOB:
            return one_line(line.id)
        if column == COMMAND:
            return one_line(line.command)
        return clock(line.since) if column == SINCE else elapsed_text(self._now() - line.since, line.timeout)

    def _word(self, row: int, line: Working | None) -> str:
        if line is None:
            return tr("Paused") if self._look is not None and self._look.paused else tr("Idle")
        if line.is_cancelled:
            return tr("Cancelling")
        return tr("Last job") if self._is_leaving(row) else tr("Working")

    def _icon(self, row: int, line: Working | None) -> tuple[str, str]:
        colours = self._tools.theme.colours
        if line is None:
            paused = self._look is not None and self._look.paused
            return ("pause" if paused else "circle-dashed", colours.dim)
        if line.is_cancelled or self._is_leaving(row):
            return ("ban" if line.is_cancelled else "hourglass", colours.warn)
        return ("loader-circle", colours.busy)

    def _is_leaving(self, row: int) -> bool:
        """Whether a worker takes no other job after the one it has."""
        if self._look is None:
            return False
        return self._look.runner.state is RunnerState.DRAINING or row >= self._look.runner.slots
