"""Reading what can still be read of a damaged database: from a copy, by small ranges of keys, around what can't be.

SQLite itself reads it, so a row comes whole or not at all. Whether it makes sense is for whoever takes it in to find
out: the checks of the tables are asked again there.
"""

from __future__ import annotations

import shutil
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from operator import lt
from pathlib import Path
from typing import Final

import apsw

from app.store.database import Row, files_of, reading_only, remove_database

_UNREADABLE: Final = (apsw.Error, UnicodeDecodeError, OverflowError)
_RANGE: Final = 1000
"""Keys that are read at once where nothing is the matter."""

_HISTORY: Final = "event, seq, run, to_state, at"
_LOOKED_AT: Final = 100
"""So many events at each end of the history are held against each other."""

_BEYOND: Final = 5
"""So many ranges in a row with nothing in them are the end, where the highest key can't be read; else they are passed
over at once, as far as it can be read what comes after them: a key that grew by a bit may be far away."""

_MOST_GROWN: Final = 100
"""So many rows of a range may have keys that grew beyond it, and all others are read."""

_HOPELESS: Final = 20_000
"""So many ranges in a row of which nothing can be read are the end: the highest key is none."""

_PAGE_SIZE_AT, _PAGE_COUNT_AT, _HEADER_LENGTH = 16, 28, 100
_LARGEST_PAGE: Final = 65_536
_PAGE: Final = 4096
"""Bytes of a page of every database that this program makes."""

_MOST_MISSING: Final = 4
"""How many times its size a file may be said to have had."""


class Reading:
    """A damaged database that can be read in part."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def small(self, sql: str, values: Sequence[int] = ()) -> list[Row]:
        """Return the rows of a small table; none where it can't be read."""
        try:
            return self._connection.execute(sql, values).fetchall()
        except _UNREADABLE:
            return []

    def columns(self, table: str) -> list[str]:
        """Return the names of a table's columns; none where it is not known."""
        return [str(row[1]) for row in self.small(f"PRAGMA table_info({table})")]

    def lists(self, seq: int, event: int) -> bool:
        """Whether the index of events has one of a job under a number, or can't be read."""
        sql = "SELECT EXISTS (SELECT 1 FROM event INDEXED BY event_of_job WHERE seq = ? AND event = ?)"
        return self.small(sql, (seq, event)) != [(0,)]

    def ranges(
        self,
        table: str,
        key: str,
        columns: Sequence[str],
        least: int = 0,
        makes_sense: Callable[[Row], bool] = lambda _: True,
    ) -> Iterator[list[Row]]:
        """Yield the rows of a table, by rising keys, as far as they can be read.

        Args:
            table: its name.
            key: its integer key.
            columns: what is wanted of it.
            least: up to this key it is looked for rows at least.
            makes_sense: whether a row can be one of this table; others may be of a page that is another table's.
        """
        try:
            self._connection.execute(f"SELECT {key} FROM {table} NOT INDEXED LIMIT 0").fetchall()
        except _UNREADABLE:
            return  # not even its definition can be read
        highest = self.small(f"SELECT max({key}) FROM {table} NOT INDEXED")
        known = highest[0][0] if highest else None
        most = max(least, known or 0) if highest else None
        how = _Ways(table, key, columns)
        low, empty = 0, 0
        while empty < _HOPELESS and ((low <= most) if most is not None else (low <= least or empty < _BEYOND)):
            rows = [row for row in self._read(how, low, low + _RANGE) if low <= row[0] < low + _RANGE]
            rows = [row for row in rows if makes_sense(row[1:])]
            if rows:
                yield [row[1:] for row in (_in_order(rows) if key in columns else rows)]
            empty = 0 if rows else empty + 1
            low += _RANGE
            if empty >= _BEYOND:
                following = self._from(table, key, low)
                if following is None:
                    return
                low = following

    def _from(self, table: str, key: str, low: int) -> int | None:
        """Return the first key from one on; that one where it can't be read, None where there is none."""
        sql = f"SELECT {key} FROM {table} NOT INDEXED WHERE {key} >= ? ORDER BY {key} LIMIT 1"
        try:
            found: list[Row] = self._connection.execute(sql, (low,)).fetchall()
        except _UNREADABLE:
            return low
        return max(low, found[0][0]) if found else None

    def _read(self, how: _Ways, low: int, high: int) -> list[Row]:
        """Return the rows from one key to before another, among others; where some can't be read, those that can."""
        try:
            rows: list[Row] = self._connection.execute(how.between, (low, high)).fetchall()
            # SQLite takes it for the end where a key grew by a bit: those that come behind it are less
            match self.small(how.behind, (low, len(rows))):
                case [(grown,), (following,)] if following < min(grown, high):
                    return self._connection.execute(how.onward, (low, high - low + _MOST_GROWN)).fetchall()
                case _:
                    return rows
        except _UNREADABLE:
            if high - low == 1:
                return []
        middle = (low + high) // 2
        return self._read(how, low, middle) + self._read(how, middle, high)


