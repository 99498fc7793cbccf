"""Another process holds the write lock: runs go on, deadlines fire, ends are kept, and who can't wait says so."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from tests.chaos.attack import Attack, Place, Result, rounds_of
from tests.chaos.history import Call
from tests.chaos.load import COMPLETED, DEAD, Load
from tests.chaos.victim import Victim, attacked
from tests.chaos.watched import Watched
from tests.chaos.witness import BEAT, END, START
from tests.runners import living, select_nothing, wait_for

SLOTS = 3
_PATIENCE = 10
"""Seconds for which a command waits for the lock, and a window's thread that changes something."""

_LEAST_TURNS = 10
"""So many turns a window's loop makes in those seconds, on a slow machine too; where it waits itself, it makes none."""

_REFUSED = "does not let go"

_HOLDER = """
import sys, apsw
connection = apsw.Connection(sys.argv[1])
connection.set_busy_timeout(60_000)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


def run(rounds: int, seed: int, place: Place) -> Result:
    """Hold the lock of one queue once a round, each time for another while."""
    result = Result()
    with attacked(place.folder, place.target) as victim:
        victim.ask("config", "set", "interrupted-limit", "0")
        victim.ask("config", "set", "grace", "0.3")
        victim.ask("config", "set", "review-before-add", "off")
        victim.start_runner(SLOTS)
        window = Watched(victim)
        window.wait_until_works()
        load = Load(victim.witness, Random(seed))
        for number, chance in rounds_of(rounds, seed):
            # twice as long as a command waits, in every third round
            seconds = chance.uniform(0, 2) if number % 3 else _PATIENCE * 1.3
            wrong = hold_once(victim, window, load, number, seconds)
            result.counts["seconds held"] += round(seconds)
            if result.judge(f"round {number} ({seconds:.1f} s)", [*wrong, *victim.check()]):
                break
        result.counts["jobs"] += len(victim.deeds.ends)
        result.violations += [*window.end(), *victim.said.trouble()]
    return result


def hold_once(victim: Victim, window: Watched, load: Load, number: int, seconds: float) -> list[str]:
    """Hold the lock for so long while jobs run, end and are late; return what went wrong."""
    wrong = []
    say = victim.witness
    jobs = [
        {"id": f"ends-{number}", "command": say.command(START, "sleep 0.7", END)},
        {"id": f"goes-on-{number}", "command": say.beating(100), "timeout": 60},
        {"id": f"overdue-{number}", "command": say.stuck(), "timeout": 1, "max_retries": 1},
    ]
    victim.brought(*victim.bring(jobs, [COMPLETED, COMPLETED, DEAD]))
    wait_for(lambda: len({line.id for line in say.lines() if line.id in {job["id"] for job in jobs}}) == SLOTS, "runs")
    token = next(line.token for line in say.lines() if line.id == f"overdue-{number}")
    began = time.monotonic()
    with held(victim.home.database):
        call, process = victim.bring(*load.short(2))
        in_window = window.add(load.short(2))
        before = len(say.lines())
        wait_for(lambda: any(line.letter == END for line in say.lines()[before:]), "the end of a job while it is held")
        wait_for(lambda: not living(token), "the end of a job that takes too long")
        wait_for(lambda: any(line.letter == BEAT for line in say.lines()[before:]), "a job that goes on")
        if seconds > _PATIENCE:
            code = process.wait(60)
            said = victim.said.errors_of(process.pid)
            call.is_in = False
            if code != 1 or _REFUSED not in said:
                wrong.append(f"a command that waited in vain ended with {code} and said {said!r}")
            wrong += waited_in_vain(window, in_window)
        victim.ask("status")  # who only looks does not wait
        while time.monotonic() < began + seconds:  # neither does the window
            if window.answers:
                window.ask()
            select_nothing(0.2)
        if seconds <= _PATIENCE and process.poll() is not None:
            wrong.append(f"a command did not wait: {victim.said.errors_of(process.pid)!r}")
    if call.is_in is None:
        victim.brought(call, process)
    answer = window.added(in_window)
    if answer is not None and seconds <= _PATIENCE and not answer.added:
        wrong.append(f"the window did not wait: {answer.shows['refused']!r}")
    victim.brought(*victim.bring(*load.short(1)))
    victim.wait_until_idle()
    window.wait_until_works()
    return wrong


def waited_in_vain(window: Watched, call: Call | None) -> list[str]:
    """What is wrong with what a window says of jobs that it waited in vain to add."""
    answer = window.added(call)
    if answer is None:
        return []
    wrong = []
    if answer.added is not False or _REFUSED not in answer.shows["refused"]:
        wrong.append(f"a window that waited in vain says {answer}")
    if answer.turns < _LEAST_TURNS:
        wrong.append(f"the window's event loop made {answer.turns} turns while it waited for the lock")
    return wrong


@contextmanager
def held(database: Path) -> Iterator[None]:
    """Have another process hold the write lock for the length of a block."""
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "held\n"
        yield
    finally:
        holder.stdin.close()
        holder.wait()
        holder.stdout.close()


ATTACK = Attack(
    "lock",
    "another process holds the write lock for up to 13 s: runs end, what can't be written is kept, the window lives",
    run,
    rounds=3,
    campaign=300,
    season=30,
    lacks=dict.fromkeys(("wine", "wine-built"), "a process outside of Wine holds the lock"),
)
