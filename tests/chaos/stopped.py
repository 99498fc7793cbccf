"""A runner that is stopped (SIGSTOP), as a debugger or a full computer stops it: it lives, and it is the only one.

While it is stopped no second one starts. When it goes on (SIGCONT) it records what ended meanwhile. A window ends one
that does not answer: then its jobs are put back, what it started is ended, and a late end of an old run is refused.
"""

from __future__ import annotations

import os
import signal
import subprocess

from app.domain.job import State
from app.domain.lifecycle import Policy
from app.domain.outcome import Succeeded
from app.store.store import Store
from app.store.work import End
from tests.chaos.attack import Attack, Place, Result, rounds_of
from tests.chaos.crew import SLOTS
from tests.chaos.load import Job, Load
from tests.chaos.victim import Victim, attacked, kill
from tests.chaos.witness import END, START
from tests.runners import wait_for
from tests.store.jobs import opened as opened_store

_SECOND_RUNS = "SELECT count(*) FROM job WHERE state = 'processing' AND run = 2"


def run(rounds: int, seed: int, place: Place) -> Result:
    """In each round stop a runner twice: once it goes on, and once a window ends it."""
    result = Result()
    for number, chance in rounds_of(rounds, seed):
        with attacked(place.folder / f"round-{number}", place.target) as victim:
            victim.ask("config", "set", "interrupted-limit", "0")
            victim.ask("config", "set", "workers", str(SLOTS))
            load = Load(victim.witness, chance)
            found = [*_goes_on(victim, load), *_is_ended(victim, load)]
            result.counts["stopped and went on"] += 1
            result.counts["stopped and ended"] += 1
            result.counts["ends of old runs refused"] += SLOTS
            result.violations += [f"round {number}: {what}" for what in [*found, *victim.check()]]
        if result.violations:
            break
    return result


def _goes_on(victim: Victim, load: Load) -> list[str]:
    victim.ask("worker", "start", "--count", str(SLOTS))
    runner, _ = _stop_while_jobs_run(victim, load.beating(SLOTS, 6))
    found = []
    second = victim.start_runner(1)
    if second.wait(60) != 1:
        found.append(f"a second runner started beside a stopped one, and ended with {second.returncode}")
    refused = victim.start("worker", "start")
    window = victim.start_window()
    if refused.wait(60) != 1 or "has not answered" not in victim.said.errors_of(refused.pid):
        found.append(f"worker start beside a stopped runner said: {victim.said.errors_of(refused.pid)}")
    if victim.pids("--runner") != [runner]:
        found.append(f"beside the stopped runner {runner} there are {victim.pids('--runner')}")
    wait_for(lambda: _said(victim, END) == SLOTS, "the end of the jobs of a stopped runner")
    os.kill(runner, signal.SIGCONT)
    victim.wait_until_idle()
    repeated = victim.value("SELECT count(*) FROM job WHERE run > 1")
    if repeated:
        found.append(f"{repeated} jobs ran again though their runner went on")
    window.terminate()
    window.wait(60)
    return found


def _is_ended(victim: Victim, load: Load) -> list[str]:
    gate = victim.folder / "gate"
    runner, ids = _stop_while_jobs_run(victim, load.gated(SLOTS, gate))
    ender = _window_that_ends_the_runner(victim)
    wait_for(lambda: runner not in victim.pids("--runner"), "the end of the stopped runner")
    wait_for(lambda: victim.value(_SECOND_RUNS) == SLOTS, "the jobs' second runs")
    victim.wait_for_beats(ids)  # what had been left alive would speak now
    found = []
    with opened_store(victim.home) as store:
        found += _refuses_old_ends(store)
    gate.touch()
    victim.wait_until_idle()
    ender.terminate()
    ender.wait(60)
    return found


def _window_that_ends_the_runner(victim: Victim) -> subprocess.Popen[bytes]:
    """A window in which the button is pressed; of a built program, which nobody presses here, what it does is done."""
    if victim.target.name == "source":
        return victim.start_window(module="tests.chaos.ending_window")
    for pid in victim.pids("--runner"):
        kill(pid)
    return victim.start_window()


def _stop_while_jobs_run(victim: Victim, jobs: tuple[list[Job], list[frozenset[str]]]) -> tuple[int, list[str]]:
    """Bring a job for each worker, and stop the runner once all of them run; return its pid and their ids."""
    before = _said(victim, START)
    call, process = victim.bring(*jobs)
    victim.brought(call, process)
    wait_for(lambda: _said(victim, START) == before + SLOTS, "the jobs' start")
    (runner,) = victim.pids("--runner")
    os.kill(runner, signal.SIGSTOP)
    return runner, list(call.ids)


def _refuses_old_ends(store: Store) -> list[str]:
    """Report the end of the first run of jobs that are in their second, as a runner would that came too late."""
    seqs = [seq for (seq,) in store.database.run("SELECT seq FROM job WHERE state = 'processing' AND run = 2")]
    ends = [End(seq=seq, run=1, outcome=Succeeded(), at=store.clock()) for seq in seqs]
    ended = store.work.finish(ends, Policy())
    states = [store.reads.by_seq(seq).state for seq in seqs]
    taken = [end.end.seq for end in ended if end.transition is not None]
    found = [] if not taken else [f"an end of the first run of jobs {taken} was taken for that of the second"]
    if not seqs or any(state is not State.PROCESSING for state in states):
        found.append(f"jobs {seqs} are {states} after ends of their first runs")
    return found


def _said(victim: Victim, letter: str) -> int:
    return sum(line.letter == letter for line in victim.witness.lines())


ATTACK = Attack(
    "stopped",
    "SIGSTOP of the runner: no second one starts, it goes on, or a window ends it and its jobs are put back",
    run,
    rounds=1,
    campaign=20,
    season=1,
)
