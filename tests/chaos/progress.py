"""How far a campaign has come, in a file: an interrupted one goes on from there."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.attack import Result


@dataclass
class Progress:
    """A campaign and what it has done so far.

    Attributes:
        seed: of the whole campaign.
        target: the make of the program.
        at_once: how many are started at once.
        wanted: by attack, how many rounds are wanted.
        done: by attack, how many have been made.
        results: by attack, what came of them.
        kept: by attack, the folders in which violations can be looked at.
    """

    seed: int
    target: str
    at_once: int
    wanted: dict[str, int]
    done: dict[str, int] = field(default_factory=dict)
    results: dict[str, Result] = field(default_factory=dict)
    kept: dict[str, list[str]] = field(default_factory=dict)

    def result(self, attack: str) -> Result:
        """What came of an attack so far."""
        return self.results.setdefault(attack, Result())

    def left(self, attack: str) -> int:
        """How many rounds of an attack are to be made; none once it has found something."""
        return 0 if self.result(attack).violations else self.wanted[attack] - self.done.get(attack, 0)

    def note(self, attack: str, rounds: int, result: Result, kept: Path | None) -> None:
        """Take in what came of so many rounds more, and where their place is kept, if it is."""
        self.result(attack).add(result)
        self.done[attack] = self.done.get(attack, 0) + rounds
        if kept is not None:
            self.kept.setdefault(attack, []).append(str(kept))

    def write(self, path: Path) -> None:
        """Store it, whole or not at all."""
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_text(json.dumps(self, default=vars, indent=1), encoding="utf-8")
        fresh.replace(path)


def read(path: Path) -> Progress:
    """Return what was stored; raises FileNotFoundError where nothing was."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    results = {
        name: Result(Counter(result["counts"]), result["violations"], result["figures"])
        for name, result in stored.pop("results").items()
    }
    return Progress(**stored, results=results)
