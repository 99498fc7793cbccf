"""Cleaning up after a self-check, whatever ends it: a second process waits for its end, and removes what it leaves.

The self-check itself can't: who kills it outright, closes its terminal or ends it where it hangs leaves it no time. Its
runner would live on, and so would the folder that it works in.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from app.launch import CLEAN_VERB, clean_command

PREFIX = "queuectl-check-"
"""Begins the name of the folder of every check; nothing else is ever removed."""

_PATIENCE = 20.0
"""Seconds that the folder may take to go: on Windows one stays for a moment whose process was killed."""

_AGAIN = 0.1
"""Seconds between two tries."""


class Guard:
    """Guards the folder of one self-check.

    Args:
        root: the folder, one of ``PREFIX`` in the system's folder for temporary files.

    Raises:
        OSError: the second process can't be started.
    """

    def __init__(self, root: Path) -> None:
        flags = 0
        if sys.platform == "win32":
            flags = subprocess.CREATE_NO_WINDOW
        # It hears of this process's end by the pipe: the system closes it then, however that comes about.
        self._process = subprocess.Popen(
            clean_command(root, frozen=bool(getattr(sys, "frozen", False))),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # what is sent to this terminal's programs is not meant for it
            creationflags=flags,
        )

    def begin(self) -> None:
        """Have it clean up now; this process has let go of the folder."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    @property
    def is_at_work(self) -> bool:
        """Whether it has not come to an end."""
        return self._process.poll() is None


def clean_up(root: Path) -> int:
    """Be the second process: wait until the first one has ended or says so, then remove all that is its.

    Args:
        root: the folder of the check.

    Returns:
        The exit code: 0 where nothing is left, 2 where this is no folder of a check.
    """
    if root.parent != Path(tempfile.gettempdir()) or not root.name.startswith(PREFIX):
        return 2
    sys.stdin.buffer.read()
    until = time.monotonic() + _PATIENCE
    while True:
        living = list(_working_in(root))
        for process in living:
            _kill_tree(process)
        shutil.rmtree(root, ignore_errors=True)
        if not living and not root.exists():
            return 0
        if time.monotonic() > until:
            return 1
        time.sleep(_AGAIN)


def _working_in(root: Path) -> Iterator[psutil.Process]:
    """Find the processes that were started for a folder, which their command lines name."""
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or ()  # the system tells none of processes of others
        if str(root) in words and CLEAN_VERB not in words:
            yield process


def _kill_tree(process: psutil.Process) -> None:
    with suppress(psutil.Error):
        for member in [*process.children(recursive=True), process]:
            with suppress(psutil.Error):
                member.kill()
