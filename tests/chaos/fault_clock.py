"""The clock is set under real processes, by libfaketime: back and on, over both changes of summer time, over a sleep.

The clock that nobody sets goes on as it is, as it does when a person, a time server or the end of a sleep moves the
other one.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from tests.chaos.attack import Attack, Place, Result, rounds_of
from tests.chaos.load import COMPLETED, DEAD, Load
from tests.chaos.victim import Victim, attacked
from tests.chaos.watched import Watched
from tests.chaos.witness import END, START
from tests.runners import wait_for

SLOTS = 3
_HOUR = 3600
_DAY = 24 * _HOUR
_LIBRARY = "libfaketimeMT.so.1"
_BASE = 1000
"""Seconds that a retry waits here: a backoff_base, after one failure."""
_TIMEOUT = 2.5
_SHOWN = ("dead", "failed")
_LOOKS = ("status", "list", "doctor", "show", "events", "why")


def _to(month: int) -> int:
    """Seconds from now to shortly before the clocks of Europe change: 01:00 UTC, on a month's last Sunday."""
    now = datetime.now(UTC)
    last = datetime(now.year + 1, month, 31, 1, tzinfo=UTC)
    change = last - timedelta(days=(last.weekday() + 1) % 7)
    return round((change - now).total_seconds()) - 3


JUMPS: dict[str, Callable[[], int]] = {
    "an hour back": lambda: -_HOUR,
    "a day back": lambda: -_DAY,
    "a day on": lambda: _DAY,
    "a night of sleep": lambda: 8 * _HOUR,
    "ten years on": lambda: 3652 * _DAY,
    "to the end of summer time": lambda: _to(10),
    "to the beginning of summer time": lambda: _to(3),
    "some seconds back": lambda: -7,
}
"""How many seconds the clock is set on."""


def run(rounds: int, seed: int, place: Place) -> Result:
    """Set the clock of one queue once a round, to where it was after each."""
    library = _library()
    if library is None:
        return Result(figures=["not carried out: libfaketime is not installed (Debian's package faketime)"])
    result = Result()
    with attacked(place.folder, place.target) as victim:
        clock = _Clock(place.folder / "clock", library)
        victim.ask("config", "set", "interrupted-limit", "0", **clock.variables)
        victim.ask("config", "set", "grace", "0.3", **clock.variables)
        # [E] libfaketime makes an absolute sleep on the steady clock, as Python's is, fail with EINVAL; copying sleeps
        victim.ask("config", "set", "backups-kept", "0", **clock.variables)
        victim.ask("config", "set", "review-before-add", "off", **clock.variables)
        load = Load(victim.witness, Random(seed))
        for number, chance in rounds_of(rounds, seed):
            name = list(JUMPS)[(number + seed) % len(JUMPS)]
            clock.set_on(0)
            runner = victim.start_runner(SLOTS, **clock.variables)
            window = Watched(victim, **clock.variables)
            window.wait_until_works()
            round_ = _Round(victim, window, clock, load, chance, number)
            round_.make(JUMPS[name]())
            result.counts[f"set {name}"] += 1
            wrong = [*round_.wrong, *window.end()]
            if victim.pids("--runner") != [runner.pid]:
                wrong.append(f"the runner {runner.pid} is not there any more, or not alone")
            victim.end_runner()
            runner.wait(60)
            wrong += _swept(victim, load, clock)
            if result.judge(f"round {number} ({name})", [*wrong, *victim.check()]):
                break
        result.counts["jobs"] += len(victim.deeds.ends)
    return result


class _Clock:
    """The wall clock of all that is started with its variables: how far it is from this machine's own."""

    def __init__(self, file: Path, library: Path) -> None:
        self._file = file
        self.offset = 0
        self.set_on(0)
        self.variables = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
            "TZ": "Europe/Berlin",
        }

    def set_on(self, seconds: int) -> None:
        """Set it to so many seconds after this machine's own."""
        self.offset = seconds
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}\n", encoding="ascii")
        fresh.replace(self._file)

    def now(self) -> int:
        """What it says, in milliseconds."""
        return round((time.time() + self.offset) * 1000)


