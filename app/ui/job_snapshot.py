"""All that is shown of one job, read at one moment."""

from __future__ import annotations

from msgspec import Struct

from app.domain.waiting import QueueFacts
from app.locks import ProcessLock
from app.store.job_queries import Details
from app.store.store import Store


class Snapshot(Struct, frozen=True):
    """One job with its history, and what decides whether it runs now."""

    details: Details
    facts: QueueFacts


def read_snapshot(seq: int, store: Store) -> Snapshot:
    """Read a job; on a lane's thread.

    Raises:
        JobNotFound: there is none, or it was removed.
    """
    lives = ProcessLock(store.home.runner_lock).is_held()
    with store.database.reading():
        details = store.reads.details(seq)
        facts = store.reads.facts(details.job, runner_lives=lives, lacks_space=store.lacks_space(), now=store.clock())
        return Snapshot(details, facts)
