"""Which jobs are wanted, in which order, and why they may not come.

These are values: who shows jobs names what it wants before it needs the database, or the libraries for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.domain.states import State


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which jobs.

    ``states``: in one of these, or in any where it is empty. ``text``: in id, command or error. ``error_key``: dead or
    failed by this kind of error.
    """

    states: frozenset[State] = frozenset()
    text: str = ""
    error_key: str | None = None


EVERY = Filter()


class Column(StrEnum):
    """What a table of jobs can be sorted by. Ties go by seq, in the same direction; what a job has not, comes last.

    CREATED is the order of coming in, by seq: a clock that was set back does not change it. PROGRESS has what runs
    first, by the time it has run, then what waits for a retry, by the time left, then the rest, in both directions.
    """

    ID = "id"
    COMMAND = "command"
    STATE = "state"
    PROGRESS = "progress"
    ATTEMPTS = "attempts"
    PRIORITY = "priority"
    WAITED = "waited"
    EFFECTIVE = "effective"
    CREATED = "created"
    STARTED = "started"
    DURATION = "duration"
    EXIT = "exit"
    ERROR = "error"
    FINISHED = "finished"


@dataclass(frozen=True, kw_only=True)
class View:
    """Which jobs, in which order."""

    filter: Filter = EVERY
    by: Column = Column.CREATED
    descending: bool = True


class Interrupted(Exception):
    """A renewal was ended by ``interrupt``."""


class NotOrdered(Exception):
    """The view is not live, and its order has not been made, or that of another one since: ``renew`` comes first."""