class _Round:
    """Jobs wait, run and fail while the clock is set."""

    def __init__(self, victim: Victim, window: Watched, clock: _Clock, load: Load, chance: Random, number: int) -> None:
        self._victim = victim
        self._window = window
        self._clock = clock
        self._load = load
        self._chance = chance
        self._number = number
        self._gate = victim.folder / f"gate-{number}"
        self.wrong: list[str] = []

    def make(self, jump: int) -> None:
        """Have all kinds of jobs about, set the clock, and look at what becomes of them."""
        over, retry, held, late = (f"{name}-{self._number}" for name in ("over", "again", "gated", "overdue"))
        say = self._victim.witness
        waits = f"until [ -e '{self._gate}' ]; do sleep 0.05; done"
        jobs = [
            {"id": retry, "command": say.failing(1), "backoff_base": _BASE, "priority": 10},
            {"id": held, "command": say.command(START, waits, END), "timeout": 3 * _HOUR, "priority": 9},
            {"id": late, "command": say.stuck(), "timeout": _TIMEOUT, "max_retries": 1, "priority": 8},
        ]
        self._bring([{"id": over, "command": say.short()}], [COMPLETED])
        wait_for(lambda: self._state(over) == "completed", "what will have ended before the clock is set")
        begun = time.monotonic()
        self._bring(jobs, [COMPLETED, COMPLETED, DEAD])
        wait_for(lambda: self._state(retry) == "failed", "the failure before the clock is set")
        wait_for(lambda: {line.id for line in say.lines()} >= {held, late}, "the runs before the clock is set")
        self._clock.set_on(jump)
        self._bring(*self._load.small(self._chance.randint(2, 4)))  # a change: the runner looks at its clock
        wait_for(lambda: self._state(late) == "dead", "the end of a job that takes too long")
        if time.monotonic() - begun < _TIMEOUT:
            self.wrong.append(f"{late} had {_TIMEOUT} s, and was ended before")
        self._look_at(retry, held, late)
        self._look_at_window()
        if jump < _BASE:
            self._look_at_waiting(retry)
            self._clock.set_on(jump + _BASE + 1)
            self._bring(*self._load.short(1))
        wait_for(lambda: self._state(retry) == "completed", "a retry whose delay is over")
        if self._state(held) != "processing":
            self.wrong.append(f"{held} had three hours, and is {self._state(held)}")
        self._gate.touch()
        self._victim.wait_until_idle()

    def _look_at(self, *ids: str) -> None:
        """Have every look shown, for people and for programs."""
        for look in _LOOKS:
            words = [look, self._chance.choice(ids)] if look in {"show", "events", "why"} else [look]
            as_json = self._chance.random() < 0.5
            shown = self._victim.ask(*words, *["--json"] * as_json, **self._clock.variables)
            if as_json:
                json.loads(shown)
        for run in self._show(ids[-1])["runs"]:
            # by the clock that was set it may have taken ten years, but never less than nothing
            if run["duration"] < 0 or run["reason"] != f"Timeout exceeded ({_TIMEOUT}s)":
                self.wrong.append(f"a run that took too long took {run['duration']} s: {run['reason']}")

    def _look_at_window(self) -> None:
        """It shows the queue as it is, takes jobs, and tells of no trouble: there is none."""
        window = self._window
        window.added(window.add(self._load.short(1)))
        window.wait_until_works()
        window.wait_for(lambda answer: self._figures() in answer.shows["figures"], "the window's figures")
        if window.answers and (trouble := window.ask().shows["trouble"]):
            self.wrong.append(f"the window tells of trouble: {trouble}")

    def _figures(self) -> str:
        dead, retrying = (self._victim.value(f"SELECT jobs FROM state_count WHERE state = '{s}'") for s in _SHOWN)
        return f"{retrying} retrying   ·   {dead} dead"

    def _look_at_waiting(self, id: str) -> None:
        """A retry that is not due has not begun, and waits for its own delay and no longer."""
        left = self._victim.value(f"SELECT next_retry_at FROM job WHERE id = '{id}'") - self._clock.now()
        if self._state(id) != "failed":
            self.wrong.append(f"{id} has begun early")
        elif left > _BASE * 1000 + 1000:
            self.wrong.append(f"{id} waits {left / 1000:.0f} s, and its delay is {_BASE} s")

    def _bring(self, jobs: Any, ends: Any) -> None:
        call, process = self._victim.bring(jobs, ends, **self._clock.variables)
        self._victim.brought(call, process)

    def _state(self, id: str) -> str:
        return str(self._victim.value(f"SELECT state FROM job WHERE id = '{id}'"))

    def _show(self, id: str) -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(self._victim.ask("show", id, "--json", **self._clock.variables))
        return shown


def _swept(victim: Victim, load: Load, clock: _Clock) -> list[str]:
    """Let a runner begin where the clock is now: it looks at what is old, and nothing is, whatever the clock says."""
    runner = victim.start_runner(SLOTS, **clock.variables)
    victim.brought(*victim.bring(*load.short(2), **clock.variables))
    victim.wait_until_idle()
    victim.end_runner()
    runner.wait(60)
    removed = victim.value("SELECT group_concat(id) FROM job WHERE removed_at IS NOT NULL")
    return [f"{removed} went as if they had been kept long enough"] if removed else []


def _library() -> Path | None:
    """Where libfaketime is, which Debian puts beside neither its programs nor its libraries."""
    listed = subprocess.run(["dpkg", "-L", "libfaketime"], capture_output=True, text=True, check=False)
    found = [Path(line) for line in listed.stdout.splitlines() if line.endswith(f"/{_LIBRARY}")]
    return found[0] if found else None


ATTACK = Attack(
    "clock",
    "the clock is set under runner, window and commands: no retry waits too long or begins early, no timeout is moved",
    run,
    rounds=2,
    campaign=400,
    season=40,
    lacks=dict.fromkeys(("wine", "wine-built"), "libfaketime moves the clock of Linux programs"),
)
