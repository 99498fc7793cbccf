"""How fast jobs are completed, from the newest events alone: it costs the same however long the history is."""

from __future__ import annotations

import random
from typing import Final

from app.domain.job import Millis
from app.store.database import Database

_EXACT: Final = 10_000
"""Events; up to so many are counted, which takes about a millisecond."""

_SAMPLE: Final = 1_000
"""Of more than that so many are looked at, drawn by chance: off by a few in a hundred, which nobody can see."""

_IS_COMPLETION: Final = "from_state = 'processing' AND to_state = 'completed'"


class Pace:
    """Looks at the newest events of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def completed_since(self, moment: Millis) -> int:
        """Return how many jobs have been completed from a moment on, about so many where they are very many.

        Events are taken to be in the order of their moments, as they are unless the clock was set back.
        """
        last = int(self._database.run("SELECT coalesce(max(event), 0) FROM event")[0][0])
        first = self._first_since(moment, last)
        among = last - first + 1
        if among <= _EXACT:
            rows = self._database.run(f"SELECT count(*) FROM event WHERE event >= ? AND {_IS_COMPLETION}", (first,))
            return int(rows[0][0])
        drawn = random.Random(last).sample(range(first, last + 1), _SAMPLE)  # noqa: S311  the same for the same events
        places = ", ".join(map(str, drawn))
        rows = self._database.run(f"SELECT count(*) FROM event WHERE event IN ({places}) AND {_IS_COMPLETION}")
        return round(int(rows[0][0]) * among / _SAMPLE)

    def _first_since(self, moment: Millis, last: int) -> int:
        """Return the number from which on events are not older than a moment; found by halving, 20 looks at most."""
        low, high = 0, last + 1  # every event up to low is older, none from high on is
        step = 1
        while low < high - step and not self._is_older(high - step, moment):
            high -= step
            step *= 2
        low = max(low, high - step)
        while high - low > 1:
            middle = (low + high) // 2
            if self._is_older(middle, moment):
                low = middle
            else:
                high = middle
        return high

    def _is_older(self, event: int, moment: Millis) -> bool:
        """Whether an event, or where it was purged the next one there is, is older than a moment."""
        rows = self._database.run("SELECT at FROM event WHERE event >= ? ORDER BY event LIMIT 1", (event,))
        return bool(rows) and rows[0][0] < moment
