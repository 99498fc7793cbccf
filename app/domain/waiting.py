"""Why is this job not running? Said in words, from facts that somebody else gathered."""

from __future__ import annotations

import math
from enum import StrEnum

from msgspec import Struct

from app.domain.job import WAITING, Job, Millis, State
from app.messages import Message, message


class QueueFacts(Struct, frozen=True, kw_only=True):
    """What decides whether a waiting job runs now.

    ``ahead`` counts the jobs that are claimed before it, ``slots`` the runner's workers, ``working`` what is being run.
    ``lacks_space``: less is free on the disk than the option says.
    """

    runner_lives: bool
    runner_drains: bool
    slots: int
    working: int
    paused: bool
    lacks_space: bool
    ahead: int
    now: Millis


class Hindrance(StrEnum):
    """What keeps every job from being started until a person does something about it."""

    NO_RUNNER = "no runner"
    PAUSED = "paused"
    NO_SPACE = "no space"


class Why(Struct, frozen=True):
    """Why a job is not running. How a hindrance is taken away, whoever shows this knows: there the words end openly."""

    words: Message
    hindrance: Hindrance | None = None


def explain(job: Job, facts: QueueFacts) -> Why:
    """Return why a job is not running, or that it is; the first reason that would have to go."""
    if job.state in WAITING:
        if not facts.runner_lives:
            return Why(message("No runner is running"), Hindrance.NO_RUNNER)
        if facts.paused:
            return Why(message("The queue is paused"), Hindrance.PAUSED)
        if facts.lacks_space:
            return Why(message("Too little space is free on the disk of the queue"), Hindrance.NO_SPACE)
    return Why(_words(job, facts))


def _words(job: Job, facts: QueueFacts) -> Message:
    match job.state:
        case State.PROCESSING:
            return message("It is running (run {run}).", run=job.run)
        case State.COMPLETED:
            return message("It has completed.")
        case State.CANCELLED:
            return message("It was cancelled; retry puts it back into the queue.")
        case State.DEAD:
            return message("It is in the dead letter queue: {error}. Retry puts it back.", error=job.error or "—")
    if facts.runner_drains:
        return message("The runner is stopping: it lets running jobs end and takes no new ones.")
    if job.state is State.FAILED and not job.claimable and job.next_retry_at is not None:
        wait = max(0, math.ceil((job.next_retry_at - facts.now) / 1000))
        return message("It failed and is tried again in {wait} s.", wait=wait)
    if facts.working >= facts.slots:
        return message(
            "All {slots} worker(s) are busy, and {ahead} job(s) are ahead of it.", slots=facts.slots, ahead=facts.ahead
        )
    return message("It is about to be started; {ahead} job(s) are ahead of it.", ahead=facts.ahead)
