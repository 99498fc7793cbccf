"""The program under test: its starts, its ends, and what it says meanwhile."""

import os
import re
import signal
from contextlib import suppress
from pathlib import Path

from tests.desktop.real.screen import wait_until

TITLE = "QueueCTL"
_TROUBLE = re.compile(r"Traceback|Error|Warning|warning:|QObject|QPainter|Fatal|Segmentation|qt\.")


class Program:
    """Starts of the program on one screen and one queue.

    Attributes:
        target: which make of it.
        queue: the folder of its queue.
    """

    def __init__(self, screen, target):
        self.target = target
        self.queue = screen.folder / "queue"
        self._screen = screen
        self._starts = []

    def start(self, *files, in_tray=False, **variables):
        """Start the window, with files to review, or in the tray; several starts can follow one another.

        Returns:
            The process.
        """
        how = ["--tray"] if in_tray else []
        command = [*self.target.window, *how, "--home", self.target.path(self.queue), *map(self.target.path, files)]
        process = self._screen.start(*command, **self.target.environment, **variables)
        self._starts.append(process)
        return process

    def pids(self, kind="--home"):
        """The pids of the windows of this queue, or with ``--runner`` of its runners."""
        home = self.target.path(self.queue)
        return [
            pid
            for pid, words in self._commands()
            if kind in words and home in words and ("--runner" in words) == (kind == "--runner")
        ]

    def pids_of(self, word):
        """The pids of the processes on this desktop that were called with a word."""
        return [pid for pid, words in self._commands() if word in words]

    def _commands(self):
        for pid in self._screen.living():
            with suppress(OSError):
                yield pid, Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")

    def kill(self, process):
        """Kill -9 of the one window that runs, and of nothing else."""
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()

    def wait_for_end(self, process, patience=60.0):
        """Wait until a start has ended by itself; return its exit code."""
        return wait_until(lambda: process.poll() is not None, "the end of the program", patience) and process.returncode

    def trouble(self):
        """Lines on the standard error of all starts, and in the logs of this queue, that should not be there."""
        told = [self._screen.said(process) for process in self._starts]
        told += [log.read_text(encoding="utf-8", errors="replace") for log in Path(self.queue).glob("logs/*")]
        return [
            line
            for text in told
            for line in text.splitlines()
            if _TROUBLE.search(line) and not any(words in line for words in self.target.harmless)
        ]
