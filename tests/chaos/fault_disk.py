"""The disk gets full, at random moments, and has room again: on a small disk of its own, in a namespace of its own.

Only there can a disk be made full without harm. So the rounds are made by a process of their own:
``python -m tests.chaos.fault_disk FOLDER ROUNDS SEED``, which prints what came of them.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

from tests.chaos.apart import NOT_FROM_SOURCE, made_apart, tell
from tests.chaos.attack import Attack, Place, Result, rounds_of
from tests.chaos.fault_lock import SLOTS
from tests.chaos.load import COMPLETED, Load
from tests.chaos.victim import Victim, attacked
from tests.chaos.watched import Answer, Watched
from tests.chaos.witness import END, START
from tests.desktop.real import targets
from tests.runners import select_nothing, wait_for

_DISK = 24 << 20
_FLOOR = 512 << 10
_REFUSED = ("is full, and nothing was changed", "No space left on device")
_ENDED = "window or command ended by the system"
_CHANGES = (("pause",), ("resume",), ("config", "set", "niceness", "normal"), ("prune", "--cancelled"))


def run(rounds: int, seed: int, place: Place) -> Result:
    """Fill the disk of one queue once a round."""
    mount = f'mkdir -p "$1/home" && mount -t tmpfs -o size={_DISK} none "$1/home"'
    return made_apart("tests.chaos.fault_disk", place.folder, rounds, seed, before=mount)


def fill(
    folder: Path,
    rounds: int,
    seed: int,
    *,
    tells_room: bool = True,
    shortens: bool = True,
    ends: frozenset[int] = frozenset(),
) -> Result:
    """Make the rounds, where the home of the queue in ``folder`` is a small disk.

    Args:
        folder: of the attack.
        rounds: how many.
        seed: theirs.
        tells_room: whether the system tells how much room there is.
        shortens: whether it lets a file on a full disk be made shorter.
        ends: the signals by which the system itself may end a program there while there is no room.
    """
    result = Result()
    target = targets.source()
    last_words = [f"Fatal Python error: {signal.strsignal(number)}" for number in ends]
    with attacked(folder, replace(target, harmless=(*target.harmless, *last_words))) as victim:
        victim.ask("config", "set", "interrupted-limit", "0")  # each round takes the room of what runs away
        victim.ask("config", "set", "grace", "0.3")
        victim.ask("config", "set", "disk-floor", str(_FLOOR))
        victim.ask("config", "set", "review-before-add", "off")
        victim.start_runner(SLOTS)
        window = Watched(victim)
        window.wait_until_works()
        load = Load(victim.witness, Random(seed))
        for number, chance in rounds_of(rounds, seed):
            round_ = _Round(victim, window, load, chance, number, tells_room=tells_room, shortens=shortens, ends=ends)
            round_.make()
            window = round_.window
            result.counts.update(round_.counts)
            if result.judge(f"round {number}", [*round_.wrong, *victim.check()]):
                break
        result.counts["jobs"] += len(victim.deeds.ends)
        result.violations += [*window.end(), *victim.said.trouble()]
    return result


class _Round:
    """Jobs come and run; the disk is filled up to a random rest, looked at from all sides, and emptied again."""

    def __init__(
        self,
        victim: Victim,
        window: Watched,
        load: Load,
        chance: Random,
        number: int,
        *,
        tells_room: bool,
        shortens: bool,
        ends: frozenset[int],
    ) -> None:
        self._victim = victim
        self._tells_room = tells_room
        self._shortens = shortens
        self._ends = {-number for number in ends}
        self.window = window
        self._load = load
        self._chance = chance
        self._number = number
        self._ballast = victim.home.root / "ballast"
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []

    def make(self) -> None:
        """Make it, and wait until nothing is left to do."""
        victim = self._victim
        writer = {
            "id": f"writes-{self._number}",
            "command": victim.witness.command(START, "head -c 200000 /dev/zero", "sleep 0.3", END),
            "priority": 10,
        }
        victim.brought(*victim.bring([writer], [COMPLETED]))
        victim.brought(*victim.bring(*self._load.small(self._chance.randint(2, 8))))
        select_nothing(self._chance.uniform(0, 0.6))
        self._fill(leave=self._chance.choice((0, 0, 4096, 40_000, 300_000)))
        self._attack()
        self._ballast.unlink()
        if self._is_ended(self.window.process.poll()):
            self.window = Watched(victim)
        wait_for(lambda: self._called("resume"), "a change once there is room")
        self._bring(is_full=False)
        self.window.wait_until_works()
        self._add_in_window(is_full=False)
        victim.wait_until_idle()

    def _fill(self, leave: int) -> None:
        with self._ballast.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * 65_536)
            except OSError:
                self.counts["filled"] += 1
        if self._shortens:
            os.truncate(self._ballast, max(0, self._ballast.stat().st_size - leave))
        else:  # what is mapped has been written back sooner or later, and needs room again: here at once
            subprocess.run(["sync", "--file-system", self._ballast], check=False)

    def _attack(self) -> None:
        """Do what people do, for about as long as the runner needs to see that the disk is full."""
        for _ in range(self._chance.randint(1, 4)):
            if self._chance.random() < 0.5:
                self._bring(is_full=True)
            else:
                self._called(*self._chance.choice(_CHANGES))
        try:
            self._add_in_window(is_full=True)
        except AssertionError:
            if self.window.process.poll() not in self._ends:
                raise
        if self._tells_room:
            wait_for(self._is_told, "the words that the disk is full")
            self.window.wait_for(_shows_it, "the words in the window that the disk is full")
        else:
            wait_for(self._is_refused, "a change that is refused")

    def _add_in_window(self, *, is_full: bool) -> None:
        call = self.window.add(self._load.short(self._chance.randint(1, 40)))
        answer = self.window.added(call)
        if answer is None:
            return
        self.counts[f"window: {'in' if answer.added else 'refused'}{' while full' * is_full}"] += 1
        said = answer.shows["refused"]
        if not answer.added and not (is_full and any(words in said for words in _REFUSED)):
            self.wrong.append(f"the window added nothing and said {said!r}")

    def _bring(self, *, is_full: bool) -> None:
        call, process = self._victim.bring(*self._load.short(self._chance.randint(1, 40)))
        code = process.wait(120)
        if self._is_ended(code):
            return
        said = self._victim.said.errors_of(process.pid)
        call.is_in = code == 0
        self.counts["enqueued while full" if call.is_in and is_full else "refused" if is_full else "enqueued"] += 1
        if code != 0 and not (is_full and any(words in said for words in _REFUSED)):
            self.wrong.append(f"enqueue ended with {code} and said {said!r}")

    def _called(self, *words: str) -> bool:
        process = self._victim.start(*words)
        code = process.wait(120)
        if self._is_ended(code):
            return False
        said = self._victim.said.errors_of(process.pid)
        if code != 0 and not any(words in said for words in _REFUSED):
            self.wrong.append(f"{words} ended with {code} and said {said!r}")
        return code == 0

    def _is_refused(self) -> bool:
        ended = self.counts[_ENDED]
        return not self._called("config", "set", "niceness", "normal") and self.counts[_ENDED] == ended

    def _is_ended(self, code: int | None) -> bool:
        is_ended = code in self._ends
        self.counts[_ENDED] += is_ended
        return is_ended

    def _is_told(self) -> bool:
        process = self._victim.start("status")
        process.wait(120)
        out = self._victim.said.output_of(process.pid) + self._victim.said.errors_of(process.pid)
        return "Disk:              too little free space" in out or _REFUSED[0] in out


def _shows_it(answer: Answer) -> bool:
    """Whether a window says so, or that the queue is paused, as it was just before."""
    shown = answer.shows
    return shown["runner"] in {"Disk full: nothing is started", "Paused"} or _REFUSED[0] in shown["trouble"]


ATTACK = Attack(
    "disk",
    "the disk gets full under runner, window and command line: words, nothing lost, and it goes on by itself",
    run,
    rounds=4,
    campaign=400,
    season=40,
    lacks=NOT_FROM_SOURCE,
)

if __name__ == "__main__":
    tell(fill(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
