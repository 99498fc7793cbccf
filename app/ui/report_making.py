"""Making and saving a report on a thread of its own: the store's threads may wait for a store that never opens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from app.messages import KnownError
from app.paths import Home
from app.ui.problem_report import Outdated, Piece, make_report, save_report
from app.ui.program_facts import Fact
from app.ui.report_jobs import JobWish


class ReportMaker(QObject):
    """Makes reports, of which only the one asked for last is told.

    Signals:
        progressed(int, int): so many of so many jobs have been read for it.
        made(object): a list of Piece.
        saved(str): the path. failed(KnownError): it can't be saved.

    Args:
        home: the queue's.
        screen: what the GUI thread knows.
        parent: its owner.
    """

    progressed = Signal(int, int)
    made = Signal(object)
    saved = Signal(str)
    failed = Signal(object)
    _counted = Signal(int, int, int)
    _ended = Signal(int, object)
    _written = Signal(str, object)

    def __init__(self, home: Home, screen: list[Fact], parent: QObject) -> None:
        super().__init__(parent)
        self._home = home
        self._screen = screen
        self._asked = 0
        self._counted.connect(self._count, Qt.ConnectionType.QueuedConnection)
        self._ended.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self._written.connect(self._tell_saved, Qt.ConnectionType.QueuedConnection)

    def make(self, wish: JobWish) -> None:
        """Begin to make one; another that is under way is given up."""
        self._asked += 1
        self._on_a_thread(partial(self._make, self._asked, wish))

    def save(self, pieces: Sequence[Piece], path: Path) -> None:
        """Begin to write one."""
        self._on_a_thread(partial(self._save, pieces, path))

    def stop(self) -> None:
        """Give up what is under way; nothing more is told of it."""
        self._asked += 1

    @staticmethod
    def _on_a_thread(work: Callable[[], None]) -> None:
        threading.Thread(target=work, name="report", daemon=True).start()

    def _make(self, number: int, wish: JobWish) -> None:
        def progress(done: int, total: int) -> None:
            if number != self._asked:
                raise Outdated
            _hand_over(lambda: self._counted.emit(number, done, total))

        result: object
        try:
            result = make_report(self._home, self._screen, wish, progress)
        except Exception as error:  # noqa: BLE001  raised where it can be shown
            result = error
        _hand_over(lambda: self._ended.emit(number, result))

    def _save(self, pieces: Sequence[Piece], path: Path) -> None:
        error: Exception | None = None
        try:
            save_report(pieces, path)
        except Exception as trouble:  # noqa: BLE001  raised where it can be shown
            error = trouble
        _hand_over(lambda: self._written.emit(str(path), error))

    def _count(self, number: int, done: int, total: int) -> None:
        if number == self._asked:
            self.progressed.emit(done, total)

    def _tell(self, number: int, result: list[Piece] | Exception) -> None:
        if number != self._asked:
            return  # an Outdated, or what is not wanted any more
        if isinstance(result, Exception):
            raise result
        self.made.emit(result)

    def _tell_saved(self, path: str, error: Exception | None) -> None:
        if error is None:
            self.saved.emit(path)
        elif isinstance(error, KnownError):
            self.failed.emit(error)
        else:
            raise error


def _hand_over(emit: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # the dialog is gone
        emit()
