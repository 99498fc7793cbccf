"""The disk fails: the system takes nothing more for it, though nothing says that it is read-only, until it is mended.

So it is with ext4 after an error. Here the error is asked for (``mount -o remount,abort``), of a file system in a file,
which needs root; the rounds are made by a process of their own: ``python -m tests.chaos.fault_failed_disk FOLDER ROUNDS
SEED``.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random

from tests.chaos.apart import NOT_FROM_SOURCE, made_apart, tell
from tests.chaos.attack import Attack, Place, Result, rounds_of
from tests.chaos.load import Load
from tests.chaos.victim import Victim, attacked
from tests.chaos.watched import Watched
from tests.desktop.real import targets
from tests.runners import select_nothing, wait_for

_MAKE = """
truncate -s 256M "$1/disk" && mkfs.ext4 -q -F "$1/disk" && mkdir "$1/home" && mount -o loop "$1/disk" "$1/home" &&
rmdir "$1/home/lost+found" && chmod 700 "$1/home"
""".strip().replace("\n", " ")
_WORDS = ("can't be written to", "can't be written: ", "can't be used: ")
_COMMANDS = (
    *(("pause",), ("resume",), ("config", "set", "niceness", "normal"), ("worker", "start"), ("prune", "--cancelled")),
    *(("status",), ("list",), ("config", "list"), ("dlq", "list"), ("backup",), ("doctor",)),
)
_BETWEEN = 2.0
"""Seconds between two times at which a runner is told to leave."""

_SLOTS = 2


def run(rounds: int, seed: int, place: Place) -> Result:
    """Let the disk of one queue fail once a round."""
    if sys.platform != "linux" or os.geteuid() != 0 or not Path("/dev/loop-control").exists():
        return Result(figures=["not carried out: it needs root, and loop devices"])
    return made_apart("tests.chaos.fault_failed_disk", place.folder, rounds, seed, before=_MAKE)


def fail_and_mend(folder: Path, rounds: int, seed: int) -> Result:
    """Make the rounds, where the home of the queue in ``folder`` is a file system in a file."""
    result = Result()
    with attacked(folder, targets.source()) as victim:
        options = {"grace": "0.3", "workers": str(_SLOTS), "review-before-add": "off", "disk-floor": "1M"}
        for key, value in {**options, "interrupted-limit": "0"}.items():
            victim.ask("config", "set", key, value)
        load = Load(victim.witness, Random(seed))
        for number, chance in rounds_of(rounds, seed):
            round_ = _Round(victim, load, chance, number)
            round_.make()
            result.counts.update(round_.counts)
            if result.judge(f"round {number}", [*round_.wrong, *victim.check()]):
                break
        result.counts["jobs"] += len(victim.deeds.ends)
    return result


class _Round:
    """Jobs run; the disk fails, everybody says so, nobody can be started; it is mended, and all goes on."""

    def __init__(self, victim: Victim, load: Load, chance: Random, number: int) -> None:
        self._victim = victim
        self._load = load
        self._chance = chance
        self._gate = victim.folder / f"gate-{number}"
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []

    def make(self) -> None:
        """Make it, and wait until nothing is left to do."""
        victim = self._victim
        window = Watched(victim)
        window.wait_until_works()
        call, process = victim.bring(*self._load.gated(1, self._gate))
        victim.brought(call, process)
        victim.wait_for_beats(call.ids)
        os.sync()
        self._mount("-o", "remount,abort", victim.home.root)
        self._do_what_people_do()
        answer = window.added(window.add(self._load.short(2)))
        if answer is not None:
            self._judge("window", 0 if answer.added else 1, answer.shows["refused"])
        self._gate.touch()
        victim.wait_for_ends(call.ids)
        self.wrong += window.end()
        self._end_runner()
        self._start_all()
        subprocess.run(["umount", victim.home.root], check=True)
        subprocess.run(["e2fsck", "-fy", victim.folder / "disk"], stdout=subprocess.DEVNULL, check=False)
        self._mount("-o", "loop", victim.folder / "disk", victim.home.root)
        window = Watched(victim)
        window.wait_until_works()
        victim.brought(*victim.bring(*self._load.short(2)))
        victim.wait_until_idle()
        self.wrong += window.end()
        victim.end_runner()

    def _do_what_people_do(self) -> None:
        for words in self._chance.sample(_COMMANDS, 6):
            process = self._victim.start(*words)
            code = process.wait(120)
            said = self._victim.said.errors_of(process.pid)
            if words == ("doctor",):  # it says it on its standard output, among all else
                said = self._victim.said.output_of(process.pid)
            self._judge(" ".join(words), code, said)
        call, process = self._victim.bring(*self._load.short(self._chance.randint(1, 5)))
        code = process.wait(120)
        call.is_in = code == 0
        self._judge("enqueue", code, self._victim.said.errors_of(process.pid))

    def _start_all(self) -> None:
        """Nobody can be started, and everybody says why."""
        self._do_what_people_do()
        runner = self._victim.start_runner(_SLOTS)
        self._judge("runner", runner.wait(60), self._victim.said.errors_of(runner.pid))
        window = Watched(self._victim)
        window.wait_for(
            lambda answer: any(
                words in answer.shows.get(place, "") for words in _WORDS for place in ("box", "trouble", "refused")
            ),
            "the words of a window that is started",
        )
        if "box" in window.ask().shows:
            window.ask("close")
            window.process.wait(60)
        else:
            self.wrong += window.end()

    def _end_runner(self) -> None:
        """Have the runner leave; what it can't write down it gives up when it is told so again."""

        def has_left() -> bool:
            for pid in self._victim.pids("--runner"):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
            select_nothing(_BETWEEN)
            return not self._victim.pids("--runner")

        wait_for(has_left, "the end of a runner that is told so again and again")

    def _judge(self, who: str, code: int, said: str) -> None:
        self.counts["refused" if code else "done"] += 1
        if code and not any(words in said for words in _WORDS):
            self.wrong.append(f"{who} ended with {code} and said {said!r}")

    def _mount(self, *words: str | Path) -> None:
        subprocess.run(["mount", *words], check=True)


ATTACK = Attack(
    "failed-disk",
    "the disk takes nothing more under all programs and at their start, and is mended: words, and nothing is lost",
    run,
    rounds=1,
    campaign=100,
    season=20,
    lacks=NOT_FROM_SOURCE,
)

if __name__ == "__main__":
    tell(fail_and_mend(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
