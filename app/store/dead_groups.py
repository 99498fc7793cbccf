"""Dead letters by what they died of."""

from __future__ import annotations

from msgspec import Struct

from app.store.database import Database, by_index

_OF_KIND = f"FROM job {by_index('job_by_error')} WHERE state = 'dead' AND removed_at IS NULL AND error_key IS ?"


class DeadGroup(Struct, frozen=True, kw_only=True):
    """Dead letters with one kind of error: ``key`` as in ``error_key``, and the error of the newest of them."""

    key: str | None
    jobs: int
    error: str | None


class DeadGroups:
    """Looks at the dead letters of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[DeadGroup]:
        """Return every kind of error, the most frequent first."""
        rows = self._database.run(
            "SELECT kind.error_key, kind.jobs, job.error FROM"
            f" (SELECT error_key, count(*) AS jobs, max(seq) AS newest FROM job {by_index('job_by_error')}"
            " WHERE state = 'dead' AND removed_at IS NULL GROUP BY error_key) AS kind"
            " JOIN job ON job.seq = kind.newest ORDER BY kind.jobs DESC, kind.newest DESC"
        )
        return [DeadGroup(key=key, jobs=jobs, error=error) for key, jobs, error in rows]

    def ids(self, key: str | None, limit: int = -1) -> list[str]:
        """Return the ids of one kind, the newest first; all of them where no limit is given."""
        return [
            str(id) for (id,) in self._database.run(f"SELECT id {_OF_KIND} ORDER BY seq DESC LIMIT ?", (key, limit))
        ]
