"""Dead letters by what they died of."""

from __future__ import annotations

from msgspec import Struct

from app.domain.job import Job, Run
from app.store.database import Database, by_index
from app.store.tables import JOB_COLUMNS, RUN_COLUMNS, job_from_row, run_from_row

_OF_KIND = f"FROM job {by_index('job_by_error')} WHERE state = 'dead' AND removed_at IS NULL AND error_key IS ?"
_KINDS = (
    "SELECT kind.error_key, kind.jobs, kind.newest, job.error FROM"
    f" (SELECT error_key, count(*) AS jobs, max(seq) AS newest FROM job {by_index('job_by_error')}"
    " WHERE state = 'dead' AND removed_at IS NULL GROUP BY error_key) AS kind"
    " JOIN job ON job.seq = kind.newest"
)


class DeadGroup(Struct, frozen=True, kw_only=True):
    """Dead letters with one kind of error.

    ``key`` is as in ``error_key``; ``newest`` the seq of the job that came last, and ``error`` its error.
    """

    key: str | None
    jobs: int
    newest: int
    error: str | None


class Death(Struct, frozen=True):
    """A dead letter and its last run; None where it never had one, or where it came from elsewhere."""

    job: Job
    run: Run | None


class DeadGroups:
    """Looks at the dead letters of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[DeadGroup]:
        """Return every kind of error, the most frequent first."""
        return self._groups(f"{_KINDS} ORDER BY kind.jobs DESC, kind.newest DESC")

    def newest_first(self, most: int) -> list[DeadGroup]:
        """Return the kinds of error that came up last, the newest first; at most so many."""
        return self._groups(f"{_KINDS} ORDER BY kind.newest DESC LIMIT ?", most)

    def ids(self, key: str | None, limit: int = -1) -> list[str]:
        """Return the ids of one kind, the newest first; all of them where no limit is given."""
        return [
            str(id) for (id,) in self._database.run(f"SELECT id {_OF_KIND} ORDER BY seq DESC LIMIT ?", (key, limit))
        ]

    def death(self, seq: int) -> Death | None:
        """Return a dead letter with its last run; None where it is none any more."""
        rows = self._database.run(
            f"SELECT {JOB_COLUMNS} FROM job WHERE seq = ? AND state = 'dead' AND removed_at IS NULL", (seq,)
        )
        if not rows:
            return None
        runs = self._database.run(f"SELECT {RUN_COLUMNS} FROM run WHERE seq = ? ORDER BY run DESC LIMIT 1", (seq,))
        return Death(job_from_row(rows[0]), run_from_row(runs[0]) if runs else None)

    def _groups(self, statement: str, *values: int) -> list[DeadGroup]:
        return [
            DeadGroup(key=key, jobs=jobs, newest=newest, error=error)
            for key, jobs, newest, error in self._database.run(statement, values)
        ]
