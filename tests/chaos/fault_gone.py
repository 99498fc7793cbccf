"""The database is taken away under runner, window and command line, or another put in its place, and comes back."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from random import Random

from app.store.database import files_of
from tests.chaos.attack import Attack, Place, Result, rounds_of
from tests.chaos.history import Call
from tests.chaos.load import Load
from tests.chaos.victim import Victim, attacked
from tests.chaos.watched import Watched
from tests.runners import wait_for

_KINDS = ("moved", "removed", "moved alone", "replaced")
"""What becomes of it, in turn: it is moved away with its WAL, and back; it is deleted, and brought back from a backup;
the file alone is moved away, and back; a copy of it takes its place."""

_SLOTS = 3
_WORDS = ("is gone: its database was removed or moved away", "is not there any more: it was moved or deleted")
_COMMANDS = (("pause",), ("status",), ("list",), ("config", "set", "niceness", "normal"), ("worker", "start"))


def run(rounds: int, seed: int, place: Place) -> Result:
    """Take the database of one queue away once a round."""
    result = Result()
    with attacked(place.folder, place.target) as victim:
        options = {"grace": "0.3", "workers": str(_SLOTS), "review-before-add": "off", "interrupted-limit": "0"}
        for key, value in options.items():
            victim.ask("config", "set", key, value)
        load = Load(victim.witness, Random(seed))
        window = Watched(victim)
        for number, chance in rounds_of(rounds, seed):
            kind = _KINDS[(number + seed) % len(_KINDS)]
            round_ = _Round(victim, window, load, chance, number)
            round_.make(kind)
            result.counts.update(round_.counts)
            result.counts[kind] += 1
            if result.judge(f"round {number} ({kind})", [*round_.wrong, *victim.check()]):
                break
        result.counts["jobs"] += len(victim.deeds.ends)
        result.violations += [*window.end(), *victim.said.trouble()]
    return result


class _Round:
    """Jobs run; the database is taken away and looked for from all sides, and comes back."""

    def __init__(self, victim: Victim, window: Watched, load: Load, chance: Random, number: int) -> None:
        self._victim = victim
        self._window = window
        self._load = load
        self._chance = chance
        self._gate = victim.folder / f"gate-{number}"
        self._aside = victim.folder / f"aside-{number}"
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []

    def make(self, kind: str) -> None:
        """Make it, and wait until nothing is left to do; nobody starts anything by hand."""
        victim = self._victim
        wait_for(victim.runner_lives, "a runner")
        self._window.wait_until_works()
        self._aside.mkdir()
        call, process = victim.bring(*self._load.gated(2, self._gate))
        victim.brought(call, process)
        victim.wait_for_beats(call.ids)
        (runner,) = victim.pids("--runner")
        match kind:
            case "moved":
                self._move()
            case "moved alone":
                self._move_alone()
            case "removed":
                self._remove()
                self._decide(call.ids)
            case "replaced":
                self._replace()
        wait_for(lambda: victim.pids("--runner") not in ([], [runner]), "another runner")
        wait_for(victim.runner_lives, "its lock")
        self._window.wait_until_works()
        victim.wait_for_beats(call.ids)
        self._gate.touch()
        victim.brought(*victim.bring(*self._load.short(2)))
        self._window.added(self._add_in_window())
        victim.wait_until_idle()

    def _move(self) -> None:
        files = [file for file in files_of(self._victim.home.database) if file.exists()]
        for file in files:
            file.rename(self._aside / file.name)
        self._look_for_it()
        for file in reversed(files):
            if (self._aside / file.name).exists():  # who had it open last may have taken the WAL away
                (self._aside / file.name).rename(file)

    def _move_alone(self) -> None:
        database = self._victim.home.database
        database.rename(self._aside / database.name)
        self._look_for_it()
        (self._aside / database.name).rename(database)

    def _remove(self) -> None:
        self._victim.ask("backup")
        for file in files_of(self._victim.home.database):
            file.unlink(missing_ok=True)
        self._look_for_it()
        self._victim.ask("restore", "--yes")

    def _decide(self, ids: Sequence[str]) -> None:
        """What ran may have run to its end since the backup: it is dead, and runs again when a person says so."""
        states = [self._victim.value(f"SELECT state FROM job WHERE id = '{id}'") for id in ids]
        if set(states) != {"dead"}:
            self.wrong.append(f"what ran is {states} after the queue was brought back from a backup")
        self._victim.ask("dlq", "retry", "--all")

    def _replace(self) -> None:
        copy = self._aside / "copy.db"
        self._victim.ask("backup", str(copy))
        database, *others = files_of(self._victim.home.database)
        for file in others:
            file.unlink(missing_ok=True)
        shutil.copymode(database, copy)
        copy.replace(database)

    def _look_for_it(self) -> None:
        """Do what people do: nothing is said to be done, for it would be lost; and all are told why."""
        wait_for(lambda: not self._victim.pids("--runner"), "the end of a runner that has nothing to work for")
        in_window = self._add_in_window()
        for words in self._chance.sample(_COMMANDS, 2):
            self._called(*words)
        call, process = self._victim.bring(*self._load.short(self._chance.randint(1, 5)))
        call.is_in = False
        self._judge("enqueue", process.wait(120), self._victim.said.errors_of(process.pid))
        self._window.wait_for(
            lambda answer: any(words in answer.shows["trouble"] for words in _WORDS), "the words in the window"
        )
        if in_window is not None and self._window.ask().added:
            self.wrong.append("the window said of jobs that they are in, and the database was gone")
        if in_window is not None:
            in_window.is_in = False

    def _add_in_window(self) -> Call | None:
        return self._window.add(self._load.short(2))

    def _called(self, *words: str) -> None:
        process = self._victim.start(*words)
        self._judge(" ".join(words), process.wait(120), self._victim.said.errors_of(process.pid))

    def _judge(self, who: str, code: int, said: str) -> None:
        self.counts["refused"] += 1
        if code != 1 or not any(words in said for words in _WORDS):
            self.wrong.append(f"{who} ended with {code} and said {said!r}")


ATTACK = Attack(
    "gone",
    "the database is moved, deleted or replaced under runner, window and command line: nothing is said to be in then",
    run,
    rounds=4,
    campaign=200,
    season=20,
    lacks=dict.fromkeys(("wine", "wine-built"), "what is open can't be moved on Windows"),
)
