"""Plain aligned tables, as in 1.0, written as the rows come: a million of them take no memory."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, islice
from typing import Generic, NamedTuple, TypeVar

from app.cli.text import padded, width

Item = TypeVar("Item")

_MEASURED = 1000
"""The widths are those of so many rows; a later one that is wider stands out, and nothing is cut."""

_GAP = "  "


class Column(NamedTuple, Generic[Item]):
    """One column: its title, its least width, and what stands in it, already fit for a terminal."""

    title: str
    least: int
    text: Callable[[Item], str]


def write_table(columns: Sequence[Column[Item]], items: Iterable[Item]) -> int:
    """Write a table to stdout and return the number of its rows; without rows nothing is written."""
    rows = ([column.text(item) for column in columns] for item in items)
    first = list(islice(rows, _MEASURED))
    if not first:
        return 0
    widths = [
        max(column.least, len(column.title), *(width(row[place]) for row in first))
        for place, column in enumerate(columns)
    ]
    write = sys.stdout.write
    write(_line([column.title for column in columns], widths))
    write(_line(["-" * cells for cells in widths], widths))
    count = 0
    for row in chain(first, rows):
        write(_line(row, widths))
        count += 1
    return count


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(map(padded, cells, widths)).rstrip() + "\n"
