"""What is wrong with a job file: each problem with its place, and the error that carries them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.messages import KnownError, Message, message

MAX_LISTED = 20
"""How many problems are told one by one."""

ENOUGH = 1_000
"""After so many problems reading stops: this is no job file, and the rest would take its time for nothing."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        source: the file's name, or "command line", "standard input", "paste".
        line: where the job or the broken JSON stands, counted from 1; None for text that is one line anyway.
        index: the job's position in the document, counted from 1; None where the whole document is meant.
        field: the field's name, ``env.PATH`` or ``argv[2]`` (counted from 0: argv[0] is the program); None where
            no single field is meant.
        reason: what is wrong, to be read after the place.
        remedy: what to do about it, where that is known.
    """

    source: str
    line: int | None
    index: int | None
    field: str | None
    reason: Message
    remedy: Message | None = None

    def __str__(self) -> str:
        return str(self.message)

    @property
    def message(self) -> Message:
        """Place and reason as one sentence. Arguments are messages themselves: a translator goes into them."""
        place = message("{source}", source=self.source)
        if self.line is not None:
            place = message("{place}, line {line}", place=place, line=self.line)
        if self.index is not None:
            place = message("{place}, job {index}", place=place, index=self.index)
        if self.field is not None:
            place = message("{place}, field {field}", place=place, field=self.field)
        return message("{place}: {reason}", place=place, reason=self.reason)


class JobFileError(KnownError):
    """A document is not taken, because something in it is wrong. Its text and remedy are those of the first problem.

    Attributes:
        problems: in the order found, at most 20; never empty.
        more: how many there are beyond these; a wrong job counts as one here.
        stopped: whether reading stopped early because there were too many.
    """

    def __init__(self, problems: Sequence[Problem], more: int = 0, *, stopped: bool = False) -> None:
        self.problems = tuple(problems)
        self.more = more
        self.stopped = stopped
        first = self.problems[0]
        others = len(self.problems) - 1 + more
        template = "{problem}"
        if stopped:
            template = "{problem} (and {others:,} more, and the rest was not read)"
        elif others:
            template = "{problem} (and {others:,} more)"
        super().__init__(template, problem=first.message, others=others, remedy=first.remedy)


class Findings:
    """The problems found so far in one document."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self.more = 0

    @property
    def full(self) -> bool:
        """Whether further problems are only counted."""
        return len(self.problems) >= MAX_LISTED

    def add(
        self,
        reason: Message,
        *,
        line: int | None = None,
        index: int | None = None,
        field: str | None = None,
        remedy: Message | None = None,
    ) -> None:
        """Take a problem down, or count it.

        Raises:
            JobFileError: enough is enough.
        """
        if not self.full:
            self.problems.append(Problem(self.source, line, index, field, reason, remedy))
            return
        self.more += 1
        if MAX_LISTED + self.more >= ENOUGH:
            raise JobFileError(self.problems, self.more, stopped=True)

    def error(self) -> JobFileError:
        """Return the error that tells them all."""
        return JobFileError(self.problems, self.more)
