"""The one decision: what becomes of a job when a run of it has ended. And which verb may touch which state."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from app.domain import backoff
from app.domain.job import Job, Millis, OnInterrupt
from app.domain.outcome import Cancelled, Interrupted, Outcome, Succeeded, reason
from app.domain.states import ALLOWED, State, Verb

__all__ = ["ALLOWED", "Cause", "Policy", "Transition", "Verb", "decide"]


class Cause(StrEnum):
    """Why a job changed its state: the word in its events."""

    ENQUEUED = "enqueued"
    CLAIMED = "claimed"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TRIES_USED_UP = "tries used up"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    INTERRUPTED_TOO_OFTEN = "interrupted too often"
    RETRIED = "retried"
    UPGRADED = "upgraded from 1.0"
    RESTORED = "restored from an export"
    BROUGHT_BACK = "may have run before the queue was brought back"


class Policy(Struct, frozen=True):
    """What options and chance bring to a decision; seconds.

    ``chance`` is a random number in [0, 1); ``interrupted_limit`` 0 means never.
    """

    backoff_max: float = 3600.0
    backoff_jitter: float = 0.0
    chance: float = 0.0
    interrupted_limit: int = 3


class Transition(Struct, frozen=True):
    """What a processing job becomes. ``retry_delay`` (milliseconds) is set exactly when ``state`` is FAILED."""

    state: State
    cause: Cause
    attempts: int
    interruptions: int = 0
    error: str | None = None
    retry_delay: Millis | None = None
    next_retry_at: Millis | None = None


def decide(job: Job, outcome: Outcome, policy: Policy, now: Millis, last_line: str = "") -> Transition:
    """Return what becomes of a processing job whose run has ended.

    The only place that compares attempts with a limit.

    Args:
        job: the job as it was while the run went on.
        outcome: how the run ended.
        policy: options and chance.
        now: the moment of the end; a retry's delay counts from it.
        last_line: the last line of the output, for the error's text.

    Raises:
        ValueError: the job is not processing; only a processing job has a run that can end.
    """
    if job.state is not State.PROCESSING:
        raise ValueError(f"job {job.seq} is {job.state}, so no run of it can end")
    match outcome:
        case Succeeded():
            return Transition(State.COMPLETED, Cause.SUCCEEDED, job.attempts)
        case Cancelled():
            return Transition(State.CANCELLED, Cause.CANCELLED, job.attempts)
        case _ if job.cancel_requested:
            # the person's word came first, whichever way the run happened to end
            return Transition(State.CANCELLED, Cause.CANCELLED, job.attempts, error=reason(outcome, last_line))
        case Interrupted():
            return _after_interruption(job, outcome, policy)
    return _after_failure(job, reason(outcome, last_line), policy, now)


def _after_interruption(job: Job, outcome: Interrupted, policy: Policy) -> Transition:
    in_a_row = job.interruptions + 1 if outcome.suspect else 0
    if job.spec.on_interrupt is OnInterrupt.DEAD:
        return Transition(State.DEAD, Cause.INTERRUPTED, job.attempts, in_a_row, reason(outcome))
    if policy.interrupted_limit and in_a_row >= policy.interrupted_limit:
        error = f"Interrupted {in_a_row} times in a row"
        return Transition(State.DEAD, Cause.INTERRUPTED_TOO_OFTEN, job.attempts, in_a_row, error)
    return Transition(State.PENDING, Cause.INTERRUPTED, job.attempts, in_a_row, job.error)


def _after_failure(job: Job, error: str | None, policy: Policy, now: Millis) -> Transition:
    attempts = job.attempts + 1
    if attempts >= job.spec.max_retries:
        return Transition(State.DEAD, Cause.TRIES_USED_UP, attempts, error=error)
    wait = backoff.delay(job.spec.backoff_base, attempts, policy.backoff_max, policy.backoff_jitter, policy.chance)
    delay = round(wait * 1000)
    return Transition(State.FAILED, Cause.FAILED, attempts, error=error, retry_delay=delay, next_retry_at=now + delay)
