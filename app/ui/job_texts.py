"""What a person types into the job form, read as values of fields and written back.

Text that can't be read stays text: the rules of ``job_rules`` then say what is wrong with it.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence

from app.domain.backoff import delay
from app.domain.errors import InvalidJob
from app.domain.job import MAX_SUCCESS_CODES
from app.settings import OPTIONS, BadOptionValue, parse
from app.ui.wording import duration, said, tr

_WHOLE = re.compile(r"[+-]?\d{1,300}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_SPAN = re.compile(r"(-?\d{1,10})-(-?\d{1,10})", re.ASCII)
_SEPARATORS = re.compile(r"[,;\s]+")
_ANY_DURATION = dataclasses.replace(OPTIONS["timeout"], high=float("inf"))
_UNITS = (("d", 86_400), ("h", 3600), ("m", 60))
_MANY_CODES = 20 * MAX_SUCCESS_CODES
_WAITS_SHOWN = 5
_LEAST_SPAN = 3


def read_number(text: str) -> int | float | str:
    """Return the number a text stands for, or the text."""
    word = text.strip()
    if _WHOLE.fullmatch(word):
        return int(word)
    return _plain(float(word)) if _DECIMAL.fullmatch(word) else text


def write_number(value: float) -> str:
    """Return a number as ``read_number`` reads it: no ``.0`` behind a whole one."""
    return str(_plain(value))


def read_duration(text: str) -> int | float | str:
    """Return the seconds of ``90``, ``20s``, ``2h`` or ``0.5``, or the text."""
    value = read_number(text)
    if not isinstance(value, str):
        return value
    try:
        return _plain(float(parse(_ANY_DURATION, text)))
    except BadOptionValue:
        return text


def write_duration(seconds: float) -> str:
    """Return a duration as ``read_duration`` reads it, in the largest unit that it fills: ``20s``, ``2h``, ``0``."""
    value = _plain(seconds)
    if value <= 0:
        return write_number(value)
    if isinstance(value, int):
        for unit, length in _UNITS:
            if value % length == 0:
                return f"{value // length}{unit}"
    text = write_number(value)
    # a unit goes with no more than nine decimals
    return f"{text}s" if read_duration(f"{text}s") == value else text


def read_codes(text: str) -> tuple[int | str, ...]:
    """Return the exit codes of ``0, 1, 3-7``; a word that is none stays text in its place."""
    codes: list[int | str] = []
    for word in _SEPARATORS.split(text.strip()):
        span = _SPAN.fullmatch(word)
        if span and int(span[1]) <= int(span[2]):
            # no more than shows that they are too many: a span can hold billions
            codes += range(int(span[1]), min(int(span[2]) + 1, int(span[1]) + _MANY_CODES))
        elif word:
            codes.append(int(word) if _WHOLE.fullmatch(word) else word)
    return tuple(codes)


def write_codes(codes: Sequence[int]) -> str:
    """Return exit codes as ``read_codes`` reads them, neighbours drawn together."""
    spans: list[list[int]] = []
    for code in codes:
        if spans and code == spans[-1][-1] + 1:
            spans[-1].append(code)
        else:
            spans.append([code])
    words = ([f"{span[0]}-{span[-1]}"] if len(span) >= _LEAST_SPAN else [str(code) for code in span] for span in spans)
    return ", ".join(word for some in words for word in some)


def waits(base: float, runs: int, longest: float, jitter: float) -> str:
    """Return in words how long a job waits between its runs.

    Args:
        base: backoff base.
        runs: the most runs in all.
        longest: option ``backoff-max``, seconds.
        jitter: option ``backoff-jitter``.
    """
    retries = runs - 1
    if retries < 1:
        return tr("No retries: it runs once.")
    shown = retries if retries <= _WAITS_SHOWN + 1 else _WAITS_SHOWN
    times = ", ".join(duration(delay(base, attempt, longest)) for attempt in range(1, shown + 1))
    if retries > shown:
        times = tr("{times} … {n} more").format(times=times, n=retries - shown)
    if jitter:
        return tr("Retries after at most {times}").format(times=times)
    return tr("Retries after {times}").format(times=times)


def root(field: str) -> str:
    """Return the field that ``argv[2]`` or ``env.PATH`` belongs to."""
    return re.split(r"[.\[]", field, maxsplit=1)[0]


def fault_words(faults: Iterable[InvalidJob], label: str) -> str:
    """Return what is wrong with one field, a sentence and its remedy a line.

    Args:
        faults: of this field.
        label: what the form calls it.
    """
    return "\n".join(_sentence(fault, label) for fault in faults)


def _sentence(fault: InvalidJob, label: str) -> str:
    part = fault.field.removeprefix(root(fault.field)).lstrip(".")
    words = f"{label} {part} {said(fault.message)}." if part else f"{label} {said(fault.message)}."
    return words if fault.remedy is None else f"{words} {said(fault.remedy)}"


def _plain(value: float) -> int | float:
    return int(value) if abs(value) < 2**53 and value == int(value) else value
