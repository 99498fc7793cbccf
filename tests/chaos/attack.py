"""What an attack is, what it is given, and what it brings back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.desktop.real.targets import Target


@dataclass(frozen=True)
class Place:
    """Where an attack works, and what it attacks.

    Attributes:
        folder: empty; all that the attack makes goes in here. It is kept where a violation was found.
        target: the make of the program.
        at_once: how many are started at once, by attacks that start many.
    """

    folder: Path
    target: Target
    at_once: int


@dataclass
class Result:
    """What came of some rounds.

    Attributes:
        counts: what was done and hit, by name; those of several results add up.
        violations: a sentence for each breach of the promise.
        figures: what was measured, a sentence each.
    """

    counts: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)

    def add(self, other: Result) -> None:
        """Take in what came of other rounds."""
        self.counts.update(other.counts)
        self.violations += other.violations
        self.figures += other.figures

    def judge(self, which: str, wrong: list[str]) -> bool:
        """Take in what was wrong in a round; return whether the promise is broken, and no other is to follow.

        Args:
            which: the round, in words.
            wrong: a sentence for each breach.
        """
        self.violations += [f"{which}: {what}" for what in wrong]
        return bool(self.violations)


@dataclass(frozen=True)
class Attack:
    """One way to attack the promise.

    Attributes:
        name: what it is called after ``--attack``.
        does: what it does, and what must hold.
        run: makes so many rounds with a seed in a place. It ends at the first round that breaks the promise.
        rounds: how many rounds CI makes.
        campaign: how many the long campaign makes.
        a_round: what a round is, where that does not go without saying.
        season: the most rounds of one call of ``run``, that is on one queue; None for all of them. An interrupted
            campaign goes on with the season that it had not finished.
        in_memory: whether its place lies in memory, where the system has room there: it is not about the disk.
        lacks: the targets that it can't attack, and why.
    """

    name: str
    does: str
    run: Callable[[int, int, Place], Result]
    rounds: int
    campaign: int
    a_round: str = ""
    season: int | None = None
    in_memory: bool = False
    lacks: dict[str, str] = field(default_factory=dict)


def rounds_of(rounds: int, seed: int) -> Iterator[tuple[int, Random]]:
    """Number the rounds from 1 on, each with its own chance, so that a round can be had again by itself."""
    for number in range(1, rounds + 1):
        yield number, Random(f"{seed}/{number}")
