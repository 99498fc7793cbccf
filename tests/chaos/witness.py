"""What jobs say of themselves from outside the program: a file to which each appends a line for what it does.

Every line goes in by one write with O_APPEND, so the lines of all processes stand in the order in which they came.
The jobs are POSIX shell, and need no program but ``sleep``.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

START, BEAT, END, FAILURE = "SBEF"
"""A run's letters: it has started, it lives, it is about to end well, it is about to fail."""


@dataclass(frozen=True)
class Line:
    """One line: what a run of a job said. ``place`` is its number in the file, from 1 on."""

    letter: str
    id: str
    run: int
    token: str
    place: int


class Witness:
    """The file of one queue's jobs. Ids hold no blank."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def size(self) -> int:
        """How many bytes have been written; what is new has come after them."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def lines(self, after: int = 0) -> list[Line]:
        """What was said, in order; with ``after`` only what came after so many bytes."""
        try:
            with self.path.open("rb") as file:
                file.seek(after)
                text = file.read().decode()
        except FileNotFoundError:
            return []
        return [_line(words, place) for place, words in enumerate(text.splitlines(), start=1)]

    def by_id(self) -> dict[str, list[Line]]:
        """What was said by the runs of each job, in order."""
        found: dict[str, list[Line]] = defaultdict(list)
        for line in self.lines():
            found[line.id].append(line)
        return dict(found)

    def command(self, *steps: str) -> str:
        """A shell command that takes these steps; a step that is one of the letters is said to the witness."""
        saying = f"w() {{ echo \"$1 $QUEUECTL_JOB_ID $QUEUECTL_RUN $QUEUECTL_TOKEN\" >> '{self.path}'; }}"
        return "; ".join([saying, *(f"w {step}" if step in {START, BEAT, END, FAILURE} else step for step in steps)])

    def short(self) -> str:
        """It ends well at once, and prints its token."""
        return self.command(START, "echo $QUEUECTL_TOKEN", END)

    def beating(self, beats: int) -> str:
        """It lives for about so many twentieths of a second, and says so each time."""
        return self.command(START, "echo $QUEUECTL_TOKEN", *["sleep 0.05", BEAT] * beats, END)

    def gated(self, gate: Path) -> str:
        """It lives until a file is there, and says so twenty times a second."""
        return self.command(START, "echo $QUEUECTL_TOKEN", f"until [ -e '{gate}' ]; do sleep 0.05; w {BEAT}; done", END)

    def failing(self, runs: int | None = None) -> str:
        """It fails in its first so many runs, or in each; a run that was interrupted counts."""
        fails = f"w {FAILURE}; exit 3"
        if runs is not None:
            fails = f"if [ $QUEUECTL_RUN -le {runs} ]; then {fails}; fi"
        return self.command(START, fails, END)

    def lingering(self) -> str:
        """It ends well, and leaves a process that lives on, ignores SIGTERM, and says so."""
        left = f"(trap '' TERM; n=0; while [ $n -lt 100 ]; do sleep 0.05; w {BEAT}; n=$((n+1)); done) &"
        return self.command(START, f"{{ {left} }}", "sleep 0.05", END)

    def printing(self, lines: int) -> str:
        """It prints so many lines of a thousand bytes, and ends well."""
        line = "0123456789" * 100
        return self.command(START, f"n=0; while [ $n -lt {lines} ]; do echo {line}; n=$((n+1)); done", END)

    def stuck(self) -> str:
        """It does not end within a minute."""
        return self.command(START, "sleep 60", END)


def _line(words: str, place: int) -> Line:
    letter, id, run, token = words.split(" ")
    return Line(letter, id, int(run), token, place)
