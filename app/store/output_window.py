"""Reading a part of an output from anywhere in it: outputs can be far larger than what anybody wants to load."""

from __future__ import annotations

import codecs
import errno
import os
import re
import sys
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Self

from msgspec import Struct

from app.store.output_reading import Gap
from app.store.outputs import open_output

_LINE_WITHIN = 2**16
"""Bytes in which the end of a line is looked for; a part begins inside a longer line."""

_MOST_RANGES = 1000
_ZEROS = 4096
"""So many bytes that are all zero were freed, where the system does not tell which were; jobs write no such things."""

_GAP_LINE = re.compile(rb"^\[QueueCTL: ([\d,]{1,26}) bytes are left out here\]\r?\n", re.MULTILINE)
"""What stands where the cap took the middle of a finished output away; see ``engine.output_cap.gap_line``."""

_BYTE_ORDERS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_HIGH_BITS = 0xC0
_CONTINUATION = 0x80


class Stretch(Struct, frozen=True):
    """A part of an output.

    ``start`` and ``end`` are offsets in the file, ``size`` is its length as of the reading. ``parts`` is what stands
    there, a Gap in the place of what was freed. ``encoding`` is set where the file's beginning tells it.
    """

    start: int
    end: int
    size: int
    parts: tuple[bytes | Gap, ...]
    encoding: str | None = None


