"""Text of jobs as lines of a terminal: cut and padded by the cells it takes there."""

from __future__ import annotations

import unicodedata

from app.domain.visible_text import visible


def cut(text: str, length: int) -> str:
    """Return text as one line of at most ``length`` characters; the end of a longer one is '...'."""
    line = visible(text[: length + 1])
    return line if len(line) <= length else line[: length - 3] + "..."


def width(text: str) -> int:
    """Return how many cells of a terminal a line takes."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def padded(text: str, cells: int) -> str:
    """Return a line filled up with spaces to a number of cells."""
    return text + " " * (cells - width(text))


def _cells(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1
