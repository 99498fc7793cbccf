"""What a pool tells while it works, for whoever shows it; and how a hosted pool came to its end."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct

from app.domain.job import Job, Millis
from app.domain.lifecycle import Transition
from app.domain.outcome import Outcome


class RunStarted(Struct, frozen=True, kw_only=True):
    """A worker has started a run. ``worker`` is its number, from 1."""

    job: Job
    run: int
    worker: int
    pid: int
    at: Millis


class RunEnded(Struct, frozen=True, kw_only=True):
    """A run's end has been recorded. ``seconds`` is how long its process lived, 0 where there was none."""

    job: Job
    run: int
    worker: int
    outcome: Outcome
    transition: Transition
    seconds: float
    at: Millis


Report = RunStarted | RunEnded


class HostEnd(StrEnum):
    """Why a hosted pool ended."""

    EMPTY = "nothing is left to do"
    PAUSED = "the queue is paused"
    STOPPED = "it was stopped"


class HostWish(Struct, frozen=True, kw_only=True):
    """How a pool is to be hosted.

    ``slots``: how many workers, None for option ``workers``. ``until_empty``: end when nothing is pending, waiting for
    a retry or processing. ``foreground``: a person watches: the first Ctrl+C lets running jobs end, the second puts
    them back. ``report`` is told of every start and end.
    """

    slots: int | None = None
    until_empty: bool = False
    foreground: bool = False
    report: Callable[[Report], None] | None = None
