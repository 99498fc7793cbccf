"""A window that is kept open while its queue is attacked: it is asked what it shows, and answers out of its event loop.

So an answer shows that the loop lives; and how many turns it made while something was done for it, it says itself.
"""

from __future__ import annotations

import json
import signal
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.history import Call
from tests.chaos.load import Job
from tests.chaos.victim import Victim
from tests.chaos.watched_window import ANSWERS, QUESTIONS, VARIABLE
from tests.runners import wait_for


@dataclass(frozen=True)
class Answer:
    """What a window says.

    Attributes:
        shows: the words that are to be seen, by place: trouble, toast, runner, figures, refused (of what was to be
            added), or box (in place of a window).
        added: whether what was to be added last is in; None while that is not known.
        turns: how many turns the loop has made from when that was to be added until that was known.
    """

    shows: dict[str, str]
    added: bool | None
    turns: int


class Watched:
    """A window that answers. A built program's does not: of it, only that it lives and ends well is looked at.

    Args:
        victim: whose window it is. The option ``review-before-add`` is off, if it is to add jobs.
        variables: of its environment.
    """

    def __init__(self, victim: Victim, **variables: str) -> None:
        self._victim = victim
        self._answers = victim.target.name == "source"
        self._folder = Path(tempfile.mkdtemp(prefix="watched-", dir=victim.folder))
        (self._folder / QUESTIONS).touch()
        self._asked = 0
        module = "tests.chaos.watched_window" if self._answers else None
        self.process = victim.start_window(module=module, **{VARIABLE: str(self._folder)}, **variables)

    @property
    def answers(self) -> bool:
        """Whether it can be asked."""
        return self._answers

    def ask(self, name: str = "look", *words: str) -> Answer:
        """Ask for something, and wait for the answer.

        Raises:
            AssertionError: it has ended, or does not answer.
        """
        with (self._folder / QUESTIONS).open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps([name, *words])}\n")
        self._asked += 1
        wait_for(lambda: len(self._lines()) >= self._asked or self.process.poll() is not None, "the window's answer")
        assert self.process.poll() is None, f"the window has ended with {self.process.returncode}"
        return Answer(**json.loads(self._lines()[self._asked - 1]))

    def wait_for(self, true: Callable[[Answer], object], what: str) -> None:
        """Wait until an answer is as it should be; of a built program, for nothing.

        Raises:
            AssertionError: it has not become so.
        """
        if not self._answers:
            return
        last: list[Answer] = []

        def holds() -> bool:
            last[:] = [self.ask()]
            return bool(true(last[0]))

        try:
            wait_for(holds, what)
        except AssertionError as error:
            raise AssertionError(f"{error}: the window says {last}") from None

    def wait_until_works(self) -> None:
        """Wait until it shows a runner at work and nothing that keeps jobs from being started."""
        self.wait_for(lambda answer: answer.shows.get("runner", "").startswith("Runner works"), "a runner at work")

    def add(self, jobs: tuple[Sequence[Job], Sequence[frozenset[str]]]) -> Call | None:
        """Have it add jobs, each with the states in which it may end; return the call, None of a built program.

        What came of it, ``added`` tells.
        """
        if not self._answers:
            return None
        call = self._victim.deeds.will_bring(*jobs)
        self.ask("add", str(self._victim.file_of(jobs[0])))
        return call

    def added(self, call: Call | None) -> Answer | None:
        """Wait until it says whether the jobs are in, and note that."""
        if call is None:
            return None
        self.wait_for(lambda answer: answer.added is not None, "the end of what the window adds")
        answer = self.ask()
        call.is_in = answer.added
        return answer

    def end(self) -> list[str]:
        """End it as a log-off does; return what was wrong with that."""
        if self._answers:
            self.ask()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        return [] if code == 0 else [f"the window ended with {code} when it was asked to end"]

    def _lines(self) -> list[str]:
        path = self._folder / ANSWERS
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return [line for line in text.splitlines(keepends=True) if line.endswith("\n")]  # not one that is being written
