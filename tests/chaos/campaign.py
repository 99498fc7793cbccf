"""A campaign: attacks one after the other, season by season, with its progress written down after each."""

from __future__ import annotations

import shutil
import time
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.chaos.attack import Attack, Place, Result
from tests.chaos.leftovers import end_leftovers
from tests.chaos.progress import Progress
from tests.desktop.real.targets import Target

PROGRESS = "progress.json"


class Campaign:
    """Carries a campaign on from where it stands.

    Args:
        folder: everything goes in here: the progress, the places of attacks, and what is kept of violations.
        attacks: those that are wanted.
        progress: how far it has come.
        target: the make of the program.
    """

    def __init__(self, folder: Path, attacks: Sequence[Attack], progress: Progress, target: Target) -> None:
        self._folder = folder
        self._attacks = attacks
        self._progress = progress
        self._target = target

    def go_on(self) -> bool:
        """Make all rounds that are left; return whether no violation was found, in this or in earlier parts."""
        self._write()
        for attack in self._attacks:
            reason = attack.lacks.get(self._target.name)
            if reason is not None:
                _say(f"{attack.name}: skipped: {reason}")
                continue
            self._carry_out(attack)
        return not any(self._progress.result(attack.name).violations for attack in self._attacks)

    def _carry_out(self, attack: Attack) -> None:
        result = self._progress.result(attack.name)
        _say(f"{attack.name}: {attack.does}")
        while left := self._progress.left(attack.name):
            done = self._progress.done.get(attack.name, 0)
            rounds = left if attack.season is None else min(left, attack.season)
            self._season(attack, done, rounds)
        _say(f"{attack.name}: {self._progress.done.get(attack.name, 0)} rounds, {len(result.violations)} violations")
        for line in told(result):
            _say(f"    {line}")

    def _season(self, attack: Attack, done: int, rounds: int) -> None:
        seed = season_seed(self._progress.seed, done)
        folder = self._folder / "places" / f"{attack.name}-{done}"
        _remove(folder)
        folder.mkdir(parents=True)
        began = time.monotonic()
        place = Place(folder, self._target, self._progress.at_once, lambda line: _say(f"    {line}"))
        try:
            result = attack.run(rounds, seed, place)
        except Exception:  # noqa: BLE001  an attack that can't go on has found something, or is wrong itself
            result = Result(violations=[f"The attack could not go on: {traceback.format_exc()}"])
        finally:
            end_leftovers(folder)
        self._progress.result(attack.name).add(result)
        self._progress.done[attack.name] = done + rounds
        if result.violations:
            self._keep(attack, folder, seed, result)
        else:
            _remove(folder)
        self._write()
        _say(f"    rounds {done + 1}-{done + rounds} in {time.monotonic() - began:.0f} s, seed {seed}")

    def _keep(self, attack: Attack, folder: Path, seed: int, result: Result) -> None:
        kept = self._folder / "kept" / f"{attack.name}-{seed}"
        _remove(kept)
        kept.parent.mkdir(exist_ok=True)
        folder.rename(kept)
        (kept / "violations.txt").write_text("\n".join([f"seed {seed}", *result.violations, ""]), encoding="utf-8")
        self._progress.kept.setdefault(attack.name, []).append(str(kept))
        for violation in result.violations:
            _say(f"    VIOLATION: {violation}")
        _say(f"    home, logs, seed and history are kept in {kept}")

    def _write(self) -> None:
        self._progress.write(self._folder / PROGRESS)


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


def _say(line: str) -> None:
    print(line, flush=True)
