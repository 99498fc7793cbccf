"""A table of jobs by position: any page of any order of a million, with what moved since the last look."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final

import apsw
from msgspec import Struct, structs

from app.domain.job import State
from app.store.database import Row, raw_connection
from app.store.job_views import LINES, JobLine, Statement, line_from_row, ordering, stretches
from app.store.placing import LivePlacing, MadePlacing, Middles, Order
from app.store.sqlite_errors import known_errors
from app.store.views import Interrupted, NotOrdered, View

_CACHE_KIB: Final = 1024
"""Also what a sort keeps in memory before it goes on in a file, and sorting that can't be interrupted.

Among a million: with 8 MiB an interruption took up to 0.7 s on a busy machine, with 1 MiB 0.05 s, and the whole renewal
is about as fast.
"""

_STEPS: Final = 5_000_000
"""Between two looks at whether a build is still wanted; about 0.2 s."""


class Page(Struct, frozen=True):
    """One look at a view, all as of one moment.

    Attributes:
        total: how many jobs match; of a view that is not live, as of its last renewal.
        first: the position of ``lines[0]``.
        lines: the jobs of the positions that were asked for, as far as there are any, each as it is now. None where
            the job was removed since the order was made: positions stay what they are until the next renewal.
        anchor: the position of the anchor's job; None where it is not in the view, or none was asked for.
        counts: how many jobs of the whole queue are in each state.
        version: grows with each renewal, and is 0 for a live view. Positions of pages with the same version other than
            0 are the same; those of a live view can move with every change of the queue.
    """

    total: int
    first: int
    lines: list[JobLine | None]
    anchor: int | None
    counts: dict[State, int]
    version: int


class OrderedJobs:
    """Views of one database by position, over a connection of its own.

    A view is live where an index serves it: every page is up to date, and any position is found by counting index
    entries from the nearer end. The order of any other is made by ``renew`` and kept, one at a time, in a temporary
    file; pages then give those positions, and what each job is now.

    Live: every job by CREATED, STATE, ID or PRIORITY; one state by CREATED; some states by STATE; one kind of error
    among the dead by CREATED.

    One thread uses it; ``interrupt`` alone may be called from another. Every method but ``is_live`` and ``interrupt``
    raises StoreError where the database can't be read.

    Args:
        path: the database.

    Raises:
        StoreError: the file can't be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._order: Order | None = None
        self._versions = 0
        self._middles: Middles = {}
        self._guard = Lock()
        self._is_building = False
        self._is_interrupted = False
        with known_errors(path):
            self._connection = raw_connection(path)
            try:
                self._connection.execute(f"PRAGMA temp_store = file; PRAGMA cache_size = -{_CACHE_KIB}")
            except BaseException:
                self._connection.close()
                raise
        self._connection.set_progress_handler(lambda: self._is_interrupted, _STEPS)

    def page(self, view: View, first: int, length: int, anchor: int | None = None, around: int = 0) -> Page:
        """Return at most ``length`` lines of a view.

        Args:
            view: which jobs, in which order.
            first: the position to begin at.
            length: how many lines.
            anchor: the seq of a job: where it is in the view, the lines begin ``around`` before it instead.
            around: how many lines before the anchor.

        Raises:
            NotOrdered: the view needs renewal.
        """
        with self._reading():
            counts = self._counts()
            placing = self._placing(view, counts)
            place = None if anchor is None else placing.position(anchor)
            first = max(0, first if place is None else place - around)
            lines = self._lines(placing.seqs(first, length))
            return Page(placing.total, first, lines, place, counts, placing.version)

    def position(self, view: View, seq: int) -> int | None:
        """Return where a job stands in a view, from 0; None where it is not in it.

        Raises:
            NotOrdered: the view needs renewal.
        """
        with self._reading():
            return self._placing(view, self._counts()).position(seq)

    def between(self, view: View, seq_a: int, seq_b: int, limit: int) -> list[int]:
        """Return the seqs from one job to another, both included, in the view's order, whichever of them comes first.

        At most ``limit``, from the one that comes first; none where one of the two is not in the view.

        Raises:
            NotOrdered: the view needs renewal.
        """
        with self._reading():
            placing = self._placing(view, self._counts())
            a, b = placing.position(seq_a), placing.position(seq_b)
            if a is None or b is None:
                return []
            return placing.seqs(min(a, b), min(abs(a - b) + 1, limit))

    def all_seqs(self, view: View) -> array[int]:
        """Return the seq of every job of a view, in its order. A million take 8 MB, and about 0.5 s.

        Raises:
            NotOrdered: the view needs renewal.
        """
        found = array("q")
        with self._reading():
            for statement in self._placing(view, self._counts()).every_seq():
                found.extend(seq for (seq,) in self._connection.execute(*statement))
        return found

    def is_live(self, view: View) -> bool:
        """Whether an index serves a view, so that it is always up to date and never needs renewal."""
        return bool(stretches(view))

    def needs_renewal(self, view: View) -> bool:
        """Whether a view can be looked at only after ``renew``."""
        return not self.is_live(view) and (self._order is None or self._order.view != view)

    def is_stale(self, view: View) -> bool:
        """Whether anything in the queue changed since the order of a view was made; never of a live one."""
        if self.is_live(view):
            return False
        return self._order is None or self._order.view != view or self._order.as_of != self._data_version()

    def renew(self, view: View) -> None:
        """Make the order of a view that is not live, as of now, and forget the previous order.

        A million jobs take 0.5-2.5 s, without holding the GIL. The previous order stays where this one fails or is
        interrupted.

        Raises:
            Interrupted: ``interrupt`` was called meanwhile.
        """
        if self.is_live(view):
            return
        with self._guard:
            self._is_building, self._is_interrupted = True, False
        try:
            self._build(view)
        except apsw.InterruptError as error:
            raise Interrupted from error
        finally:
            with self._guard:
                self._is_building = self._is_interrupted = False

    def interrupt(self) -> None:
        """End the ``renew`` that is under way, from any thread; without one it does nothing."""
        with self._guard:
            if self._is_building:
                # The flag too: an interruption that falls between two statements is lost on SQLite.
                self._is_interrupted = True
                self._connection.interrupt()

    def close(self) -> None:
        """Close the connection; the order goes with it."""
        self._connection.close()

    def _build(self, view: View) -> None:
        before = self._order
        text, values = ordering(view)
        with self._reading():
            order = Order(view, 0, self._versions + 1, self._data_version(), {})
            self._connection.execute(
                f"CREATE TEMP TABLE {order.table} (position INTEGER PRIMARY KEY, seq INTEGER NOT NULL)"
            )
            self._connection.execute(f"INSERT INTO {order.table} (seq) {text}", values)
            total = self._connection.changes()
            if before is not None:
                self._connection.execute(f"DROP TABLE temp.{before.table}")
            if self._is_interrupted:
                raise apsw.InterruptError
        self._versions = order.version
        self._order = structs.replace(order, total=total)

    def _placing(self, view: View, counts: dict[State, int]) -> LivePlacing | MadePlacing:
        parts = stretches(view)
        if parts:
            return LivePlacing(self._run, self._middles, view, parts, counts)
        if self._order is None or self._order.view != view:
            raise NotOrdered
        return MadePlacing(self._run, self._order)

    def _counts(self) -> dict[State, int]:
        found = {State(state): int(jobs) for state, jobs in self._run(("SELECT state, jobs FROM state_count", ()))}
        return {state: found.get(state, 0) for state in State}

    def _lines(self, seqs: Sequence[int]) -> list[JobLine | None]:
        found = {row[0]: row for row in self._run((LINES, (json.dumps(list(seqs)),)))}
        return [line_from_row(found[seq]) if seq in found else None for seq in seqs]

    def _data_version(self) -> int:
        return int(self._run(("PRAGMA data_version", ()))[0][0])

    def _run(self, statement: Statement) -> list[Row]:
        with known_errors(self._path):
            return self._connection.execute(*statement).fetchall()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Let all reads of a block see one state of the database, and keep what it made only where all went well."""
        with known_errors(self._path):
            self._connection.execute("BEGIN")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
