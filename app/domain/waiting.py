"""Why is this job not running? Said in words, from facts that somebody else gathered."""

from __future__ import annotations

import math

from msgspec import Struct

from app.domain.job import Job, Millis, State
from app.messages import Message, message


class QueueFacts(Struct, frozen=True, kw_only=True):
    """What decides whether a waiting job runs now.

    ``ahead`` counts the jobs that are claimed before it, ``slots`` the runner's workers, ``working`` what is being run.
    """

    runner_lives: bool
    runner_drains: bool
    slots: int
    working: int
    paused: bool
    ahead: int
    now: Millis


def explain(job: Job, facts: QueueFacts) -> Message:
    """Return why a job is not running, or that it is; the first reason that would have to go."""
    match job.state:
        case State.PROCESSING:
            return message("It is running (run {run}).", run=job.run)
        case State.COMPLETED:
            return message("It has completed.")
        case State.CANCELLED:
            return message("It was cancelled; retry puts it back into the queue.")
        case State.DEAD:
            return message("It is in the dead letter queue: {error}. Retry puts it back.", error=job.error or "—")
    if not facts.runner_lives:
        return message("No runner is running; start one with: queuectl worker start")
    if facts.paused:
        return message("The queue is paused; go on with: queuectl resume")
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
