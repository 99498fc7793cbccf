"""Where the jobs of a view stand: counted in an index, as of the moment of asking, or as they were once ordered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from app.domain.job import State
from app.store.database import Row
from app.store.job_views import Statement, Stretch
from app.store.views import View

_WORTH_HALVING: Final = 50_000
"""Jobs. Among fewer it does not matter from which end they are counted: 2 ms."""

_KNOWN: Final = 1000
"""Positions kept of an order."""

Run = Callable[[Statement], list[Row]]
Middles = dict[Stretch, tuple[int, Row]]
"""Of long stretches, how many jobs there were once, and the key of the one in the middle then.

It only tells from which end to count, so it may be old.
"""


class LivePlacing:
    """The places of a view that an index serves, within one reading transaction.

    Attributes:
        total: how many jobs.
        version: 0.
    """

    version = 0

    def __init__(
        self, run: Run, middles: Middles, view: View, parts: tuple[Stretch, ...], counts: Mapping[State, int]
    ) -> None:
        self._run = run
        self._middles = middles
        self._descending = view.descending
        self._parts = [(part, self._jobs(part, counts)) for part in parts]
        self.total = sum(jobs for _, jobs in self._parts)

    def position(self, seq: int) -> int | None:
        """Return where a job stands, from 0; None where it is not in the view."""
        passed = 0
        for part, jobs in self._parts:
            keys = self._run(part.key_of(seq))
            if keys:
                ascending = passed + self._before(part, jobs, keys[0])
                return self.total - 1 - ascending if self._descending else ascending
            passed += jobs
        return None

    def seqs(self, first: int, length: int) -> list[int]:
        """Return the seqs of the jobs from a position on, as far as there are any."""
        length = max(0, min(length, self.total - first))
        begin = self.total - first - length if self._descending else first
        found, passed = list[int](), 0
        for part, jobs in self._parts:
            low, high = max(begin, passed) - passed, min(begin + length, passed + jobs) - passed
            if low < high:
                found += self._slice(part, jobs, low, high)
            passed += jobs
        return found[::-1] if self._descending else found

    def every_seq(self) -> list[Statement]:
        """Return the statements whose rows, one after the other, are the seqs of all jobs in their order."""
        parts = [part for part, _ in self._parts]
        return [
            part.keys(("seq",), descending=self._descending) for part in (parts[::-1] if self._descending else parts)
        ]

    def _jobs(self, part: Stretch, counts: Mapping[State, int]) -> int:
        jobs = part.jobs(counts)
        return int(self._run(part.count())[0][0]) if jobs is None else jobs

    def _slice(self, part: Stretch, jobs: int, low: int, high: int) -> list[int]:
        """Return the seqs at places of one stretch, ascending, found from the nearer end."""
        from_end = low > jobs - high
        offset = jobs - high if from_end else low
        rows = self._run(part.keys(("seq",), descending=from_end, length=high - low, offset=offset))
        seqs = [int(seq) for (seq,) in rows]
        return seqs[::-1] if from_end else seqs

    def _before(self, part: Stretch, jobs: int, key: Row) -> int:
        """Return how many jobs of a stretch come before a key, counted from the end that seems nearer."""
        if jobs > _WORTH_HALVING and key > self._middle(part, jobs):
            return jobs - 1 - int(self._run(part.before(key, descending=True))[0][0])
        return int(self._run(part.before(key, descending=False))[0][0])

    def _middle(self, part: Stretch, jobs: int) -> Row:
        then, key = self._middles.get(part, (0, ()))
        if abs(jobs - then) > then // 4:
            (key,) = self._run(part.keys(part.by, descending=False, length=1, offset=jobs // 2))
            self._middles[part] = (jobs, key)
        return key


class Order(Struct, frozen=True):
    """The order of a view that no index serves, in a temporary table of its own: position, from 1, and seq.

    ``as_of`` is the data_version of the moment it was made in, ``known`` the positions that were asked for.
    """

    view: View
    total: int
    version: int
    as_of: int
    known: dict[int, int | None]

    @property
    def table(self) -> str:
        """Its name."""
        return f"ordered_{self.version}"


class MadePlacing:
    """The places of a view as they were when its order was made.

    Attributes:
        total: how many jobs there were.
        version: that of the order.
    """

    def __init__(self, run: Run, order: Order) -> None:
        self._run = run
        self._table = f"temp.{order.table}"
        self._known = order.known
        self.total = order.total
        self.version = order.version

    def position(self, seq: int) -> int | None:
        """Return where a job stands, from 0; None where it is not in the view."""
        # Looked for from the front: an index would make each renewal longer by a third, and a window asks for the
        # same few again and again.
        if seq not in self._known:
            found = self._run((f"SELECT position - 1 FROM {self._table} WHERE seq = ? LIMIT 1", (seq,)))
            if len(self._known) >= _KNOWN:
                self._known.clear()
            self._known[seq] = found[0][0] if found else None
        return self._known[seq]

    def seqs(self, first: int, length: int) -> list[int]:
        """Return the seqs of the jobs from a position on, as far as there are any."""
        values: tuple[Any, ...] = (first, first + length)
        rows = self._run(
            (f"SELECT seq FROM {self._table} WHERE position > ? AND position <= ? ORDER BY position", values)
        )
        return [seq for (seq,) in rows]

    def every_seq(self) -> list[Statement]:
        """Return the statement whose rows are the seqs of all jobs in their order."""
        return [(f"SELECT seq FROM {self._table} ORDER BY position", ())]
