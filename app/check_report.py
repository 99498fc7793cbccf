"""What a self-check says, a line a check: on standard output where there is one, and in a file if asked to."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from app.cli.streams import forget_stdout, is_broken_pipe
from app.messages import KnownError

DAMAGED = "Install QueueCTL again. If that does not help, tell us, with all these lines."
"""What to do where the program itself is not whole."""


class Wrong(Exception):
    """A check found something wrong.

    Args:
        why: what it found.
        remedy: what to do about it.
    """

    def __init__(self, why: str, remedy: str = DAMAGED) -> None:
        super().__init__(why)
        self.remedy = remedy


class CheckReport:
    """Carries out checks and tells each result at once, so that one that hangs is known by those before it.

    Args:
        file: where all lines go as well; None for nowhere. A windowed program on Windows may have no standard output.

    Raises:
        OSError: the file can't be written, or is there: it may be anything, such as a job file that stood in its place.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self.failed = 0
        self._heard: dict[str, None] = {}
        self._is_lost = False
        if file is not None:
            file.open("x").close()

    def check(self, name: str, work: Callable[[], str]) -> bool:
        """Carry out one check and return whether all was well.

        Args:
            name: of what is looked at.
            work: does it, and returns what it found; raises an error of any kind where something is wrong.
        """
        try:
            found = work()
        except Wrong as wrong:
            self.fail(name, str(wrong), wrong.remedy)
        except KnownError as error:
            self.fail(name, str(error), "" if error.remedy is None else str(error.remedy))
        except Exception as error:  # noqa: BLE001  whatever it is, it is what this check found
            self.fail(name, f"{type(error).__name__}: {error}", DAMAGED)
        else:
            self.say(f"ok      {name}: {found}")
            return True
        return False

    def fail(self, name: str, why: str, remedy: str) -> None:
        """Say that something is wrong, why, and what to do."""
        self.failed += 1
        one_line = " ".join(why.split()).rstrip(".")
        self.say(f"failed  {name}: {one_line}. {remedy}".rstrip())

    def say(self, line: str) -> None:
        """Say a line, wherever it can be said."""
        safe = line.encode("utf-8", "backslashreplace").decode("utf-8")
        if self._file is not None:
            self._write(self._file, safe)
        if sys.stdout is not None:
            self._print(safe)

    def hear(self, words: str) -> None:
        """Keep what a library says by the way: it counts where something is wrong."""
        self._heard[words] = None

    def conclude(self) -> int:
        """Say how it went in all, and return the exit code; what nobody can read has not gone well."""
        for words in self._heard if self.failed else ():
            self.say(f"heard   {words}")
        self.say("everything is in order" if not self.failed else f"{self.failed} check(s) failed")
        return 1 if self.failed or self._is_lost else 0

    def _write(self, path: Path, line: str) -> None:
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")
        except OSError as error:
            self._file = None
            self._lose(f"The report {path} can't be written", error)

    def _print(self, line: str) -> None:
        encoding = sys.stdout.encoding or "utf-8"
        try:
            print(line.encode(encoding, "backslashreplace").decode(encoding), flush=True)  # noqa: T201
        except OSError as error:
            forget_stdout()
            if not is_broken_pipe(error):  # a reader that had enough is no news
                self._lose("What is found can't be written to standard output", error)

    def _lose(self, what: str, error: OSError) -> None:
        self._is_lost = True
        if sys.stderr is not None:
            print(f"{what}: {error.strerror or error}", file=sys.stderr)  # noqa: T201
