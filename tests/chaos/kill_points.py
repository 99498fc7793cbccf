"""Kill -9 at each of the program's named points, in each process that comes to it."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random

from app.bootstrap import KILL_VARIABLE
from tests.chaos.attack import Attack, Place, Result, rounds_of
from tests.chaos.crew import SLOTS
from tests.chaos.load import COMPLETED, DEAD, Load
from tests.chaos.victim import Victim, attacked
from tests.desktop.real.targets import Target
from tests.runners import wait_for
from tests.store.old_queue import job as old_job
from tests.store.old_queue import make_old

_OF_RUNS = ("after_claim", "before_start", "after_start", "before_finish")


def run(rounds: int, seed: int, place: Place) -> Result:
    """In each round have every point hit once in each process that comes to it."""
    result = Result()
    for number, chance in rounds_of(rounds, seed):
        round_ = _Round(place.folder / f"round-{number}", place.target, result)
        round_.attack_a_queue(chance)
        for who in ("command line", "runner", "window"):
            round_.attack_an_upgrade(who)
        result.violations[:] = [f"round {number}: {what}" for what in result.violations]
        if result.violations:
            break
    return result


class _Round:
    """Every point once; none any more when something was found."""

    def __init__(self, folder: Path, target: Target, result: Result) -> None:
        self._folder = folder
        self._target = target
        self._result = result

    def attack_a_queue(self, chance: Random) -> None:
        """All points but that of an upgrade, one after the other on one queue."""
        with attacked(self._folder / "queue", self._target) as victim:
            _set_up(victim)
            load = Load(victim.witness, chance)
            for point in _OF_RUNS:
                self._hit(victim, f"{point} in the runner", partial(_kill_runner, victim, load, point))
            self._hit(victim, "in_import in the command line", partial(_kill_import, victim, load, chance))
            unheard = "after_commit_before_ring"
            self._hit(victim, f"{unheard} in the command line", partial(_kill_after_commit, victim, load, unheard))
            self._hit(victim, f"{unheard} in the runner", partial(_kill_runner, victim, load, unheard))
            self._hit(victim, f"{unheard} in the window", partial(_kill_window, victim, load, unheard))

    def attack_an_upgrade(self, who: str) -> None:
        """The point of an upgrade, in one process."""
        with attacked(self._folder / f"upgrade by the {who}", self._target) as victim:
            self._hit(victim, f"in_migration in the {who}", partial(_kill_upgrade, victim, who))

    def _hit(self, victim: Victim, name: str, attack: Callable[[], None]) -> None:
        """Carry out one kill, let the queue work to its end, and check it."""
        if self._result.violations:
            return
        attack()
        victim.wait_until_idle()
        self._result.counts[name] += 1
        self._result.violations += [f"{name}: {what}" for what in victim.check()]


def _set_up(victim: Victim) -> None:
    victim.ask("config", "set", "interrupted-limit", "0")
    victim.ask("config", "set", "grace", "0.3")


def _kill_runner(victim: Victim, load: Load, point: str) -> None:
    """It dies at its first commit, or while it works; the next one puts back what it left."""
    victim.end_runner()
    victim.brought(*victim.bring(*load.small(6)))
    _wait_for_death(victim.start_runner(SLOTS, **{KILL_VARIABLE: point}))
    victim.ask("worker", "start", "--count", str(SLOTS))


def _kill_import(victim: Victim, load: Load, chance: Random) -> None:
    """It dies in the middle of its transaction: nothing of it is in. The same file goes in afterwards."""
    jobs, ends = load.small(chance.randint(2, 12))
    call, process = victim.bring(jobs, ends, **{KILL_VARIABLE: "in_import"})
    _wait_for_death(process)
    victim.brought(call, process)
    before = victim.value("SELECT count(*) FROM job WHERE id = '{}'".format(jobs[0]["id"]))
    assert before == 0, "what was killed amid its transaction has brought jobs"
    victim.deeds.calls.remove(call)
    victim.brought(*victim.bring(jobs, ends))


def _kill_after_commit(victim: Victim, load: Load, point: str) -> None:
    """It dies before it can ring: the runner finds the jobs all the same."""
    call, process = victim.bring(*load.small(3), **{KILL_VARIABLE: point})
    _wait_for_death(process)
    victim.brought(call, process)
    call.is_in = True  # it was committed, as the point says


def _kill_window(victim: Victim, load: Load, point: str) -> None:
    """It dies at the first thing that it writes; the next one starts the runner."""
    victim.end_runner()
    victim.brought(*victim.bring(*load.small(3)))
    _wait_for_death(victim.start_window(**{KILL_VARIABLE: point}))
    victim.start_window()
    wait_for(victim.runner_lives, "the runner that the window starts")


def _kill_upgrade(victim: Victim, who: str) -> None:
    """It dies in the middle of an upgrade: the database still is 1.0's, and the next one upgrades it."""
    victim.home.make()
    commands = victim.witness
    kinds = {
        "waits": ("pending", commands.short(), COMPLETED),
        "was-running": ("processing", commands.beating(2), COMPLETED),
        "waits-for-its-retry": ("failed", commands.short(), COMPLETED),
        "fails": ("pending", commands.failing(), DEAD),
        "is-done": ("completed", commands.short(), COMPLETED),
        "is-dead": ("dead", commands.failing(), DEAD),
    }
    make_old(
        victim.home.database,
        [old_job(id, state=state, command=command, max_retries=1) for id, (state, command, _) in kinds.items()],
    )
    victim.deeds.upgraded = frozenset(kinds)
    victim.deeds.ends.update({id: end for id, (_, _, end) in kinds.items()})
    variables = {KILL_VARIABLE: "in_migration"}
    starts = {
        "command line": lambda: victim.start("list", **variables),
        "runner": lambda: victim.start_runner(SLOTS, **variables),
        "window": lambda: victim.start_window(**variables),
    }
    _wait_for_death(starts[who]())
    with closing(sqlite3.connect(victim.home.database)) as old:
        left = {id for (id,) in old.execute("SELECT id FROM jobs")}
    assert left == set(kinds), f"1.0's database holds {left} after a kill in its upgrade"
    _set_up(victim)
    victim.ask("worker", "start", "--count", str(SLOTS))


def _wait_for_death(process: subprocess.Popen[bytes]) -> None:
    code = process.wait(60)
    assert code == -signal.SIGKILL, f"it ended with {code}, and was not killed at the point"


ATTACK = Attack(
    "kill-points",
    "kill -9 at each named point, in each process that comes to it",
    run,
    rounds=1,
    campaign=20,
    a_round="every point once",
    season=1,
)
