"""The queue's folder, or a part of it, lets nobody write: under runner, window and command line, and at start.

Root is stopped by no mode, so other things stand in the way: a read-only mount over the folder, which stops whoever
opens a file anew; or the mark that nothing of it may be changed (``chattr +i``), which stops those too who have one
open, as a disk does that the system made read-only. The rounds are made by a process of their own, in a namespace of
its own: ``python -m tests.chaos.fault_unwritable FOLDER ROUNDS SEED``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from tests.chaos.apart import NOT_FROM_SOURCE, made_apart, tell
from tests.chaos.attack import Attack, Place, Result, rounds_of
from tests.chaos.history import Call
from tests.chaos.load import Load
from tests.chaos.victim import Victim, attacked, kill
from tests.chaos.watched import Watched
from tests.desktop.real import targets
from tests.runners import wait_for

_KINDS = ("home", "outputs", "marked", "start", "data", "killed")
"""What is closed, in turn: the whole folder, that of outputs, every file of it by its mark, the whole before anything
is started, that of the database, and again the whole, while the runner is killed."""

_SLOTS = 3
_WORDS = ("can't be used: it can't be written to", "can't be written to (")
_COMMANDS = (
    ("pause",),
    ("resume",),
    ("status",),
    ("list",),
    ("config", "set", "niceness", "normal"),
    ("worker", "start"),
)
_TOLD = "SELECT count(*) FROM notice WHERE template LIKE 'No job can be started%'"


def run(rounds: int, seed: int, place: Place) -> Result:
    """Close the folder of one queue once a round."""
    try:
        return made_apart("tests.chaos.fault_unwritable", place.folder, rounds, seed)
    finally:
        _mark(place.folder, "-i")  # what was killed in the middle has left it so, and it could not be removed


def close_and_open(folder: Path, rounds: int, seed: int) -> Result:
    """Make the rounds."""
    result = Result()
    with attacked(folder, targets.source()) as victim:
        for key, value in {"grace": "0.3", "workers": str(_SLOTS), "review-before-add": "off"}.items():
            victim.ask("config", "set", key, value)
        load = Load(victim.witness, Random(seed))
        window = Watched(victim)
        for number, chance in rounds_of(rounds, seed):
            kind = _KINDS[(number + seed) % len(_KINDS)]
            if kind == "marked" and not _can_mark(folder):
                result.counts["marked: not carried out"] += 1
                continue
            round_ = _Round(victim, window, load, chance, number, kind)
            window = round_.make()
            result.counts.update(round_.counts)
            result.counts[f"closed: {kind}"] += 1
            if result.judge(f"round {number} ({kind})", [*round_.wrong, *victim.check()]):
                break
        result.counts["jobs"] += len(victim.deeds.ends)
        result.violations += [*window.end(), *victim.said.trouble()]
    return result


class _Round:
    """Jobs come and run; the folder is closed, looked at from all sides, and opened again."""

    def __init__(self, victim: Victim, window: Watched, load: Load, chance: Random, number: int, kind: str) -> None:
        self._victim = victim
        self._window = window
        self._load = load
        self._chance = chance
        self._kind = kind
        self._gate = victim.folder / f"gate-{number}"
        self._in_window: Call | None = None
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []

    def make(self) -> Watched:
        """Make it, and wait until nothing is left to do; return the window that is open then."""
        self._window.wait_until_works()
        if self._kind == "start":
            self._make_before_anything_is_started()
        else:
            self._make_while_they_run()
        self._window.wait_until_works()
        self._bring(is_closed=False)
        self._add_in_window(is_closed=False)
        self._victim.wait_until_idle()
        return self._window

    def _make_while_they_run(self) -> None:
        victim = self._victim
        gated = self._load.gated(1, self._gate)
        call, process = victim.bring(*gated)
        victim.brought(call, process)
        victim.wait_for_beats(call.ids)
        told = victim.value(_TOLD)
        with self._closed():
            runner = self._kill_runner() if self._kind == "killed" else victim.pids("--runner")
            for _ in range(self._chance.randint(1, 3)):
                self._call(*self._chance.choice(_COMMANDS))
            self._bring(is_closed=True)
            self._add_in_window(is_closed=True)
            if self._kind == "outputs":
                self._call("resume")
                wait_for(lambda: victim.value(_TOLD) == told + 1, "a notice that no output can be made")
            if self._kind == "killed":
                self._window.wait_for(
                    lambda answer: _WORDS[0] in answer.shows["trouble"], "why the window starts no runner"
                )
            else:
                self._gate.touch()
                victim.wait_for_ends(call.ids)
        self._gate.touch()
        victim.ask("resume")
        self._window.wait_until_works()
        victim.wait_until_idle()
        if self._kind != "killed":
            self._look_at_runner(runner, call)

    def _make_before_anything_is_started(self) -> None:
        victim = self._victim
        self.wrong += self._window.end()
        victim.ask("worker", "stop")
        wait_for(lambda: not victim.pids("--runner"), "the end of the runner")
        with self._closed():
            self._call("worker", "start")
            self._bring(is_closed=True)
            runner = victim.start_runner(_SLOTS)
            said = victim.said.errors_of(runner.pid) if runner.wait(60) else ""
            if not _is_in_words(said):
                self.wrong.append(f"a runner ended with {runner.returncode} and said {said!r}")
            refused = Watched(victim)
            refused.wait_for(lambda answer: _is_in_words(answer.shows.get("box", "")), "the words in place of a window")
            refused.ask("close")
            if refused.process.wait(60) != 1:
                self.wrong.append(f"a refused window ended with {refused.process.returncode}")
        self._window = Watched(victim)

    def _kill_runner(self) -> list[int]:
        (runner,) = self._victim.pids("--runner")
        kill(runner)
        return []

    def _look_at_runner(self, runner: list[int], call: Call) -> None:
        """It has lived on, and has recorded what ended meanwhile: nothing had to be run again."""
        if self._victim.pids("--runner") != runner:
            self.wrong.append(f"the runner {runner} did not live on: {self._victim.pids('--runner')}")
        runs = self._victim.value(f"SELECT run FROM job WHERE id = '{call.ids[0]}'")
        if runs != 1:
            self.wrong.append(f"{call.ids[0]} ended while the folder was closed, and was run {runs} times")

    # What people do

    def _bring(self, *, is_closed: bool) -> None:
        call, process = self._victim.bring(*self._load.short(self._chance.randint(1, 5)))
        code = process.wait(120)
        call.is_in = code == 0
        self._judge("enqueue", code, self._victim.said.errors_of(process.pid), is_closed=is_closed)

    def _call(self, *words: str) -> None:
        process = self._victim.start(*words)
        code = process.wait(120)
        self._judge(" ".join(words), code, self._victim.said.errors_of(process.pid), is_closed=True)

    def _add_in_window(self, *, is_closed: bool) -> None:
        answer = self._window.added(self._window.add(self._load.short(2)))
        if answer is not None:
            self._judge("window", 0 if answer.added else 1, answer.shows["refused"], is_closed=is_closed)

    def _judge(self, who: str, code: int, said: str, *, is_closed: bool) -> None:
        """A refusal is in words; and while only outputs can't be made, or nothing is in the way, nothing is refused."""
        may_refuse = is_closed and self._kind != "outputs"
        if is_closed:
            self.counts[f"{'window' if who == 'window' else 'commands'}: {'refused' if code else 'done'}"] += 1
        if code and not (may_refuse and _is_in_words(said)):
            self.wrong.append(f"{who} ended with {code} and said {said!r}")

    # What is in the way

    @contextmanager
    def _closed(self) -> Iterator[None]:
        home = self._victim.home
        folder = {"outputs": home.outputs, "data": home.data}.get(self._kind, home.root)
        if self._kind == "marked":
            _mark(folder, "+i")
        else:
            subprocess.run(["mount", "--bind", folder, folder], check=True)
            subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        try:
            assert not os.access(folder, os.W_OK), f"{folder} can be written to"
            yield
        finally:
            if self._kind == "marked":
                _mark(folder, "-i")
            else:
                subprocess.run(["umount", "--lazy", folder], check=True)


def _is_in_words(said: str) -> bool:
    return any(words in said for words in _WORDS)


def _mark(folder: Path, mark: str) -> None:
    # it says so of the window's socket, which can't have a mark
    subprocess.run(["chattr", "-R", mark, folder], stderr=subprocess.DEVNULL, check=False)


def _can_mark(folder: Path) -> bool:
    trial = folder / "trial"
    trial.mkdir()
    _mark(trial, "+i")
    stops = not os.access(trial, os.W_OK)
    _mark(trial, "-i")
    trial.rmdir()
    return stops


ATTACK = Attack(
    "unwritable",
    "the folder lets nobody write, under runner, window and command line and at start: words, and it goes on by itself",
    run,
    rounds=6,
    campaign=300,
    season=60,
    lacks=NOT_FROM_SOURCE,
)

if __name__ == "__main__":
    tell(close_and_open(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
