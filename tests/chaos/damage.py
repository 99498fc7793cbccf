"""The files of a queue are damaged: it is found, said, and mended, and what is lost is said too. Never a traceback."""

from __future__ import annotations

import shutil
import traceback
from collections import Counter
from pathlib import Path

from app.messages import KnownError
from app.store.database import files_of
from app.store.errors import StoreError
from app.store.health import examine
from app.store.recovery import is_sound, recover
from app.store.soundness import check_whole
from tests.chaos.attack import Attack, Place, Result
from tests.conftest import Clock
from tests.store.damages import DAMAGES, Worked, another, chance_of, flip, truth_of, worked_queue
from tests.store.jobs import enqueue, opened

JOBS = 300
_EVERY = 4
"""So often it is another way than turned over bits: with the rounds of CI each of them comes once."""


def damage(rounds: int, seed: object, folder: Path) -> tuple[Counter[str], list[str]]:
    """Damage a queue so many times by turned over bits, and now and then in one of the other ways.

    Args:
        rounds: how many times.
        seed: of the damage.
        folder: for homes.

    Returns:
        (counts by name, a sentence for each violation).
    """
    counts: Counter[str] = Counter()
    violations: list[str] = []
    worked = worked_queue(folder / "base", Clock(), JOBS)
    ways = sorted(DAMAGES)
    for number in range(rounds):
        chance = chance_of(seed, number)
        way = DAMAGES[ways[number // _EVERY % len(ways)]] if number % _EVERY == 0 else flip
        home = another(worked, folder / f"home-{number}")
        way(home, chance)
        left = sum(file.exists() for file in files_of(home.database))
        counts["damaged"] += 1
        try:
            wrong = _look(home, worked, left, counts)
        except Exception:  # noqa: BLE001  nothing but a known error may come out of it
            wrong = [traceback.format_exc()]
        violations += [f"seed {seed}, round {number}, {way.__name__}: {sentence}" for sentence in wrong]
        if not wrong:
            shutil.rmtree(home.root)
    return counts, violations


def _look(home, worked: Worked, left: int, counts) -> list[str]:
    """Open it, look through it and use it; where that is refused, bring it back; return what is wrong."""
    try:
        with opened(home) as store:
            check_whole(store.database)
            same = truth_of(store) == worked.truth
            for job in store.reads.newest_first():
                store.reads.details(job.seq)
            enqueue(store, None)
            store.work.claim(3)
    except StoreError as error:
        if not error.is_damage or error.remedy is None:
            return [f"it is refused as something else: {error}"]
    except (KnownError, ValueError) as error:
        return [f"it is refused without a way out: {error!r}"]
    else:
        counts["nothing that counts" if same else "opened, and not the same"] += 1
        return [] if same else ["jobs are missing or in another state, and nothing said so"]
    counts["found"] += 1
    report = recover(home, Clock().forward(99_999))
    counts["jobs lost, and said"] += report.lost
    counts["jobs unsure, and said"] += len(report.unsure)
    return list(_wrong_after(home, worked, left, report, counts))


def _wrong_after(home, worked: Worked, left: int, report, counts):
    if left and (report.aside is None or len(list(report.aside.iterdir())) < left):
        yield "what was damaged is not put aside"
    with opened(home) as store:
        health = examine(store.database)
        if health.damage or health.miscounted or health.loose or health.runless:
            yield f"what was brought back is not sound: {health}"
        there = truth_of(store)
        missing = worked.truth.keys() - there.keys()
        if worked.backed_up & missing:
            yield f"jobs of the backup are missing: {sorted(worked.backed_up & missing)[:5]}"
        if report.read and len(missing) > report.lost + report.missing:
            yield f"{len(missing)} jobs are missing, and {report.lost + report.missing} are said to be"
        counts["jobs brought back"] += len(there)
        again = [
            seq
            for seq, (state, run) in there.items()
            if state in {"pending", "failed"} and worked.truth.get(seq, ("", run))[1] > run
        ]
        if again:
            yield f"jobs would run again unsaid: {again[:5]}"
    if not is_sound(home):
        yield "it is not sound afterwards"


def run(rounds: int, seed: int, place: Place) -> Result:
    """Damage a queue so many times."""
    return Result(*damage(rounds, seed, place.folder))


ATTACK = Attack(
    "damage",
    "bits are turned over in a queue's files, or they are damaged otherwise; it is found, said and mended",
    run,
    rounds=72,
    campaign=1_368,
    a_round="one damaged queue, three of four by bits that turn over",
    season=72,
    lacks=dict.fromkeys(("built", "wine", "wine-built"), "the store is used in this process"),
)
