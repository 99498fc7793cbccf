"""What can go wrong with the runner, in a person's words."""

from __future__ import annotations

from typing import Final

from app.messages import KnownError, Message, message
from app.paths import Home

REFUSAL: Final = "error: "
"""Begins the answer of a runner that can't do what it was asked."""


class RunnerNotStarted(KnownError):
    """There is no runner, though one was started."""

    def __init__(self, home: Home, what: Message, error: str | None) -> None:
        why = message("Its log says: {error}", error=error) if error else None
        super().__init__(
            "The runner {what}.", what=what, remedy=why or message("Its log in {folder} may say why.", folder=home.logs)
        )


class ProgramGone(KnownError):
    """The program itself is not there any more: its folder was removed or renamed while it ran."""

    def __init__(self, program: str) -> None:
        super().__init__(
            "QueueCTL itself is gone, so that no runner can be started: there is no {program} any more.",
            program=program,
            remedy=message("Put it back or install it again, then start it from there. Your queue is untouched."),
        )


class RunnerSilent(KnownError):
    """A runner lives, and does not answer."""

    def __init__(self, pid: int | None) -> None:
        super().__init__(
            "The runner (PID {pid}) is alive, but does not answer.",
            pid=pid or "?",
            remedy=message("Its log may say why. If it hangs, end it: its jobs are put back when a runner starts."),
        )


class RunnerRefused(KnownError):
    """The runner answered that it can't do what was asked."""

    def __init__(self, answer: str) -> None:
        super().__init__("The runner refused: {reason}", reason=answer.removeprefix(REFUSAL))
