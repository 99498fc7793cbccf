"""What the jobs of an attack do, and in which states they may end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from tests.chaos.witness import Witness

Job = dict[str, Any]

COMPLETED, DEAD, CANCELLED = frozenset({"completed"}), frozenset({"dead"}), frozenset({"cancelled"})
_PADDING = 100_000
"""Bytes. A few such commands make a transaction long, and cost no time to run."""


_PRINTED = 4_000
"""Lines of a thousand bytes: far more than the cap on outputs that a soak sets."""


class Load:
    """Makes jobs with ids that never come twice, each with the states in which it may end.

    Args:
        witness: to which they speak.
        chance: what it decides.
    """

    def __init__(self, witness: Witness, chance: Random) -> None:
        self._witness = witness
        self._chance = chance
        self._made = 0

    def small(self, count: int) -> tuple[list[Job], list[frozenset[str]]]:
        """Jobs of all kinds, which take less than half a second each; the first is one that surely starts and ends."""
        return self._of([_beating, *(self._chance.choice(_KINDS) for _ in range(count - 1))])

    def short(self, count: int) -> tuple[list[Job], list[frozenset[str]]]:
        """Jobs that end well at once."""
        return self._of([_short] * count)

    def beating(self, count: int, beats: int) -> tuple[list[Job], list[frozenset[str]]]:
        """Jobs that live for so many twentieths of a second."""
        return self._of([lambda witness, _: (witness.beating(beats), {}, COMPLETED)] * count, "beating")

    def gated(self, count: int, gate: Path) -> tuple[list[Job], list[frozenset[str]]]:
        """Jobs that go before others, and live until a file is there."""
        urgent = {"priority": 10, "timeout": 0}
        return self._of([lambda witness, _: (witness.gated(gate), dict(urgent), COMPLETED)] * count, "gated")

    def large(self, count: int) -> tuple[list[Job], list[frozenset[str]]]:
        """Jobs that end well at once, and are long to read and to write."""
        jobs, ends = self.short(count)
        for job in jobs:
            job["command"] += " # " + "x" * _PADDING
        return jobs, ends

    def mixed(self) -> tuple[list[Job], list[frozenset[str]]]:
        """One of each kind that a busy queue sees: they succeed, fail, take too long, print much, leave something."""
        return self._of([_short, _beating, _failing_once, _failing, _late, _printing, _lingering])

    def _of(self, kinds: list[_Kind], name: str | None = None) -> tuple[list[Job], list[frozenset[str]]]:
        jobs, ends = [], []
        for kind in kinds:
            self._made += 1
            command, fields, end = kind(self._witness, self._chance)
            fields["id"] = f"{name or kind.__name__.strip('_')}-{self._made}"
            jobs.append({"command": command, **fields} if command else fields)
            ends.append(end)
        return jobs, ends


_Kind = Callable[[Witness, Random], tuple[str, Job, frozenset[str]]]


def _short(witness: Witness, _: Random) -> tuple[str, Job, frozenset[str]]:
    return witness.short(), {}, COMPLETED


def _beating(witness: Witness, chance: Random) -> tuple[str, Job, frozenset[str]]:
    return witness.beating(chance.randint(1, 6)), {"priority": chance.randint(1, 10)}, COMPLETED


def _failing(witness: Witness, chance: Random) -> tuple[str, Job, frozenset[str]]:
    return witness.failing(), {"max_retries": chance.randint(0, 3), "backoff_base": 0}, DEAD


def _failing_once(witness: Witness, _: Random) -> tuple[str, Job, frozenset[str]]:
    return witness.failing(1), {"max_retries": 2, "backoff_base": 0.1}, COMPLETED


def _lingering(witness: Witness, _: Random) -> tuple[str, Job, frozenset[str]]:
    return witness.lingering(), {}, COMPLETED


def _late(witness: Witness, _: Random) -> tuple[str, Job, frozenset[str]]:
    return witness.stuck(), {"timeout": 0.3, "max_retries": 1}, DEAD


def _printing(witness: Witness, _: Random) -> tuple[str, Job, frozenset[str]]:
    return witness.printing(_PRINTED), {}, COMPLETED


def _without_a_program(_witness: Witness, _: Random) -> tuple[str, Job, frozenset[str]]:
    return "", {"argv": ["no-such-program"], "max_retries": 1}, DEAD


def _all_or_dead(witness: Witness, _: Random) -> tuple[str, Job, frozenset[str]]:
    return witness.beating(3), {"on_interrupt": "dead"}, COMPLETED | DEAD


_KINDS = (
    *(_short, _short, _beating, _beating, _beating, _failing, _failing_once),
    *(_lingering, _late, _without_a_program, _all_or_dead),
)
