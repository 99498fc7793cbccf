"""Outputs of jobs that a queue knows nothing of since it was brought back: they stay until a person deletes them.

The queue gives out numbers after theirs only, so by their numbers they look like what a kill has left of jobs that were
forgotten. A file among the outputs tells them apart.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from app.store.database import sync_folder

_NOTE: Final = "of-lost-jobs.txt"
_NUMBERS: Final = 2


class LostOutputs:
    """What is noted in one folder of outputs: a line for each time a queue was brought back, with two numbers."""

    def __init__(self, folder: Path) -> None:
        self._note = folder / _NOTE

    def keep(self, after: int, last: int) -> None:
        """Note that the outputs of jobs with numbers after one and up to another stay, if there are any such numbers.

        Raises:
            OSError: it can't be noted.
        """
        if last <= after:
            return
        descriptor = os.open(self._note, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        try:
            os.write(descriptor, f"{after + 1} {last}\n".encode("ascii"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_folder(self._note.parent)

    def kept(self) -> list[range]:
        """Return the numbers of jobs whose outputs stay; a line that says nothing is passed over."""
        try:
            lines = self._note.read_text(encoding="ascii", errors="replace").splitlines()
        except OSError:
            return []
        words = [line.split() for line in lines]
        return [range(int(first), int(last) + 1) for first, last in filter(_are_numbers, words)]


def _are_numbers(words: list[str]) -> bool:
    return len(words) == _NUMBERS and all(word.isascii() and word.isdecimal() for word in words)
