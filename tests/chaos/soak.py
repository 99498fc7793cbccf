"""A soak: a mixed load for minutes or hours, while memory, descriptors and processes of window and runner are watched.

Jobs succeed, fail, take too long, print much and leave something running. What is old is pruned meanwhile, and the
oldest outputs are freed.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from random import Random

import psutil

from tests.chaos.attack import Attack, Place, Result
from tests.chaos.crew import Crew
from tests.chaos.flatness import Measure, Sample, trend_of
from tests.chaos.load import Load
from tests.chaos.victim import Victim, attacked
from tests.runners import select_nothing

_MB = 2**20
_BETWEEN = 1.0
"""Seconds between two samples, and two calls that bring jobs."""

_WARM_UP_SHARE, _LONGEST_WARM_UP = 1 / 3, 300.0
_RESTS_EACH, _FEWEST_RESTS = 6, 5
"""After so many calls all jobs are let end; and so often at least, however slow the machine is."""

_OPTIONS = {
    "interrupted-limit": "0",
    "grace": "0.3",
    "workers": "4",
    "output-cap": "256K",
    "keep-completed": "20s",
    "keep-cancelled": "20s",
    "keep-outputs": "4M",
}
_MEASURES = (
    *(Measure(f"memory of the {who}", " MB", room=6, share=0.05) for who in ("runner", "window")),
    *(Measure(f"descriptors of the {who}, at rest", "", room=1) for who in ("runner", "window")),
    *(Measure(f"threads of the {who}, at rest", "", room=1) for who in ("runner", "window")),
    Measure("processes, at rest", "", room=0.5),
    Measure("zombies, at rest", "", room=0.5),
    Measure("WAL", " MB", room=1, share=0.25),
    Measure("outputs", " MB", room=4, share=0.25),
)


def run(rounds: int, seed: int, place: Place) -> Result:
    """Soak for ``rounds`` minutes."""
    result = Result()
    with attacked(place.folder, place.target) as victim:
        for key, value in _OPTIONS.items():
            victim.ask("config", "set", key, value)
        crew = Crew(victim)
        crew.open_window()
        soak = _Soak(victim, crew, Load(victim.witness, Random(seed)))
        samples = soak.work(rounds * 60)
        result.violations += soak.end()
        result.counts["jobs"] = len(victim.deeds.ends)
        for measure in _MEASURES:
            trend = trend_of(measure, samples[measure.name])
            result.figures.append(str(trend))
            if not trend.is_flat:
                result.violations.append(f"not flat: {trend}")
    return result


class _Soak:
    """The load and the samples of one queue."""

    def __init__(self, victim: Victim, crew: Crew, load: Load) -> None:
        self._victim = victim
        self._crew = crew
        self._load = load
        self._runner = crew.runner()
        self._window = crew.window.pid if crew.window else None

    def work(self, seconds: float) -> dict[str, list[Sample]]:
        """Bring jobs and take samples; return by measure those after the warm-up.

        What each running job takes some of, such as descriptors, goes up and down with the load; now and then all jobs
        are let end, and it is looked at then.
        """
        began = time.monotonic()
        warm = began + min(seconds * _WARM_UP_SHARE, _LONGEST_WARM_UP)
        samples: dict[str, list[Sample]] = defaultdict(list)
        rests = turn = 0
        while (now := time.monotonic()) < began + seconds or rests < _FEWEST_RESTS:
            turn += 1
            looks = [self._look()]
            self._victim.brought(*self._victim.bring(*self._load.mixed()))
            self._victim.forget_dead()
            if turn % _RESTS_EACH == 0:
                self._victim.ask("prune", "--completed", "--older-than", "20s")
                self._victim.wait_until_idle()
                looks.append(self._look_at_rest())
                rests += now >= warm
            for name, value in chain.from_iterable(looks) if now >= warm else ():
                samples[name].append((time.monotonic() - began, value))
            select_nothing(max(0.0, now + _BETWEEN - time.monotonic()))
        return samples

    def end(self) -> list[str]:
        """Let what is left end, and check all that can be checked where outputs have been freed."""
        self._victim.wait_until_idle()
        found = []
        if self._crew.runner() != self._runner or not self._crew.has_window:
            found.append("the runner or the window of the beginning is not there any more")
        return [*found, *self._victim.check(outputs=False)]

    def _look(self) -> Iterator[tuple[str, float]]:
        for who, process in self._processes():
            yield f"memory of the {who}", process.memory_info().rss / _MB
        database = self._victim.home.database
        wal = database.with_name(f"{database.name}-wal")
        yield "WAL", wal.stat().st_size / _MB
        # not rglob: folders go meanwhile
        folders = os.walk(self._victim.home.outputs)
        yield "outputs", sum(_allocated(Path(folder, name)) for folder, _, names in folders for name in names) / _MB

    def _look_at_rest(self) -> Iterator[tuple[str, float]]:
        zombies = 0
        for who, process in self._processes():
            yield f"descriptors of the {who}, at rest", process.num_handles() if os.name == "nt" else process.num_fds()
            yield f"threads of the {who}, at rest", process.num_threads()
            zombies += sum(_is_zombie(child) for child in process.children())
        yield "zombies, at rest", zombies
        yield "processes, at rest", len(self._victim.processes())

    def _processes(self) -> Iterator[tuple[str, psutil.Process]]:
        yield "runner", psutil.Process(self._runner)
        yield "window", psutil.Process(self._window)


def _is_zombie(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _allocated(path: Path) -> int:
    """Bytes that a file takes on the disk: what is left out of a long output takes none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0
    return found.st_blocks * 512 if hasattr(found, "st_blocks") else found.st_size


ATTACK = Attack(
    "soak",
    "a mixed load, while memory, descriptors, processes, zombies, WAL and outputs must stay flat",
    run,
    rounds=3,
    campaign=60,
    a_round="a minute",
)
