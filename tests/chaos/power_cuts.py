"""The power fails at any moment of a store's work: what was acknowledged is there, whole, once it is opened again."""

from __future__ import annotations

import logging
import shutil
import traceback
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from app.engine.process_tree import process_trees
from app.engine.rescue import rescue
from app.paths import Home
from app.store import database
from app.store.doorbell import Doorbell
from app.store.health import examine
from app.store.progress_note import ProgressNote
from app.store.soundness import check_whole
from tests.chaos.attack import Attack, Place, Result
from tests.chaos.power_workload import Workload, digest
from tests.chaos.recording_vfs import PowerCuts, recording
from tests.conftest import Clock
from tests.store.jobs import claim_one, enqueue, opened

COMMITS = 150
"""Of one workload; each is cut as often as ``CUTS`` says."""

CUTS = 100


def cut(states: int, seed: object, folder: Path, *, synchronous: str = "full", ignores_syncs: bool = False):
    """Rebuild so many states that power cuts leave, and look at each.

    Args:
        states: how many.
        seed: of the work and the cuts.
        folder: for homes.
        synchronous: as the pragma has it.
        ignores_syncs: whether the disk lies.

    Returns:
        (counts by name, a sentence for each loss).
    """
    counts: Counter[str] = Counter()
    losses: list[str] = []
    pragmas, before = database._PRAGMAS, database._PRAGMAS["synchronous"]
    for number in range(0, states, CUTS):
        chance = Random(f"{seed}/{number}")
        pragmas["synchronous"] = synchronous
        try:
            work, disk, clock = _recorded(folder / f"worked-{number}", chance, ignores_syncs=ignores_syncs)
        finally:
            pragmas["synchronous"] = before
        counts.update({f"work: {name.replace('_', ' ')}": times for name, times in work.done.items()})
        counts.update(commits=len(work.digests), writes=sum(done.what == "write" for done in disk.log))
        counts.update(syncs=sum(done.what == "sync" for done in disk.log))
        cuts = _Cuts(work, disk, clock)
        for at in sorted(cuts.moments(min(CUTS, states - number), chance)):
            counts["states"] += 1
            losses += cuts.look(at, chance, folder / f"cut-{number}-{at}", counts, f"seed {seed}/{number}, at {at}")
        shutil.rmtree(folder / f"worked-{number}")
    return counts, losses


@contextmanager
def only_errors_logged() -> Iterator[None]:
    """Hear nothing of each job that lost its runner, for the length of a block."""
    logger = logging.getLogger("app.engine.rescue")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def _recorded(folder, chance, *, ignores_syncs):
    """Do some work on a home that was made before; return it, and what surely was there and was done to the disk."""
    home, clock = Home(folder), Clock()
    with opened(home, clock=clock) as store:
        store.runner.begin(1, None, "2", "boot", 2)
    sure = {str(home.database): home.database.read_bytes()}
    with recording(folder, ignores_syncs=ignores_syncs) as disk:
        work = Workload(home, clock, chance, disk)
        work.work(COMMITS)
        return work, PowerCuts(disk.log, sure), clock


class _Cuts:
    """Looks at one workload's power cuts."""

    def __init__(self, work, disk, clock):
        self._work, self._disk, self._clock = work, disk, clock
        marks = [(place, done) for place, done in enumerate(disk.log) if done.what == "mark"]
        self._begun = [place for place, done in marks if done.path == "began"]
        self._acknowledged = [place for place, done in marks if done.path == "acknowledged"]

    def moments(self, count, chance):
        """So many moments after the first acknowledgement: at syncs, soon after them, and anywhere."""
        first, last = self._acknowledged[0] + 1, len(self._disk.log)
        syncs = [place for place in range(first, last) if self._disk.log[place].what == "sync"]
        for _ in range(count):
            if syncs and chance.random() < 0.7:
                yield min(last, chance.choice(syncs) + chance.randrange(0, 12))
            else:
                yield chance.randrange(first, last + 1)

    def look(self, at, chance, folder, counts, where):
        """Return what is wrong with the state after the power cut at a moment; a home that has something is kept."""
        acknowledged = bisect_right(self._acknowledged, at - 1) - 1
        begun = bisect_right(self._begun, at - 1)
        home = Home(folder)
        home.make()
        for path, content in self._disk.at(at, chance).items():
            (home.data / Path(path).name).write_bytes(content)
        Doorbell(home.ring).hang()
        # where a commit goes back, the note says nothing from before it
        ProgressNote(home.progress).write(min(self._work.progress[acknowledged : begun + 1]))
        try:
            found = self._open(home, acknowledged, begun, counts)
        except Exception:  # noqa: BLE001  whatever keeps it from being opened is a loss
            found = traceback.format_exc()
        if found is None:
            shutil.rmtree(folder)
            return []
        return [f"{where}: {found}"]

    def _open(self, home, acknowledged, begun, counts):
        """Open it as the program does, rescue included, and go on working."""
        with opened(home, clock=self._clock) as store:
            held = digest(store.database._connection())
            possible = self._work.digests[acknowledged : begun + 1]
            if held not in possible:
                older = self._work.digests.index(held) if held in self._work.digests else None
                return f"commit {acknowledged} was acknowledged, and it holds " + (
                    "what never was" if older is None else f"commit {older}"
                )
            counts["held more than was acknowledged"] += held != possible[0]
            check_whole(store.database)
            counts["runs rescued"] += len(store.work.open_runs())
            rescue(store, process_trees())
            if store.work.open_runs():
                return "runs are left open after the rescue"
            store.changes.set_paused(False)
            enqueue(store, "after the power cut")
            claim_one(store)
            health = examine(store.database)
            if health.damage or health.miscounted or health.loose or health.runless:
                return f"it is not sound: {health}"
        return None


def run(rounds: int, seed: int, place: Place) -> Result:
    """Look at so many states."""
    with only_errors_logged():
        return Result(*cut(rounds, seed, place.folder))


ATTACK = Attack(
    "power-cuts",
    "the power fails at any moment, unsynced writes are lost or torn; all that was acknowledged is there, whole",
    run,
    rounds=200,
    campaign=2_000,
    a_round="the state after one cut",
    season=CUTS,
    lacks=dict.fromkeys(("built", "wine", "wine-built"), "the disk is recorded in Python"),
)
