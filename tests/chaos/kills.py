"""Kill -9 of the window, the runner and the command line, at random moments that are aimed at what matters.

In each round jobs are brought, something is killed, brought back as a person or the window would, and when all jobs
have ended the whole history is checked. Afterwards it is told what the kills have hit: that shows whether the attack is
a real one.
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.chaos.attack import Attack, Place, Result, rounds_of
from tests.chaos.crew import SLOTS, Crew
from tests.chaos.history import Call, opened
from tests.chaos.load import CANCELLED, Load
from tests.chaos.moment import CAN_LOOK, Moment, locks_held
from tests.chaos.victim import Victim, attacked
from tests.chaos.witness import END, FAILURE, START
from tests.runners import select_nothing, wait_for

_AIMS = {
    "enqueue": (("command line",), ("command line",), ("command line", "runner"), ("all",)),
    "claim": (("runner",), ("runner",), ("runner", "window"), ("all",)),
    "run": (("runner",), ("runner",), ("window",), ("all",)),
    "finish": (("runner",), ("runner",), ("runner", "window"), ("all",)),
    "begin": (("runner",), ("runner",), ("all",)),
    "anything": (("runner",), ("window",), ("command line",), ("all",)),
}
"""What a kill is aimed at, in turn, and who is killed then, by chance."""

_WISHES = 0.4
_BLINK = 0.002
_IS_IN = "SELECT count(*) FROM job WHERE id = '{}'"


def run(rounds: int, seed: int, place: Place) -> Result:
    """Make rounds on one queue, until one finds something."""
    result = Result()
    with attacked(place.folder, place.target) as victim:
        victim.ask("config", "set", "interrupted-limit", "0")  # it is the harness that takes the runner down, not a job
        victim.ask("config", "set", "workers", str(SLOTS))
        victim.ask("config", "set", "grace", "0.3")
        crew = Crew(victim)
        load = Load(victim.witness, Random(seed))
        aims = Random(seed).sample(list(_AIMS), len(_AIMS))
        for number, chance in rounds_of(rounds, seed):
            round_ = _Round(victim, crew, load, chance, aims[number % len(aims)], victim.folder / f"gate-{number}")
            try:
                round_.make()
            finally:
                result.counts.update(round_.counts)
            result.violations += [f"round {number} ({round_.told}): {what}" for what in victim.check()]
            if result.violations:
                break
            victim.forget_dead()
        result.counts["jobs"] += len(victim.deeds.ends)
    return result


class _Round:
    """One round: bring, aim, kill, bring back."""

    def __init__(self, victim: Victim, crew: Crew, load: Load, chance: Random, aim: str, gate: Path) -> None:
        self._victim = victim
        self._crew = crew
        self._load = load
        self._chance = chance
        self._aim = aim
        self._gate = gate
        self._gated: list[str] = []
        self._who = chance.choice(_AIMS[self._aim])
        self._call: tuple[Call, subprocess.Popen[bytes]]
        self._wish: tuple[str, subprocess.Popen[bytes]] | None = None
        self.counts: dict[str, int] = {}

    @property
    def told(self) -> str:
        """What it does, in a few words."""
        return f"{' and '.join(self._who)} at {self._aim}"

    def make(self) -> None:
        """Make it, and wait until nothing is left to do."""
        self._begin()
        if self._chance.random() < _WISHES:
            self._make_a_wish()
        self._bring()
        getattr(self, f"_await_{self._aim}")()
        self._kill()
        is_in = self._hear_of_the_call()
        self._count(f"runner {self._crew.bring_back()}")
        self._hear_of_the_wish()
        if is_in:
            # what a dead runner has left, and the next one has not ended, is found out while the same jobs run again
            self._victim.wait_for_beats(self._gated)
        self._gate.touch()
        call, process = self._victim.bring(*self._load.short(1))
        self._victim.brought(call, process)
        self._victim.wait_until_idle()

    def _begin(self) -> None:
        needs_window = "window" in self._who or self._chance.random() < 0.3
        if needs_window and not self._crew.has_window:
            self._crew.open_window()
        self._crew.bring_back()

    def _bring(self) -> None:
        if self._aim == "enqueue":
            jobs, ends = self._load.large(self._chance.randint(10, 60))
        else:
            gated, gated_ends = self._load.gated(self._chance.randint(1, SLOTS - 1), self._gate)
            self._gated = [job["id"] for job in gated]
            jobs, ends = self._load.small(self._chance.randint(3, 12))
            jobs, ends = [*jobs, *gated], [*ends, *gated_ends]
        self._wal = self._written()
        self._said = self._victim.witness.size()
        self._call = self._victim.bring(jobs, ends)

    def _hear_of_the_call(self) -> bool:
        """Hear what the call that brings jobs has said, if it has; return whether they are in."""
        call, process = self._call
        self._victim.brought(call, process)
        is_in = bool(self._victim.value(_IS_IN.format(call.ids[0])))
        if process.returncode:
            self._count(f"hit: an enqueue {'after' if is_in else 'before'} its commit")
        return is_in

    def _make_a_wish(self) -> None:
        """Have a job called off, or a dead letter tried again, while all the rest happens."""
        with opened(self._victim.home.database) as history:
            dead = [id for (id,) in history.rows("SELECT id FROM job WHERE state = 'dead' ORDER BY seq")]
        if dead and self._chance.random() < 0.5:
            self._wish = "", self._victim.start("retry", self._chance.choice(dead))
            return
        call, process = self._victim.bring(*self._load.beating(1, 4))
        self._victim.brought(call, process)
        (id,) = call.ids
        self._victim.deeds.ends[id] |= CANCELLED
        self._wish = id, self._victim.start("cancel", id)

    def _hear_of_the_wish(self) -> None:
        """What was said to be called off must be; a refusal or a kill says nothing."""
        if self._wish is None:
            return
        id, process = self._wish
        code = process.wait(120)
        assert code in {0, 1, -signal.SIGKILL}, (code, self._victim.said.errors_of(process.pid))
        if not self._victim.said.output_of(process.pid):
            return
        self._count(f"granted: {'a cancel' if id else 'a retry'}")
        if id:
            self._victim.deeds.ends[id] = CANCELLED

    # Aiming

    def _await_enqueue(self) -> None:
        _, process = self._call
        if CAN_LOOK and self._chance.random() < 0.6:
            self._until(lambda: process.poll() is not None or self._writes([process.pid]))
            self._wait_up_to(0.05)
        else:
            self._wait_up_to(1)

    def _await_claim(self) -> None:
        self._until(lambda: self._written() != self._wal)
        if CAN_LOOK and self._chance.random() < 0.5:
            runners = self._victim.pids("--runner")
            self._until(lambda: self._has_said(START) or self._writes(runners))
        self._wait_up_to(0.02)

    def _await_run(self) -> None:
        self._until(lambda: self._has_said(START))
        self._wait_up_to(0.2)

    def _await_finish(self) -> None:
        self._until(lambda: self._has_said(END, FAILURE))
        self._wait_up_to(0.015)

    def _await_begin(self) -> None:
        """Have the runner killed while jobs run, and aim at the one that comes after it."""
        self._await_run()
        runner = self._crew.runner()
        if runner is not None:
            Moment(self._victim, [runner], None).kill()
        self._crew.runner_was_killed(while_beginning=True)
        if not self._crew.has_window:
            self._victim.start("worker", "start", "--count", str(SLOTS))
        self._until(lambda: self._crew.runner() is not None or (self._crew.has_window and self._crew.has_given_up))
        self._wait_up_to(0.8)

    def _await_anything(self) -> None:
        self._wait_up_to(1.5)

    def _until(self, true: Callable[[], bool]) -> None:
        until = time.monotonic() + 60
        while not true():
            assert time.monotonic() < until, f"waited in vain for {self._aim}"
            select_nothing(_BLINK)

    def _wait_up_to(self, seconds: float) -> None:
        select_nothing(self._chance.uniform(0, seconds))

    def _writes(self, pids: list[int]) -> bool:
        return bool(locks_held(self._victim.home.database, pids))

    def _written(self) -> int:
        database = self._victim.home.database
        try:
            return database.with_name(f"{database.name}-wal").stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def _has_said(self, *letters: str) -> bool:
        return any(line.letter in letters for line in self._victim.witness.lines(self._said))

    # Killing

    def _kill(self) -> None:
        everybody = "all" in self._who
        runner = self._crew.runner() if everybody or "runner" in self._who else None
        pids = [] if runner is None else [runner]
        if everybody or "window" in self._who:
            pids += self._victim.pids()
        if everybody or "command line" in self._who:
            commands = [self._call[1], *([self._wish[1]] if self._wish else [])]
            pids += [process.pid for process in commands if process.poll() is None]
        is_window_hit = self._crew.has_window and self._crew.window is not None and self._crew.window.pid in pids
        moment = Moment(self._victim, pids, runner)
        for name in moment.kill():
            self._count(f"hit: {name}")
        if is_window_hit:
            # its main thread dies first, and for a moment the others live on
            wait_for(lambda: not self._crew.has_window, "the end of the window")
            self._count("hit: a window")
        if runner is not None:
            while_beginning = self._aim == "begin" or "a runner without its lock" in moment.hit
            self._crew.runner_was_killed(while_beginning=while_beginning)
        self._count(f"aimed at: {self._aim}")
        self._count("kills", len(pids))

    def _count(self, name: str, by: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + by


ATTACK = Attack(
    "kills",
    "kill -9 of window, runner and command line, alone and together, at random moments",
    run,
    rounds=50,
    campaign=1000,
    season=25,
)
