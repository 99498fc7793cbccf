"""One turn of the pool at the database: ends in, claims out, and a look at what else changed. One transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from app.domain.job import Claim, Millis, State
from app.settings import Value
from app.store.option_store import policy
from app.store.retention import Keep, kept_by
from app.store.runner_store import Asked
from app.store.store import Store
from app.store.work import End, Ended


class RunnerOptions(Struct, frozen=True, kw_only=True):
    """The options that a runner obeys while it lives, under their own names; bytes and seconds.

    They are read in each turn, so a change counts at once.
    """

    workers: int
    output_cap: int
    disk_floor: int
    grace: float
    niceness: str
    keep_awake: bool
    backups_kept: int
    keep: Keep


def runner_options(values: dict[str, Value]) -> RunnerOptions:
    """Return what a runner obeys of all options."""
    return RunnerOptions(
        workers=int(values["workers"]),
        output_cap=int(values["output-cap"]),
        disk_floor=int(values["disk-floor"]),
        grace=float(values["grace"]),
        niceness=str(values["niceness"]),
        keep_awake=bool(values["keep-awake"]),
        backups_kept=int(values["backups-kept"]),
        keep=kept_by(values),
    )


class Turn(Struct, frozen=True, kw_only=True):
    """What a turn brought.

    ``waiting`` counts jobs that are pending or wait for a retry, ``processing`` those being run, new claims included.
    ``output_bytes`` is what all outputs take. ``version`` is the database's data_version, as this thread's connection
    sees it. ``cancels`` are the seqs of processing jobs that a person called off.
    """

    ended: list[Ended]
    claims: list[Claim]
    cancels: list[int]
    asks: list[Asked]
    next_due: Millis | None
    paused: bool
    waiting: int
    processing: int
    options: RunnerOptions
    output_bytes: int
    version: int


def take_turn(store: Store, ends: Sequence[End], free: int, session: int | None, chance: Callable[[], float]) -> Turn:
    """Record ends, claim for free workers and look around, in one transaction: all of it happened, or nothing.

    Args:
        store: connected on this thread.
        ends: of runs that are over.
        free: workers that could take a job.
        session: the runner's.
        chance: gives a random number in [0, 1).
    """
    with store.database.writing():
        values = store.options.values()
        ended, claims = store.work.turn(ends, free, policy(values, 0.0), session, chance)
        counts = store.reads.counts()
        turn = Turn(
            ended=ended,
            claims=claims,
            cancels=store.work.cancels_asked(),
            asks=store.runner.open_asks(),
            next_due=store.work.next_due(),
            paused=store.reads.is_paused(),
            waiting=counts[State.PENDING] + counts[State.FAILED],
            processing=counts[State.PROCESSING],
            options=runner_options(values),
            output_bytes=store.retention.output_bytes(),
            version=store.database.data_version(),
        )
    if claims:
        store.database.kill_point("after_claim")
    return turn
