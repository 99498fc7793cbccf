"""Many starts at once on a home that does not exist yet: one window, one runner, and every other start ends well."""

from __future__ import annotations

from collections import Counter
from random import Random

from tests.chaos.attack import Attack, Place, Result, rounds_of
from tests.chaos.load import Load
from tests.chaos.victim import Victim, attacked
from tests.runners import wait_for

_WINDOW, _RUNNER, _WORKER = "window", "runner", "worker start"


def run(rounds: int, seed: int, place: Place) -> Result:
    """In each round start ``place.at_once`` processes at once: windows, runners, `worker start`, or all of these."""
    result = Result()
    mixtures = [[_WINDOW], [_WORKER], [_WINDOW, _RUNNER, _WORKER], [_RUNNER]]
    for number, chance in rounds_of(rounds, seed):
        kinds = chance.choices(mixtures[(seed + number) % len(mixtures)], k=place.at_once)
        with attacked(place.folder / f"round-{number}", place.target) as victim:
            found = _start(victim, kinds, chance)
        result.counts.update(f"started: {kind}" for kind in kinds)
        result.violations += [f"round {number} ({dict(Counter(kinds))}): {what}" for what in found]
        if result.violations:
            break
    return result


def _start(victim: Victim, kinds: list[str], chance: Random) -> list[str]:
    starts = {
        _WINDOW: victim.start_window,
        _RUNNER: lambda: victim.start_runner(1),
        _WORKER: lambda: victim.start("worker", "start"),
    }
    started = [(kind, starts[kind]()) for kind in kinds]
    # what stays: one window, where windows were started, and one runner, where one of those was started and was first
    stays = Counter({_WINDOW: min(1, kinds.count(_WINDOW))})
    may_stay = Counter({_RUNNER: min(1, kinds.count(_RUNNER))})

    def left() -> Counter[str]:
        return Counter(kind for kind, process in started if process.poll() is None)

    wait_for(lambda: left() <= stays + may_stay and victim.runner_lives(), "the end of all starts but the first")
    found = []
    if left()[_WINDOW] != stays[_WINDOW]:
        found.append(f"{left()[_WINDOW]} windows are left")
    for kind, process in started:
        # who finds that a runner works already says so
        good = {None, 0, 1} if kind == _RUNNER else {None, 0}
        if process.poll() not in good:
            found.append(f"a start of {kind} ended with {process.returncode}: {victim.said.errors_of(process.pid)}")
    wait_for(lambda: len(victim.pids("--runner")) == 1, "one runner")
    wait_for(lambda: victim.value("SELECT state = 'running' FROM runner"), "a runner that runs")
    if set(kinds) == {_WORKER}:
        slots = victim.value("SELECT slots FROM runner")
        if slots != len(kinds):
            found.append(f"{len(kinds)} workers were started one by one, and there are {slots}")
    victim.brought(*victim.bring(*Load(victim.witness, chance).small(6)))
    victim.wait_until_idle()
    if len(victim.pids("--runner")) != 1:
        found.append(f"there are {len(victim.pids('--runner'))} runners")
    return [*found, *victim.check()]


ATTACK = Attack(
    "starts",
    "many starts at once on a fresh home: one window and one runner stay",
    run,
    rounds=5,
    campaign=20,
    a_round="10 starts, --long 50 (--at-once)",
    season=1,
)
