"""Whether a measure stays where it is: a robust slope over what was sampled, and how much it may come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

_MOST = 300
"""Values whose pairs are looked at: 45,000 pairs take a moment."""

Sample = tuple[float, float]
"""Seconds, and the value then."""


@dataclass(frozen=True)
class Measure:
    """Something that is to stay flat.

    Attributes:
        name: what it is called.
        unit: of its values.
        room: by how much it may have grown at the end, whatever it is.
        share: or by what part of its median.
    """

    name: str
    unit: str
    room: float
    share: float = 0.0


@dataclass(frozen=True)
class Trend:
    """How a measure went.

    Attributes:
        measure: which.
        middle: the median.
        most: the greatest.
        growth: by how much it grew from the first sample to the last, as the robust slope says.
        seconds: how long that was.
    """

    measure: Measure
    middle: float
    most: float
    growth: float
    seconds: float

    @property
    def allowed(self) -> float:
        """By how much it may have grown."""
        return max(self.measure.room, self.measure.share * self.middle)

    @property
    def is_flat(self) -> bool:
        """Whether it has grown by no more than it may."""
        return self.growth <= self.allowed

    def __str__(self) -> str:
        name, unit = self.measure.name, self.measure.unit
        values = f"{self.middle:.1f}{unit}, at most {self.most:.1f}{unit}"
        growth = f"grew by {self.growth:+.2f}{unit} in {self.seconds:.0f} s (allowed {self.allowed:.1f}{unit})"
        return f"{name}: {values}, {growth}"


def trend_of(measure: Measure, samples: Sequence[Sample]) -> Trend:
    """Return how a measure went by its samples, in their order.

    The slope is Theil's and Sen's, the median over all pairs: up to 29 % of the samples may be anything, so that some
    large outputs or a late checkpoint are no growth, and a sawtooth has none. Of very many samples the medians of
    neighbours are taken.
    """
    width = -(-len(samples) // _MOST)
    chosen = [_middle(samples[start : start + width]) for start in range(0, len(samples), width)]
    slopes = [(later - sooner) / (then - before) for (before, sooner), (then, later) in combinations(chosen, 2)]
    seconds = samples[-1][0] - samples[0][0]
    values = [value for _, value in samples]
    return Trend(measure, median(values), max(values), median(slopes) * seconds, seconds)


def _middle(samples: Sequence[Sample]) -> Sample:
    return median(second for second, _ in samples), median(value for _, value in samples)
