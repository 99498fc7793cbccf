"""Jobs as ``export`` writes them and ``import`` reads them: JSON Lines, the job-file form and where the job stood."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain

from msgspec import UNSET, structs

from app.domain.errors import InvalidJob
from app.domain.job import LAST_MOMENT, Defaults, Job, Millis, NewJob, State, complete
from app.domain.job_problems import Findings
from app.domain.job_rules import draft_from_fields, faults
from app.domain.job_schema import to_file_form
from app.domain.job_words import found, visible
from app.domain.json_object import read_object

MAX_LINE = 4 * 2**20
"""Characters; a job within its limits is never longer, however it is escaped."""

_MOST = 2**53
_STATUS = ("state", "attempts", "waited", "created_at")
_LOOSE: dict[str, type] = {
    "id": str,
    "command": str,
    "timeout": float,
    "max_retries": int,
    "backoff_base": float,
    "priority": int,
}
"""Fields in which a queue of 1.0 can hold what the rules refuse, and what each of them is."""


class SavedJob(NewJob, frozen=True):
    """A job about to be taken in, and where it stood; ``created_at`` None stands for now."""

    state: State = State.PENDING
    attempts: int = 0
    waited: int = 0
    created_at: Millis | None = None


class Reading:
    """How saved jobs are read.

    Args:
        defaults: the options' values, for what a line leaves out.
        folder: absolute; where a job runs that names no folder.
        as_is: whether odd old values (priority 99) are let through.
        platform: ``os.name`` of where the jobs will run.
    """

    def __init__(self, defaults: Defaults, folder: str, *, as_is: bool = False, platform: str = os.name) -> None:
        self.defaults = defaults
        self.folder = folder
        self.as_is = as_is
        self.platform = platform


def saved_form(job: Job, *, with_env: bool, with_state: bool = True) -> dict[str, object]:
    """Return a stored job as one line of an export holds it.

    Args:
        job: the job.
        with_env: whether its environment, which may hold secrets, goes with it.
        with_state: whether the line says where it stood.
    """
    form = to_file_form(job.id, job.spec)
    if not with_env:
        form.pop("env", None)
    if not with_state:
        return form
    created = datetime.fromtimestamp(job.created_at / 1000, UTC).isoformat(timespec="milliseconds")
    return form | {
        "state": job.state.value,
        "attempts": job.attempts,
        "waited": job.waited,
        "created_at": created.replace("+00:00", "Z"),
    }


def read_saved(lines: Iterable[str], source: str, reading: Reading) -> Iterator[SavedJob]:
    """Yield the jobs of an export one by one; lines that are empty count but hold none.

    What is yielded counts only when the iteration ends without an error: use it inside one transaction. No job is
    yielded after the first problem, but the rest is read on, so that the error tells all problems.

    Args:
        lines: with or without their ends, none longer than ``MAX_LINE`` and one character.
        source: what to call the file in messages.
        reading: how to read.

    Raises:
        JobFileError: something is wrong, perhaps at the very end.
    """
    findings = Findings(source)
    index = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        index += 1
        job = _read_line(line, number, index, reading, findings)
        if job is not None and not findings.problems:
            yield job
    if findings.problems:
        raise findings.error()


def _read_line(line: str, number: int, index: int, reading: Reading, findings: Findings) -> SavedJob | None:
    status: dict[str, object] = {}
    fields: dict[str, object] = {}
    try:
        fields = _read_fields(line)
        status = {name: fields.pop(name) for name in _STATUS if name in fields}
        return _saved(fields, status, reading)
    except InvalidJob as first:
        # one after the other: of too many the findings have enough, and looking for each takes its time
        every = chain(faults(fields, reading.platform), _status_faults(status))
        rest: Iterator[InvalidJob] = iter(()) if reading.as_is or not fields else every
        for fault in chain([next(rest, first)], rest):
            findings.add(fault.message, line=number, index=index, field=fault.field or None, remedy=fault.remedy)
    return None


def _read_fields(line: str) -> dict[str, object]:
    if len(line.rstrip("\r\n")) > MAX_LINE:
        raise InvalidJob("", "is longer than a job can be")
    return read_object(line)


def _saved(fields: dict[str, object], status: Mapping[str, object], reading: Reading) -> SavedJob:
    new = _loosely(fields, reading) if reading.as_is else _strictly(fields, reading)
    for fault in _status_faults(status):
        raise fault
    return SavedJob(
        new.id,
        new.spec,
        state=State(str(status.get("state", State.PENDING))),
        attempts=_whole(status.get("attempts", 0)),
        waited=_whole(status.get("waited", 0)),
        created_at=_moment(status["created_at"]) if "created_at" in status else None,
    )


def _strictly(fields: Mapping[str, object], reading: Reading) -> NewJob:
    return complete(draft_from_fields(fields, reading.platform), reading.defaults, reading.folder)


def _loosely(fields: dict[str, object], reading: Reading) -> NewJob:
    """Return the job of a line in which some fields may lie outside their ranges, but not outside their types."""
    odd = {name: fields[name] for name in _LOOSE if name in fields}
    for name, value in odd.items():
        _check_kind(name, value)
    _check_storable(fields)
    strict = {name: value for name, value in fields.items() if name not in odd}
    if "command" in odd:
        strict["command"] = "-"  # the rules on what goes with it still hold
    draft = draft_from_fields(strict, reading.platform)
    new = complete(draft, reading.defaults, reading.folder)
    id = odd.pop("id", UNSET)
    return NewJob(None if id is UNSET else str(id), structs.replace(new.spec, **odd))


def _check_kind(name: str, value: object) -> None:
    kind = _LOOSE[name]
    if kind is str:
        good = isinstance(value, str) and (name != "id" or bool(value))
    else:
        number = _number(value)
        good = number is not None and abs(number) < _MOST and (kind is float or isinstance(value, int))
    if not good:
        raise InvalidJob(name, "can't be stored: it is {found}", found=found(value))


def _check_storable(fields: Mapping[str, object]) -> None:
    for name, value in fields.items():
        for text in _texts(value):
            if "\0" in text or _has_half_characters(text):
                raise InvalidJob(visible(name), "contains NUL or half a character, which can't be stored")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, content in value.items():
            yield name
            yield from _texts(content)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _has_half_characters(text: str) -> bool:
    try:
        text.isascii() or text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _status_faults(status: Mapping[str, object]) -> Iterator[InvalidJob]:
    states = [state.value for state in State]
    if "state" in status and status["state"] not in states:
        yield InvalidJob(
            "state",
            "must be one of {choices}, not {found}",
            choices=", ".join(states),
            found=found(status["state"]),
        )
    for name in ("attempts", "waited"):
        value = status.get(name, 0)
        if not 0 <= _whole(value) < _MOST:
            yield InvalidJob(name, "must be a whole number from 0 on, not {found}", found=found(value))
    if "created_at" in status and _moment(status["created_at"]) is None:
        yield InvalidJob(
            "created_at",
            "must be a time such as 2025-11-09T09:14:12.123Z, not {found}",
            found=found(status["created_at"]),
        )


def _number(value: object) -> float | None:
    """Return a value that is a number; true and false are numbers in Python, but not here."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _whole(value: object) -> int:
    """Return a value that is a whole number, or -1, which none of them may be."""
    return value if isinstance(value, int) and not isinstance(value, bool) else -1


def _moment(value: object) -> Millis | None:
    """Return the moment that a text tells, or None where it tells none from 1970 to 9998."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        seconds = (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).timestamp()
    except (ValueError, OverflowError):
        return None
    return round(seconds * 1000) if math.isfinite(seconds) and 0 <= seconds * 1000 < LAST_MOMENT else None
