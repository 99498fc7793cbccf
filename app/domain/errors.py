"""What can be wrong with a wish, in the person's words."""

from __future__ import annotations

from app.domain.job import State
from app.domain.lifecycle import ALLOWED, Verb
from app.messages import KnownError, Message, message


class JobNotFound(KnownError):
    """No job that exists has this id."""

    def __init__(self, id: str) -> None:
        super().__init__("Job '{id}' not found", id=id)


class DuplicateId(KnownError):
    """A job that exists has this id already.

    Attributes:
        number: which job of the call asked for it, from 1.
    """

    def __init__(self, id: str, state: State, number: int) -> None:
        self.number = number
        super().__init__(
            "a job with the id '{id}' exists already ({state})",
            id=id,
            state=state,
            remedy=message("Give it another id, or say what to do: --on-duplicate skip, rename or replace."),
        )


class DuplicateInCall(KnownError):
    """Two jobs of one call have the same id: neither was in the queue, so none of them gives way to the other."""

    def __init__(self, id: str, first: int, second: int) -> None:
        super().__init__(
            "jobs {first} and {second} of this call have the same id '{id}'",
            first=first,
            second=second,
            id=id,
            remedy=message("Give one of them another id, or say what to do: --on-duplicate skip or rename."),
        )


class CannotReplace(KnownError):
    """Replace was asked for a job that has not ended.

    Attributes:
        number: which job of the call asked for it, from 1.
    """

    def __init__(self, id: str, state: State, number: int) -> None:
        self.number = number
        super().__init__(
            "job '{id}' is {state} and can't be replaced",
            id=id,
            state=state,
            remedy=message("Only a completed, dead or cancelled job is replaced. Cancel it first."),
        )


class WrongState(KnownError):
    """The job is in a state that the verb does not touch."""

    def __init__(self, id: str, state: State, verb: Verb) -> None:
        self.state = state
        states = ", ".join(sorted(ALLOWED[verb]))
        super().__init__(
            "Job '{id}' is {state}; {verb} is for jobs that are {states}",
            id=id,
            state=state,
            verb=verb,
            states=states,
        )


class InvalidJob(KnownError):
    """A field of a job is wrong.

    Attributes:
        field: its name, or "" where the job as a whole is meant.
    """

    def __init__(self, field: str, template: str, /, *, remedy: Message | None = None, **args: object) -> None:
        self.field = field
        super().__init__(template, remedy=remedy, **args)


class RunnerAlive(KnownError):
    """A runner works on this queue already."""

    def __init__(self, pid: int | None) -> None:
        self.pid = pid
        super().__init__("A runner is already running (PID: {pid})", pid=pid if pid is not None else "unknown")
