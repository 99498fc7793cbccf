"""The states a job goes through, and which verb may touch which of them.

What stands here is imported by everything, the window's first frame included: it needs no library.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a job stands. Each state says how it is entered and who leaves it.

    PENDING: waits for a worker. Entered by enqueue, by retry of a finished job and by an interruption; left by
        a claim (to PROCESSING), by cancel (to CANCELLED).
    PROCESSING: one run of it is being executed. Entered by a claim alone; left by the one recorded end of that
        run, or by rescue where the runner died, and by nothing else.
    COMPLETED: its last run ended with a success code. Entered from PROCESSING; left only when a person retries.
    FAILED: its last run failed and it waits for the next try. Entered from PROCESSING; left by a claim once it is
        due, or by cancel.
    DEAD: in the dead letter queue: all tries are used up. Entered from PROCESSING; also where a queue was brought back
        from an earlier state, by what waits in it and may have run since. Left only when a person retries it.
    CANCELLED: a person called it off. Entered from PENDING, FAILED or PROCESSING; left only when a person retries.
    """

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    DEAD = "dead"
    CANCELLED = "cancelled"


WAITING = frozenset({State.PENDING, State.FAILED})
"""States in which a job ages: every enqueue call adds 1 to what it has waited."""

FINISHED = frozenset({State.COMPLETED, State.DEAD, State.CANCELLED})
"""States that only a person leaves."""


class Verb(StrEnum):
    """What a person can do to a job that exists."""

    EDIT = "edit"
    CANCEL = "cancel"
    RETRY = "retry"
    RUN_NEXT = "run next"
    REMOVE = "remove"


ALLOWED: dict[Verb, frozenset[State]] = {
    Verb.EDIT: frozenset({State.PENDING, State.FAILED, State.DEAD, State.CANCELLED}),
    Verb.CANCEL: frozenset({State.PENDING, State.FAILED, State.PROCESSING}),
    Verb.RETRY: FINISHED,
    Verb.RUN_NEXT: frozenset({State.PENDING, State.FAILED}),
    Verb.REMOVE: frozenset(State) - {State.PROCESSING},
}
"""The states each verb may touch."""
