"""A picture of each step of a test, for whoever wants to know afterwards what was to be seen."""

import os
import re
import shutil
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
FOLDER = Path(os.environ.get("QUEUECTL_PICTURES") or CHECKOUT / ".desktop" / "pictures")


class Pictures:
    """The pictures of one test, in a folder that is empty at its start."""

    def __init__(self, screen, test):
        self._screen = screen
        self._folder = FOLDER / _file_name(test)
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        self._taken = 0

    def take(self, step):
        """Keep what is to be seen now."""
        self._taken += 1
        self._screen.picture().save(str(self._folder / f"{self._taken:02}-{_file_name(step)}.png"))


def _file_name(words):
    return re.sub(r"[^\w.-]+", "-", words).strip("-")[:100]