class _Ways:
    """What is asked of a table: rows with their keys before them, and keys.

    Attributes:
        between: the rows from one key to before another.
        onward: so many rows as they stand from one key on, whatever their keys are.
        behind: the two keys that stand so many rows behind one.
    """

    def __init__(self, table: str, key: str, columns: Sequence[str]) -> None:
        wanted, on = ", ".join((key, *columns)), f"FROM {table} NOT INDEXED WHERE {key} >= ?"
        self.between = f"SELECT {wanted} {on} AND {key} < ? ORDER BY {key}"
        self.onward = f"SELECT {wanted} {on} ORDER BY {key} LIMIT ?"
        self.behind = f"SELECT {key} {on} ORDER BY {key} LIMIT 2 OFFSET ?"


def _in_order(rows: list[Row]) -> list[Row]:
    """Return most rows whose keys, which come first, rise; those that are out of order are others' or nobody's.

    Where it can't be told by that which of several rows is the one that is out of order, it is the one that is not next
    to a neighbour; where that does not tell it either, all of them are left out.
    """
    keys = [row[0] for row in rows]
    if all(map(lt, keys, keys[1:])):
        return rows
    before = _longest(keys)
    after = _longest([-key for key in reversed(keys)])[::-1]
    most = max(before)
    levels: dict[int, list[int]] = {}
    for at, (left, right) in enumerate(zip(before, after, strict=True)):
        if left + right == most + 1:
            levels.setdefault(left, []).append(at)
    sure = {keys[places[0]] for places in levels.values() if len(places) == 1}
    kept: list[Row] = []
    for _, (first, *others) in sorted(levels.items()):
        if all(rows[first] == rows[other] for other in others):
            kept.append(rows[first])
        elif beside := [at for at in (first, *others) if keys[at] - 1 in sure]:
            kept.append(rows[beside[0]])
        elif beside := [at for at in (first, *others) if keys[at] + 1 in sure]:
            kept.append(rows[beside[-1]])
    return kept


def _longest(keys: list[int]) -> list[int]:
    """Return of each key how many can rise up to it, with it."""
    least: list[int] = []
    lengths = []
    for key in keys:
        at = bisect_left(least, key)
        least[at : at + 1] = [key]
        lengths.append(at + 1)
    return lengths


@contextmanager
def best_reading(database: Path, reference: Path, scratch: Path) -> Iterator[Reading | None]:
    """Give the way of reading a damaged database that yields most jobs, or None where none yields any.

    It is read with its WAL and without, since it may be the WAL that is damaged, or another database's; and with its
    own table of contents and with that of a sound one, of which it is a descendant or a sister. Where there is nothing
    but a WAL, that is read over the sound one.

    Args:
        database: where its files lie; they are only copied.
        reference: a sound database of this program, which nobody writes to.
        scratch: a folder for copies, which are gone afterwards.
    """
    best: Path | None = None
    most = 0
    ways = [(is_grafted, has_wal) for is_grafted in (False, True) for has_wal in (True, False)]
    places = [scratch / f"reading-{number}.db" for number in range(len(ways))]
    try:
        for place in places:
            remove_database(place)  # who was killed over them has left them
        for place, (is_grafted, has_wal) in zip(places, ways, strict=True):
            worse, is_sound = place, False
            grafted = reference if is_grafted else None
            if _copy(database, place, grafted, has_wal=has_wal) and _is_related(place, reference):
                jobs, is_sound = _count_jobs(place)
                if is_sound or jobs > most:
                    worse, best, most = best or place, place, jobs
            if worse != best:
                remove_database(worse)  # it may have been damaged by a full disk, which has no room for four copies
            if is_sound:
                break
        if best is None:
            yield None
            return
        with closing(_connection(best)) as connection:
            yield Reading(connection)
    finally:
        for place in places:
            remove_database(place)


