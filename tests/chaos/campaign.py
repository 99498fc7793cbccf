"""A campaign: attacks, two at a time, season by season, with the progress written down after each."""

from __future__ import annotations

import os
import shutil
import threading
import time
import traceback
import zlib
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.chaos.attack import Attack, Place, Result
from tests.chaos.leftovers import end_leftovers
from tests.chaos.progress import Progress
from tests.desktop.real.targets import Target

MEMORY = Path("/dev/shm")
PROGRESS = "progress.json"

_AT_A_TIME = 2
"""Most of an attack's time is waiting, and the machines of CI have two cores."""


class Campaign:
    """Carries a campaign on from where it stands.

    Args:
        folder: everything goes in here: the progress, the places of attacks, and what is kept of violations.
        attacks: those that are wanted, the longest first.
        progress: how far it has come.
        target: the make of the program.
    """

    def __init__(self, folder: Path, attacks: Sequence[Attack], progress: Progress, target: Target) -> None:
        self._folder = folder
        self._attacks = attacks
        self._progress = progress
        self._target = target
        self._one_at_a_time = threading.Lock()  # for the progress and the terminal

    def go_on(self) -> bool:
        """Make all rounds that are left; return whether no violation was found, in this or in earlier parts."""
        self._progress.write(self._folder / PROGRESS)
        self._remove_places()  # of an interrupted campaign
        left = deque(self._attacks)
        lanes = [threading.Thread(target=self._carry_out_all, args=[left], daemon=True) for _ in range(_AT_A_TIME)]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()
        self._remove_places()
        return not any(self._progress.result(attack.name).violations for attack in self._attacks)

    def _carry_out_all(self, left: deque[Attack]) -> None:
        while left:
            try:
                attack = left.popleft()
            except IndexError:  # the other lane has taken it
                return
            reason = attack.lacks.get(self._target.name)
            if reason is None:
                self._carry_out(attack)
            else:
                self._say(attack, [f"skipped: {reason}"])

    def _carry_out(self, attack: Attack) -> None:
        self._say(attack, [attack.does])
        while left := self._progress.left(attack.name):
            done = self._progress.done.get(attack.name, 0)
            self._season(attack, done, left if attack.season is None else min(left, attack.season))
        result = self._progress.result(attack.name)
        rounds = self._progress.done.get(attack.name, 0)
        self._say(attack, [f"{len(result.violations)} violations, {rounds} rounds without one", *told(result)])

    def _season(self, attack: Attack, done: int, rounds: int) -> None:
        seed = season_seed(self._progress.seed, done)
        folder = self._place_of(attack) / f"{attack.name}-{done}"
        _remove(folder)
        folder.mkdir(parents=True)
        began = time.monotonic()
        try:
            result = attack.run(rounds, seed, Place(folder, self._target, self._progress.at_once))
        except Exception:  # noqa: BLE001  an attack that can't go on has found something, or is wrong itself
            result = Result(violations=[f"The attack could not go on: {traceback.format_exc()}"])
        finally:
            end_leftovers(folder)
        lines = [f"rounds {done + 1}-{done + rounds} in {time.monotonic() - began:.0f} s, seed {seed}"]
        kept = None
        if result.violations:
            kept = self._keep(attack, folder, seed, result)
            lines += [f"VIOLATION: {what}" for what in result.violations]
            lines.append(f"home, logs, seed and history are kept in {kept}")
        else:
            _remove(folder)
        with self._one_at_a_time:
            self._progress.note(attack.name, 0 if kept else rounds, result, kept)
            self._progress.write(self._folder / PROGRESS)
        self._say(attack, lines)

    def _remove_places(self) -> None:
        for place in {self._place_of(attack) for attack in self._attacks}:
            end_leftovers(place)
            _remove(place)

    def _place_of(self, attack: Attack) -> Path:
        if attack.in_memory and os.access(MEMORY, os.W_OK):
            return MEMORY / f"queuectl-chaos-{zlib.crc32(os.fsencode(self._folder)):x}"
        return self._folder / "places"

    def _keep(self, attack: Attack, folder: Path, seed: int, result: Result) -> Path:
        kept = self._folder / "kept" / f"{attack.name}-{seed}"
        _remove(kept)
        kept.parent.mkdir(exist_ok=True)
        shutil.move(folder, kept)
        (kept / "violations.txt").write_text("\n".join([f"seed {seed}", *result.violations, ""]), encoding="utf-8")
        return kept

    def _say(self, attack: Attack, lines: Iterable[str]) -> None:
        with self._one_at_a_time:
            for line in lines:
                print(f"{attack.name}: {line}", flush=True)


def season_seed(seed: int, done: int) -> int:
    """The seed of the season that begins after so many rounds; the first one's is the campaign's own."""
    return seed + done


def told(result: Result) -> Iterable[str]:
    """What a result says, a line each."""
    if result.counts:
        yield ", ".join(f"{name} {count}" for name, count in sorted(result.counts.items()))
    yield from result.figures


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
