"""One turn of the pool at the database: ends in, claims out, and a look at what else changed. One transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from app.domain.job import Claim, Millis, State
from app.domain.lifecycle import Policy
from app.settings import Value
from app.store.option_store import policy
from app.store.retention import Keep, kept_by
from app.store.runner_store import Asked
from app.store.store import Store
from app.store.work import End, Ended


class RunnerOptions(Struct, frozen=True, kw_only=True):
    """The options that a runner obeys while it lives, under their own names; bytes and seconds.

    They are read in the turn after each change, so it counts at once. ``policy`` is what they say about retries.
    """

    workers: int
    output_cap: int
    disk_floor: int
    grace: float
    niceness: str
    keep_awake: bool
    backups_kept: int
    keep: Keep
    policy: Policy


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
        policy=policy(values, 0.0),
    )


class Turn(Struct, frozen=True, kw_only=True):
    """What a turn brought.

    ``is_empty`` says that no job is pending, waits for a retry or is being run, new claims included. ``output_bytes``
    is what all outputs take. ``version`` is the database's data_version, as this thread's connection sees it.
    ``cancels`` are the seqs of processing jobs that a person called off, and ``asks`` what is asked of the runner, both
    since the turn before.
    """

    ended: list[Ended]
    claims: list[Claim]
    cancels: list[int]
    asks: list[Asked]
    next_due: Millis | None
    paused: bool
    is_empty: bool
    options: RunnerOptions
    output_bytes: int
    version: int


def take_turn(
    store: Store,
    ends: Sequence[End],
    free: int,
    session: int | None,
    chance: Callable[[], float],
    last: Turn | None = None,
) -> Turn:
    """Record ends, claim for free workers and look around, in one transaction: all of it happened, or nothing.

    Where nobody else has committed since the last turn, what only others change is as it was then: looking at all of it
    again would take as long as recording an end.

    Args:
        store: connected on this thread.
        ends: of runs that are over.
        free: workers that could take a job.
        session: the runner's.
        chance: gives a random number in [0, 1).
        last: the turn before, on this thread; None to look at everything afresh.
    """
    with store.database.writing():
        version = store.database.data_version()
        seen = last if last is not None and last.version == version else None
        options = runner_options(store.options.values()) if seen is None else seen.options
        ended, claims = store.work.turn(ends, free, options.policy, session, chance)
        turn = Turn(
            ended=ended,
            claims=claims,
            cancels=store.work.cancels_asked() if seen is None else [],
            asks=store.runner.open_asks() if seen is None else [],
            next_due=store.work.next_due() if seen is None or _waits_anew(store, seen, ended) else seen.next_due,
            paused=store.reads.is_paused() if seen is None else seen.paused,
            is_empty=not claims and _is_empty(store),
            options=options,
            output_bytes=store.retention.output_bytes(),
            version=version,
        )
    if store.database.data_version() == version:
        store.doorbell.know_own_ring()
    if claims:
        store.database.kill_point("after_claim")
    return turn


def _waits_anew(store: Store, seen: Turn, ended: Sequence[Ended]) -> bool:
    """Whether another job than before may be the next that waits for its retry."""
    is_due = seen.next_due is not None and seen.next_due <= store.clock()
    return is_due or any(one.transition is not None and one.transition.state is State.FAILED for one in ended)


def _is_empty(store: Store) -> bool:
    counts = store.reads.counts()
    return not (counts[State.PENDING] or counts[State.FAILED] or counts[State.PROCESSING])
