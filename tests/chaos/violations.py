"""The ways in which the promise can be broken, each with its name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What is wrong.

    Of the database: DAMAGED, MISCOUNTED (a counter is not the number of rows), MISNUMBERED (arrivals or seqs).
    Of calls: LOST (said to be in, and is not), HALF_IN, REFUSED_IN (said to be refused, and is in), UNKNOWN (nobody
    brought it).
    Of a job's past: BROKEN_CHAIN (an event does not begin where the one before ended), ILLEGAL (no such transition),
    MISCOUNTED_RUNS, ENDED_TWICE, OPEN_RUN (a run without an end of a job that is not being run, or the other way
    round), WRONG_OUTCOME (a run's outcome is not what its event says), WRONG_ATTEMPTS, SAME_TOKEN.
    Of runners: TWO_RUNNERS.
    Of what the witness says: STARTED_TWICE (one run), AT_ONCE (two runs of one job), UNCLAIMED (it ran, and there is no
    such run), UNWITNESSED (it is said to have ended so, and did not).
    Of the end: UNSETTLED (it should have ended), WRONG_END, WRONG_OUTPUT.
    """

    DAMAGED = "damaged"
    MISCOUNTED = "miscounted"
    MISNUMBERED = "misnumbered"
    LOST = "lost"
    HALF_IN = "half in"
    REFUSED_IN = "refused, but in"
    UNKNOWN = "brought by nobody"
    BROKEN_CHAIN = "broken chain"
    ILLEGAL = "illegal transition"
    MISCOUNTED_RUNS = "miscounted runs"
    ENDED_TWICE = "ended twice"
    OPEN_RUN = "open run"
    WRONG_OUTCOME = "wrong outcome"
    WRONG_ATTEMPTS = "wrong attempts"
    SAME_TOKEN = "same token"
    TWO_RUNNERS = "two runners"
    STARTED_TWICE = "started twice"
    AT_ONCE = "two runs at once"
    UNCLAIMED = "ran unclaimed"
    UNWITNESSED = "not witnessed"
    UNSETTLED = "not ended"
    WRONG_END = "wrong end"
    WRONG_OUTPUT = "wrong output"


@dataclass(frozen=True)
class Violation:
    """A breach of the promise: its kind, and what exactly."""

    kind: Kind
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"
