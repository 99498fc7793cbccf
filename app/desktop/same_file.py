"""Whether two paths name one file: a file has more than one name where there are links, junctions and short names."""

from __future__ import annotations

import os
from pathlib import Path


def is_same_file(one: Path, other: Path) -> bool:
    """Whether two paths name the same file or folder; where one of them leads nowhere, their texts count.

    Args:
        one: a path.
        other: another.
    """
    try:
        return one.samefile(other)
    except (OSError, ValueError):  # it is not there, or no path at all
        return _text(one) == _text(other)


def _text(path: Path) -> str:
    return os.path.normcase(os.path.abspath(path))