def _copy(database: Path, place: Path, reference: Path | None, *, has_wal: bool) -> bool:
    """Copy a database to be read in one way; return whether that way is another than those before it."""
    file, wal, *_ = files_of(database)
    is_with_wal = has_wal and wal.exists() and wal.stat().st_size > 0
    if has_wal and not is_with_wal:
        return False
    try:
        shutil.copyfile(file, place)
        is_empty = place.stat().st_size == 0
    except FileNotFoundError:
        is_empty = True
    if is_empty:
        if reference is None or not is_with_wal:
            return False
        shutil.copyfile(reference, place)  # what the WAL holds is newer than all that this has
    if is_with_wal:
        shutil.copyfile(wal, files_of(place)[1])
    _complete(place)
    if reference is not None:
        _graft(reference, place)
    return True


def _complete(place: Path) -> None:
    """Let a file that was cut short have as many pages as it says it has: SQLite would not open it otherwise."""
    with place.open("r+b") as file:
        header = file.read(_HEADER_LENGTH)
        size = file.seek(0, 2)
        page = int.from_bytes(header[_PAGE_SIZE_AT : _PAGE_SIZE_AT + 2], "big")
        page = _LARGEST_PAGE if page == 1 else page
        if page != _PAGE:
            return
        said = int.from_bytes(header[_PAGE_COUNT_AT : _PAGE_COUNT_AT + 4], "big") * page
        if size < said <= _MOST_MISSING * size:
            file.truncate(said)
        elif size % page:
            file.truncate(size - size % page)


def _graft(reference: Path, place: Path) -> None:
    """Put the pages of a sound database's table of contents over those of a damaged one.

    Where each table begins is the same in a database and its copies, and mostly in all that the same program made.
    """
    with closing(reading_only(reference)) as connection:
        pages = [number for (number,) in connection.execute("SELECT pageno FROM dbstat WHERE name = 'sqlite_schema'")]
    with reference.open("rb") as sound, place.open("r+b") as damaged:
        count = damaged.seek(0, 2) // _PAGE
        for number in pages:
            if number <= count:
                sound.seek((number - 1) * _PAGE)
                damaged.seek((number - 1) * _PAGE)
                damaged.write(sound.read(_PAGE))
        damaged.seek(_PAGE_COUNT_AT)
        damaged.write(count.to_bytes(4, "big"))


def _connection(place: Path) -> apsw.Connection:
    connection = apsw.Connection(str(place), flags=apsw.SQLITE_OPEN_READWRITE)
    connection.execute("PRAGMA cell_size_check = on")
    return connection


def _is_related(place: Path, reference: Path) -> bool:
    """Whether a database is of the same queue as a sound one, as far as their common history tells.

    A WAL of another queue makes another queue of it, which may well be sound.
    """
    with closing(reading_only(reference)) as connection:
        known = [
            event
            for end in ("", "DESC")
            for event in connection.execute(f"SELECT {_HISTORY} FROM event ORDER BY event {end} LIMIT {_LOOKED_AT}")
        ]
    same = other = 0
    with suppress(*_UNREADABLE), closing(_connection(place)) as connection:
        for event in known:
            with suppress(*_UNREADABLE):
                found = connection.execute(f"SELECT {_HISTORY} FROM event WHERE event = ?", event[:1]).fetchall()
                same += found == [event]
                other += found not in ([], [event])
    return same >= other


def _count_jobs(place: Path) -> tuple[int, bool]:
    """Return how many jobs can be read, and whether the whole of it is sound."""
    with suppress(*_UNREADABLE), closing(_connection(place)) as connection:
        jobs = sum(len(rows) for rows in Reading(connection).ranges("job", "seq", ["seq"]))
        checked: list[Row] = []
        with suppress(*_UNREADABLE):
            checked = connection.execute("PRAGMA quick_check(1)").fetchall()
        return jobs, checked == [("ok",)]
    return 0, False
