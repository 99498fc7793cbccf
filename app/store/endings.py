"""Whether jobs and runs are over: what somebody who waits looks at again and again, so it costs little."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from app.domain.job import FINISHED, State
from app.store.database import Database, by_index

_CHUNK = 500
_OPEN_STATES = ", ".join(f"'{state}'" for state in sorted(set(State) - FINISHED))


class RunState(Struct, frozen=True):
    """A run: whether it is over, how much it wrote in all where that is known, and the end of that as text.

    ``freed_by`` is what deleted its output, if anything did.
    """

    over: bool
    output_bytes: int | None
    tail: str | None
    freed_by: str | None = None


class Endings:
    """Looks at one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self) -> int:
        """Return the highest seq given out so far."""
        return int(self._database.run("SELECT last_seq FROM queue")[0][0])

    def open_up_to(self, seq: int) -> int:
        """Return how many jobs up to this seq have not ended."""
        rows = self._database.run(
            f"SELECT count(*) FROM job {by_index('job_by_state')}"
            f" WHERE state IN ({_OPEN_STATES}) AND removed_at IS NULL AND seq <= ?",
            (seq,),
        )
        return int(rows[0][0])

    def states_up_to(self, seq: int) -> dict[State, int]:
        """Return how many jobs up to this seq are in each state, where there are any."""
        rows = self._database.run(
            f"SELECT state, count(*) FROM job {by_index('job_by_state')}"
            " WHERE removed_at IS NULL AND seq <= ? GROUP BY state",
            (seq,),
        )
        return {State(state): int(jobs) for state, jobs in rows}

    def states(self, seqs: Iterable[int]) -> dict[int, State]:
        """Return the state of each of these jobs; those that were removed are left out."""
        wanted = list(seqs)
        found: dict[int, State] = {}
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            rows = self._database.run(
                f"SELECT seq, state FROM job WHERE removed_at IS NULL AND seq IN ({', '.join('?' * len(chunk))})",
                chunk,
            )
            found |= {seq: State(state) for seq, state in rows}
        return found

    def run(self, seq: int, run: int) -> RunState | None:
        """Return how a run stands, or None where there is none."""
        rows = self._database.run(
            "SELECT outcome IS NOT NULL, output_bytes, tail, freed_by FROM run WHERE seq = ? AND run = ?", (seq, run)
        )
        return RunState(bool(rows[0][0]), *rows[0][1:]) if rows else None

    def runs(self, seq: int) -> list[int]:
        """Return the numbers of a job's runs, oldest first."""
        return [int(run) for (run,) in self._database.run("SELECT run FROM run WHERE seq = ? ORDER BY run", (seq,))]
