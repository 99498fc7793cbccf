"""The few jobs that the tray's menu names: read while the menu is closed, so that it opens at once."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from app.domain.job import Millis, State
from app.store.job_queries import Order
from app.store.store import Store
from app.store.views import Filter

MOST_NAMED: Final = 10
"""So many running jobs stand in the menu by name; the others are counted."""

_COMMAND_LENGTH: Final = 60
_ID_LENGTH: Final = 40
_PROCESSING: Final = Filter(states=frozenset({State.PROCESSING}))


class RunningJob(Struct, frozen=True, kw_only=True):
    """A job that runs; id and command as they came, the command's beginning."""

    seq: int
    id: str
    command: str
    since: Millis
    is_cancelled: bool


class RunningLook(Struct, frozen=True):
    """How many jobs run, and the oldest of them."""

    total: int = 0
    jobs: tuple[RunningJob, ...] = ()

    @property
    def unnamed(self) -> int:
        """How many more there are."""
        return max(0, self.total - len(self.jobs))


def running_look(store: Store) -> RunningLook:
    """Look at what runs, as of one moment."""
    with store.database.reading():
        jobs = store.reads.page(_PROCESSING, Order.OLDEST, 0, MOST_NAMED)
        return RunningLook(
            total=store.reads.counts()[State.PROCESSING],
            jobs=tuple(
                RunningJob(
                    seq=job.seq,
                    id=job.id,
                    command=job.spec.command_line[: _COMMAND_LENGTH + 1],
                    since=job.started_at or job.updated_at,
                    is_cancelled=job.cancel_requested,
                )
                for job in jobs
            ),
        )


def short_id(text: str) -> str:
    """Return an id that fits into a menu: what is left out is its middle, since ids often differ in their end."""
    if len(text) <= _ID_LENGTH:
        return text
    end = _ID_LENGTH // 3
    return f"{text[: _ID_LENGTH - end - 1]}…{text[-end:]}"


def short_command(text: str) -> str:
    """Return the beginning of a command, as long as fits into a menu."""
    return text if len(text) <= _COMMAND_LENGTH else f"{text[:_COMMAND_LENGTH]}…"
