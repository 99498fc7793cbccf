"""What benchmarks find: figures with all their samples, those of a reference from the same run, and a reach.

Times by themselves say little about a program: they are the machine's too. So a figure has a reference wherever there
is one, measured in turns with ours, and what is to be reached is told of their ratio.
"""

import statistics
from dataclasses import asdict, dataclass
from enum import StrEnum


class Of(StrEnum):
    """What of a figure's samples is held against the reach."""

    RATIO = "ratio"  # of the medians, ours to the reference's
    DIFFERENCE = "more"  # ours less the reference's, medians
    MEDIAN = "median"
    P99 = "p99"
    P999 = "p99.9"
    MOST = "most"


@dataclass(frozen=True)
class Reach:
    """How far a figure is to come.

    Attributes:
        bound: in the figure's unit; a plain number for a ratio.
        of: what is held against it.
        above: whether the bound is the least, else it is the most.
    """

    bound: float
    of: Of
    above: bool

    def is_met_by(self, value):
        return value >= self.bound if self.above else value <= self.bound

    def __str__(self):
        return f"{self.of} {'>=' if self.above else '<='} {number(self.bound)}"


def at_least(bound, of=Of.RATIO):
    return Reach(bound, of, above=True)


def at_most(bound, of=Of.RATIO):
    return Reach(bound, of, above=False)


@dataclass(frozen=True)
class Figure:
    """One thing that was measured.

    Attributes:
        name: what it is.
        unit: of its samples.
        ours: a sample a round.
        reference: the same of what it is compared with; empty where there is nothing.
        beside: what that is.
        reach: how far it is to come; None where it only informs.
        curve: the picture that it belongs to, as a point; empty for none.
        at: where on that picture, such as a number of jobs.
        missing: why there are no samples; empty where there are.
    """

    name: str
    unit: str
    ours: tuple[float, ...] = ()
    reference: tuple[float, ...] = ()
    beside: str = ""
    reach: Reach | None = None
    curve: str = ""
    at: float = 0.0
    missing: str = ""

    @property
    def value(self):
        """What is held against the reach; the ratio where nothing is; None where there is nothing to tell."""
        of = Of.RATIO if self.reach is None else self.reach.of
        compared = of in (Of.RATIO, Of.DIFFERENCE)
        if not self.ours or (compared and not self.reference):
            return None
        if compared:
            mine, theirs = statistics.median(self.ours), statistics.median(self.reference)
            if of is Of.DIFFERENCE:
                return mine - theirs
            return mine / theirs if theirs else None
        return {Of.MEDIAN: statistics.median, Of.MOST: max, Of.P99: p99, Of.P999: p999}[of](self.ours)

    @property
    def reached(self):
        """Whether it came as far as it should; None where nothing is asked, or nothing was measured."""
        value = self.value
        return None if self.reach is None or value is None else self.reach.is_met_by(value)

    def as_json(self):
        """All of it as plain values, with what follows from it."""
        return {**asdict(self), "value": self.value, "reached": self.reached}


def from_json(document):
    """The figure that ``as_json`` was called on."""
    fields = {name: document[name] for name in Figure.__dataclass_fields__}
    reach = fields["reach"]
    if reach is not None:
        fields["reach"] = Reach(reach["bound"], Of(reach["of"]), reach["above"])
    return Figure(**{**fields, "ours": tuple(fields["ours"]), "reference": tuple(fields["reference"])})


def p99(samples):
    return percentile(samples, 0.99)


def p999(samples):
    return percentile(samples, 0.999)


def percentile(samples, part):
    """The smallest sample that so large a part of all does not exceed."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, max(0, -int(-len(ordered) * part // 1) - 1))]


def spread(samples):
    """The quartiles: the middle half of all samples lies between them."""
    if len(samples) < 2:
        return samples[0], samples[0]
    low, _, high = statistics.quantiles(samples, n=4, method="inclusive")
    return low, high


def number(value):
    """Three significant digits, and no more before the point than there are."""
    if value != 0 and abs(value) < 100:
        return f"{value:.3g}"
    return f"{value:,.0f}"


HEAD = ("figure", "ours (middle half)", "reference (middle half)", "found", "reach", "")


def row(figure):
    """One line of the table, a text a column."""
    if figure.missing:
        return (figure.name, figure.missing, "", "", str(figure.reach or ""), "not measured")
    ours = summary(figure.ours, figure.unit)
    theirs = f"{summary(figure.reference, figure.unit)} {figure.beside}" if figure.reference else ""
    of = Of.RATIO if figure.reach is None else figure.reach.of
    found = "" if figure.value is None else f"{of} {number(figure.value)}"
    word = {True: "reached", False: "MISSED", None: ""}[figure.reached]
    return (figure.name, ours, theirs, found, str(figure.reach or ""), word)


def summary(samples, unit):
    low, high = spread(samples)
    return f"{number(statistics.median(samples))} {unit} ({number(low)}-{number(high)})"


def table(figures):
    """All figures as aligned text."""
    rows = [HEAD, *map(row, figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, cells, widths)).rstrip() for cells in rows)


def count(figures):
    """How many were reached, missed, and not measured, in words."""
    reached = sum(figure.reached is True for figure in figures)
    missed = sum(figure.reached is False for figure in figures)
    missing = sum(bool(figure.missing) for figure in figures)
    return f"{reached} reached, {missed} missed, {missing} not measured"
