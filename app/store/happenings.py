"""What has happened in the queue since somebody looked last: it costs as much as has happened, whatever the history."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from app.domain.job import FINISHED, Millis, State
from app.store.database import Database

_OPEN_STATES: Final = ", ".join(f"'{state}'" for state in sorted(set(State) - FINISHED))
_ENDED: Final = "event > ? AND from_state = 'processing'"

LAST: Final = "SELECT event, seq, at FROM event ORDER BY event DESC LIMIT 1"
AT: Final = "SELECT event, seq, at FROM event WHERE event = ?"
NOT_AFTER: Final = "SELECT event FROM event WHERE at <= ? ORDER BY event DESC LIMIT 1"
ENDS: Final = (
    "SELECT count(*) FILTER (WHERE to_state = 'completed'), count(*) FILTER (WHERE to_state = 'dead')"
    f" FROM event WHERE {_ENDED}"
)
DEATH: Final = (
    "SELECT job.seq, job.id, job.error FROM event CROSS JOIN job ON job.seq = event.seq"
    f" WHERE {_ENDED} AND to_state = 'dead' ORDER BY event DESC LIMIT 1"
)
OPEN: Final = f"SELECT sum(jobs) FROM state_count WHERE state IN ({_OPEN_STATES})"


class Mark(Struct, frozen=True):
    """Where the events stood: the number, job and moment of the newest.

    The number alone is not enough: when the newest events are purged with their jobs, their numbers are used again.
    """

    event: int
    seq: int
    at: Millis


BEGINNING: Final = Mark(0, 0, 0)
"""Where there is no event yet."""


class DeadJob(Struct, frozen=True):
    """A job that died, and of what; None where it has been retried meanwhile."""

    seq: int
    id: str
    error: str | None


class Happened(Struct, frozen=True, kw_only=True):
    """What has happened since a mark.

    Attributes:
        mark: where the events stand now.
        completed: how many runs completed their job.
        died: how many runs made their job a dead letter.
        last_death: the job that died last, if any did.
        open: how many jobs are not finished now.
    """

    mark: Mark
    completed: int
    died: int
    last_death: DeadJob | None
    open: int

    @property
    def ended(self) -> int:
        """How many jobs have come to their end by a run."""
        return self.completed + self.died


class Happenings:
    """Looks at one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def since(self, mark: Mark | None) -> Happened:
        """Return what has happened since a mark; since None nothing has, as that is now."""
        with self._database.reading():
            last = self._mark(LAST) or BEGINNING
            after = last.event if mark is None else self._place(mark, last)
            completed = died = 0
            death: DeadJob | None = None
            if after < last.event:
                ((completed, died),) = self._database.run(ENDS, (after,))
            if died:
                death = DeadJob(*self._database.run(DEATH, (after,))[0])
            ((still_open,),) = self._database.run(OPEN)
            return Happened(mark=last, completed=completed, died=died, last_death=death, open=still_open)

    def _place(self, mark: Mark, last: Mark) -> int:
        """Return the number after which events are newer than a mark.

        Only what was removed a day ago is purged. So where the mark's number is gone or another's, what is newer has
        a later moment, too.
        """
        there = self._mark(AT, mark.event)
        if there == mark or (there is None and mark.event < last.event):
            return mark.event
        rows = self._database.run(NOT_AFTER, (mark.at,))
        return int(rows[0][0]) if rows else 0

    def _mark(self, statement: str, *values: int) -> Mark | None:
        rows = self._database.run(statement, values)
        return Mark(*rows[0]) if rows else None