class OutputWindow:
    """Reads parts of one output file. Each begins with a line and ends with one, where lines are not very long.

    The file is opened for each reading and never held: on Windows a held file could not be shortened.

    Args:
        path: the file; it may come later.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def size(self) -> int | None:
        """Return how long the file is now, or None where there is none."""
        try:
            return self._path.stat().st_size
        except OSError:
            return None

    def last(self, length: int) -> Stretch:
        """Return at most the last ``length`` bytes.

        Raises:
            OSError: there is no such file, as in all that follow.
        """
        with _Opened(self._path) as opened:
            return opened.stretch(opened.line_after(opened.back(opened.size, length), opened.size), opened.size)

    def before(self, offset: int, length: int) -> Stretch:
        """Return at most ``length`` bytes that end at ``offset``."""
        with _Opened(self._path) as opened:
            end = min(offset, opened.size)
            return opened.stretch(opened.line_after(opened.back(end, length), end), end)

    def after(self, offset: int, length: int) -> Stretch:
        """Return at most ``length`` bytes from ``offset`` on; the file's end is taken as it is."""
        with _Opened(self._path) as opened:
            start = min(offset, opened.size)
            return opened.stretch(start, opened.line_before(start, opened.ahead(start, length)))

    def around(self, offset: int, length: int) -> Stretch:
        """Return at most ``length`` bytes with ``offset`` among them."""
        with _Opened(self._path) as opened:
            place = min(offset, opened.size)
            start = opened.line_after(opened.back(place, length // 4), place)
            return opened.stretch(start, opened.line_before(start, opened.ahead(start, length)))

    def between(self, start: int, end: int) -> Stretch:
        """Return exactly these bytes, as far as there are any."""
        with _Opened(self._path) as opened:
            end = min(end, opened.size)
            return opened.stretch(min(start, end), end)


def split_at_gaps(data: bytes) -> Iterator[bytes | Gap]:
    """Yield the parts of a piece of a finished output, with a Gap for each line that states one."""
    place = 0
    for line in _GAP_LINE.finditer(data):
        if line.start() > place:
            yield data[place : line.start()]
        yield Gap(int(line[1].replace(b",", b"") or b"0"))
        place = line.end()
    if place < len(data):
        yield data[place:]


class _Opened:
    """The file while it is read."""

    def __init__(self, path: Path) -> None:
        self._file = open_output(path)
        self.size = os.fstat(self._file.fileno()).st_size
        self._ranges = _data_ranges(self._file, self.size)
        self._starts = [start for start, _ in self._ranges]
        self._encoding = _BYTE_ORDERS.get(self._read(0, 2))
        self._newline = "\n".encode(self._encoding or "ascii")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def back(self, offset: int, length: int) -> int:
        """Return where so many bytes before an offset begin; freed ones don't count."""
        for start, after in reversed(self._ranges[: bisect_right(self._starts, offset)]):
            end = min(after, offset)
            if end - start >= length:
                return (end - length) & -len(self._newline)
            length -= max(0, end - start)
        return 0

    def ahead(self, offset: int, length: int) -> int:
        """Return where so many bytes after an offset end."""
        for first, end in self._ranges[max(0, bisect_right(self._starts, offset) - 1) :]:
            start = max(first, offset)
            if end - start >= length:
                return start + length
            length -= max(0, end - start)
        return self.size

    def line_after(self, offset: int, limit: int) -> int:
        """Return where the first line begins at or after an offset, else the first whole character."""
        step = len(self._newline)
        if offset < step or offset in self._starts:
            return offset
        data = self._read(offset - step, min(_LINE_WITHIN, limit - offset))
        found = data.find(self._newline)
        while found % step and found >= 0:
            found = data.find(self._newline, found + 1)
        if found >= 0:
            return offset + found
        text = data[step : step + 3]
        return offset if self._encoding else offset + len(text) - len(text.lstrip(bytes(range(0x80, 0xC0))))

    def line_before(self, start: int, end: int) -> int:
        """Return where the last whole line before ``end`` ends, else the last whole character."""
        step = len(self._newline)
        if end >= self.size:
            return self.size
        begin = max(start, end - _LINE_WITHIN)
        data = self._read(begin, end - begin)
        found = data.rfind(self._newline)
        while found >= 0 and (begin + found) % step:
            found = data.rfind(self._newline, 0, found)
        if found >= 0:
            return begin + found + step
        return max(end & -step if self._encoding else end - _cut(data), start)

    def stretch(self, start: int, end: int) -> Stretch:
        parts: list[bytes | Gap] = []
        place = start
        for first, last in self._ranges[max(0, bisect_right(self._starts, start) - 1) :]:
            if last <= place:
                continue
            if first >= end:
                break
            _add_gap(parts, first - place)
            place = max(place, first)
            data = self._read(place, min(last, end) - place)
            place += len(data)
            _add(parts, data)
        _add_gap(parts, end - place)
        return Stretch(start, end, self.size, tuple(parts), self._encoding)

    def _read(self, offset: int, length: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(max(0, length))


def _data_ranges(file: BinaryIO, size: int) -> list[tuple[int, int]]:
    """Return the parts of a file that were not freed; on Windows, which does not tell, the whole file."""
    if sys.platform == "win32":
        return [(0, size)]
    ranges: list[tuple[int, int]] = []
    place = 0
    try:
        while place < size:
            start = os.lseek(file.fileno(), place, os.SEEK_DATA)
            end = size if len(ranges) == _MOST_RANGES else os.lseek(file.fileno(), start, os.SEEK_HOLE)
            ranges.append((start, min(end, size)))
            place = end
    except OSError as error:
        if error.errno == errno.ENXIO:  # after the last data
            return ranges
    return ranges if place >= size else [*ranges, (place, size)]


def _add(parts: list[bytes | Gap], data: bytes) -> None:
    if len(data) >= _ZEROS and not data.strip(b"\0"):
        _add_gap(parts, len(data))
    elif data:
        parts.append(data)


def _add_gap(parts: list[bytes | Gap], missing: int) -> None:
    if missing <= 0:
        return
    last = parts[-1] if parts else None
    if isinstance(last, Gap):
        parts[-1] = Gap(last.missing + missing)
    else:
        parts.append(Gap(missing))


def _cut(data: bytes) -> int:
    """Return how many bytes at the end belong to a character of UTF-8 that goes on."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte & _HIGH_BITS == _HIGH_BITS:
            return back if back < 2 + (byte >= 0xE0) + (byte >= 0xF0) else 0  # noqa: PLR2004  UTF-8's lengths
        if byte & _HIGH_BITS != _CONTINUATION:
            return 0
    return 0
