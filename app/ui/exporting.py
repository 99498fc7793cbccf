"""Writing jobs to a file of the person's, on a thread of its own."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from msgspec import Struct
from PySide6.QtCore import QObject, Qt, Signal

from app.domain.job import Millis
from app.store.exports import Exported, listed_jobs, listed_lines, private_file, write_lines, write_table
from app.store.job_views import JobLine
from app.store.store import Store
from app.store.views import View
from app.ui.gateway import Gateway
from app.ui.job_columns import JobColumn
from app.ui.wording import NONE

T = TypeVar("T")
Progress = Callable[[int], None]
"""Is told how many jobs have been written; what it raises ends the export, and no file is left."""

_TOLD_EVERY: Final = 1000
_WHOLE = re.compile(r"-?\d{1,15}", re.ASCII)


class Cancelled(Exception):
    """The person did not want it any more."""


class Wish(Struct, frozen=True, kw_only=True):
    """What to export.

    Attributes:
        path: the file.
        view: what the table shows.
        chosen: the seqs of the jobs; None for all of the view.
        columns: of a table (CSV); None for JSON Lines, which ``import`` reads.
        with_env: JSON Lines: with the values of environment variables.
        with_state: JSON Lines: where each job stood, too.
    """

    path: Path
    view: View
    chosen: Sequence[int] | None = None
    columns: Sequence[JobColumn] | None = None
    with_env: bool = False
    with_state: bool = True


def export_jobs(
    store: Store,
    which: Sequence[int] | View,
    path: Path,
    *,
    with_env: bool,
    with_state: bool,
    progress: Progress | None = None,
) -> Exported:
    """Write jobs as JSON Lines, the oldest first, as ``queuectl export`` does.

    Raises:
        NotExported: the file can't be written; what stood there before still does.
    """
    jobs = store.reads.oldest_first(which.filter) if isinstance(which, View) else listed_jobs(store.database, which)
    with private_file(str(path), "ascii") as out:
        return write_lines(_told(jobs, progress), out, with_env=with_env, with_state=with_state)


def export_csv(
    store: Store,
    view: View,
    columns: Sequence[JobColumn],
    path: Path,
    now: Callable[[], Millis],
    progress: Progress | None = None,
    chosen: Sequence[int] | None = None,
) -> Exported:
    """Write jobs as a table shows them, with the same columns and in the same order.

    It begins with a mark of its encoding: by it spreadsheets know that it is UTF-8.

    Args:
        store: the queue.
        view: what the table shows.
        columns: of the table.
        path: the file.
        now: the moment.
        progress: is told how far it is.
        chosen: the seqs of the jobs, those that the view shows no longer included; None for all of the view.

    Raises:
        NotExported: the file can't be written; what stood there before still does.
    """
    seqs = _in_order(store, view, chosen)
    cells = [(column.title, partial(_cell, column, now)) for column in columns]
    with private_file(str(path), "utf-8-sig") as out:
        return write_table(_told(listed_lines(store.database, seqs), progress), cells, out)


class Exporter(QObject):
    """Does one export.

    Signals:
        progressed(int): so many jobs have been written.
        done(Exported), failed(Exception), cancelled: its end; one of them, once.

    Args:
        gateway: the way to the store.
        now: the moment.
        parent: its owner.
    """

    progressed = Signal(int)
    done = Signal(object)
    failed = Signal(object)
    cancelled = Signal()
    _ended = Signal(object)

    def __init__(self, gateway: Gateway, now: Callable[[], Millis], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._gateway = gateway
        self._now = now
        self._must_stop = threading.Event()
        self._ended.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def start(self, wish: Wish) -> None:
        """Begin; it has a thread and a connection of its own, so that nothing else waits for it."""
        self._gateway.look(self, lambda store: store, partial(self._run, wish))

    def cancel(self) -> None:
        """Stop; no file is left."""
        self._must_stop.set()

    def _run(self, wish: Wish, store: Store) -> None:
        threading.Thread(target=self._write, args=(wish, store), name="export", daemon=True).start()

    def _write(self, wish: Wish, store: Store) -> None:
        try:
            with store.connected():
                result: object = self._written(wish, store)
        except Exception as error:  # noqa: BLE001  told where it can be shown
            result = error
        try:
            self._ended.emit(result)
        except RuntimeError:
            return  # the window was closed meanwhile

    def _written(self, wish: Wish, store: Store) -> Exported:
        if wish.columns is not None:
            return export_csv(store, wish.view, wish.columns, wish.path, self._now, self._count, wish.chosen)
        return export_jobs(
            store,
            wish.view if wish.chosen is None else wish.chosen,
            wish.path,
            with_env=wish.with_env,
            with_state=wish.with_state,
            progress=self._count,
        )

    def _count(self, jobs: int) -> None:
        if self._must_stop.is_set():
            raise Cancelled
        self.progressed.emit(jobs)

    def _tell(self, result: object) -> None:
        if isinstance(result, Cancelled):
            self.cancelled.emit()
        elif isinstance(result, Exception):
            self.failed.emit(result)
        else:
            self.done.emit(result)


def _told(rows: Iterable[T], progress: Progress | None) -> Iterator[T]:
    for count, row in enumerate(rows):
        if progress is not None and count % _TOLD_EVERY == 0:
            progress(count)
        yield row


def _in_order(store: Store, view: View, chosen: Sequence[int] | None) -> Sequence[int]:
    """Return jobs of a view in its order; chosen ones that have left it since come last."""
    ordered = store.ordered()
    try:
        ordered.renew(view)
        seqs = ordered.all_seqs(view)
    finally:
        ordered.close()
    if chosen is None:
        return seqs
    wanted = set(chosen)
    there = [seq for seq in seqs if seq in wanted]
    return there + sorted(wanted.difference(there))


def _cell(column: JobColumn, now: Callable[[], Millis], line: JobLine) -> str | int | None:
    text = column.text(line, now())
    if column.is_number and _WHOLE.fullmatch(text):
        return int(text)  # not an apostrophe before the minus of an exit code
    return None if text == NONE else text
