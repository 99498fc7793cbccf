"""Reading job files: the one strict validator behind every door.

A dropped file, ``--file``, standard input, JSON on the command line and pasted text all come through here; form
and options come through ``job_rules``, whose rules are the same. Nothing is guessed and nothing is half taken:
either every job of a document is right, or a JobFileError says what is wrong and where.

A document is one job (an object), a list of jobs, ``{"jobs": [...]}``, or JSON Lines: one job a line. Which of
them it is, its content says, not its name.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from collections import Counter
from collections.abc import Generator, Iterator
from typing import NamedTuple

from msgspec import convert

from app.domain.errors import InvalidJob
from app.domain.job import JobDraft
from app.domain.job_problems import Findings, JobFileError, Problem
from app.domain.job_rules import broken_rules, check_draft, draft_from_fields, faults
from app.domain.job_schema import schema, to_file_form
from app.domain.job_syntax import syntax_words
from app.domain.job_text import MAX_FILE_BYTES, decode_text
from app.domain.job_words import found, visible
from app.messages import Message, message

__all__ = [
    "MAX_FILE_BYTES",
    "JobFileError",
    "Problem",
    "check_draft",
    "draft_from_fields",
    "iter_jobs",
    "read_jobs",
    "schema",
    "to_file_form",
]

# not str.isspace: JSON knows these four only
_INK = re.compile(r"[^ \t\r\n]")
_JOBS_FORM = re.compile(r'\{[ \t\r\n]*"jobs"[ \t\r\n]*:[ \t\r\n]*')
_MOST_DIGITS = 400
_UNKNOWN = -1
"""In place of an end: JSON is broken, so nobody can tell where the job or the list ends."""


def read_jobs(data: bytes | str, source: str, platform: str = os.name) -> list[JobDraft]:
    """Return all jobs of a document.

    Args:
        data: the whole document.
        source: what to call it in messages: a file's name, "command line", "standard input", "paste".
        platform: ``os.name`` of where the jobs will run.

    Raises:
        JobFileError: something is wrong with it, and none of its jobs is taken.
    """
    return list(iter_jobs(data, source, platform))


def iter_jobs(data: bytes | str, source: str, platform: str = os.name) -> Iterator[JobDraft]:
    """Yield the jobs of a document one by one, for a million of them.

    What is yielded counts only when the iteration ends without an error: use it inside one transaction.

    Raises:
        JobFileError: something is wrong, perhaps at the very end. No job is yielded after the first problem,
            but the document is read on, so that the error tells all problems.
    """
    findings = Findings(source)
    text = decode_text(data, findings)
    has_lines = isinstance(data, bytes) or "\n" in text
    for draft in _Reader(text, findings, platform, has_lines=has_lines).jobs():
        if not findings.problems:
            yield draft
    if findings.problems:
        raise findings.error()


class _RepeatedNameError(ValueError):
    """An object of JSON has a name twice, of which JSON itself would silently take the last."""


class _Object(dict[str, object]):
    """An object of JSON that remembers which names stood in it more than once."""

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        super().__init__(pairs)
        counts = Counter(name for name, _ in pairs)
        self.repeated = [name for name, count in counts.items() if count > 1]


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _RepeatedNameError
    return fields


def _number(digits: str) -> float:
    # the longest become an infinity, which each range refuses: Python won't make an int of over 4,300 digits
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


_STRICT = json.JSONDecoder(object_pairs_hook=_unique)
_EXPLAINING = json.JSONDecoder(object_pairs_hook=_Object, parse_int=_number)
"""Lets pass what the strict one stops at, so that it can be named together with its field."""


class _Place(NamedTuple):
    """Where a job begins: in the document, or in one line of it.

    ``line`` is the document's line on which ``text`` begins; ``job`` is its number, None where no single job is meant.
    """

    text: str
    start: int
    line: int = 1
    job: int | None = None


class _Reader:
    """Walks through one document, job by job, so that each job's line is known."""

    def __init__(self, text: str, findings: Findings, platform: str, *, has_lines: bool) -> None:
        self._text = text
        self._findings = findings
        self._platform = platform
        self._has_lines = has_lines

    def jobs(self) -> Iterator[JobDraft]:
        """Yield the good jobs; what is wrong goes to the findings."""
        text = self._text
        start = _skip(text, 0)
        if start == len(text):
            self._holds_nothing(start)
        elif text[start] == "[":
            self._ends(text, (yield from self._list(start)))
        elif text[start] != "{":
            self._add(
                _Place(text, start),
                message("is no job file: it begins with {text}", text=visible(text[start : start + 20])),
                remedy=message("A job begins with {{, and a list of jobs with [."),
            )
        elif form := _JOBS_FORM.match(text, start):
            yield from self._jobs_form(form.end())
        elif self._is_lines(start):
            yield from self._lines()
        else:
            draft, end = self._job(text, start)
            self._ends(text, end)
            if draft:
                yield draft

    def _is_lines(self, start: int) -> bool:
        """Tell whether these are JSON Lines: an object closes on its line, and something follows on another."""
        stop = self._text.find("\n", start)
        if stop < 0 or (following := _skip(self._text, stop)) == len(self._text):
            return False
        line = self._text[start:stop].rstrip()
        if self._text.startswith("{", following):
            # even if the first job is broken: inside an object no { follows a } without a comma
            return line.endswith("}")
        try:
            return _EXPLAINING.raw_decode(line)[1] == len(line)
        except (ValueError, RecursionError):
            return False

    def _lines(self) -> Iterator[JobDraft]:
        position = line = index = 0
        while position < len(self._text):
            stop = self._text.find("\n", position)
            content = self._text[position:] if stop < 0 else self._text[position:stop]
            position += len(content) + 1
            line += 1
            start = _skip(content, 0)
            if start < len(content):
                index += 1
                draft, end = self._job(content, start, line, index)
                if self._ends(content, end, line, index) and draft:
                    yield draft

    def _jobs_form(self, start: int) -> Iterator[JobDraft]:
        text = self._text
        if not text.startswith("[", start):
            self._add(_Place(text, start), message("must be a list [ ] of jobs"), field="jobs")
            return
        end = yield from self._list(start)
        if end == _UNKNOWN:
            return
        end = _skip(text, end)
        if text.startswith("}", end):
            self._ends(text, end + 1)
        elif text.startswith(",", end):
            self._not_alone(_Place(text, end))
        else:
            self._broken(_Place(text, end), message("the closing }} is missing"))

    def _list(self, start: int) -> Generator[JobDraft, None, int]:
        """Yield the jobs of a list and return where it ends."""
        text = self._text
        position = _skip(text, start + 1)
        if text.startswith("]", position):
            self._holds_nothing(start)
            return position + 1
        for index in itertools.count(1):
            draft, end = self._job(text, position, job=index)
            if draft:
                yield draft
            if end == _UNKNOWN:
                break
            position = _skip(text, end)
            if text.startswith("]", position):
                return position + 1
            if not text.startswith(",", position):
                what = message("a comma between two jobs, or the closing ] is missing")
                self._broken(_Place(text, position), what)
                break
            position = _skip(text, position + 1)
            if text.startswith("]", position):
                what = message("a comma stands before the closing ]")
                self._broken(_Place(text, position), what, message("Remove the comma."))
                break
        return _UNKNOWN

    def _job(self, text: str, start: int, line: int = 1, job: int = 1) -> tuple[JobDraft | None, int]:
        """Return the job that begins here, or None if it is wrong, and where it ends."""
        try:
            fields, end = _STRICT.raw_decode(text, start)
            draft = convert(fields, JobDraft)
            for fault in broken_rules(draft, fields, self._platform):
                raise fault
        except (ValueError, RecursionError, InvalidJob):
            return None, self._explain(_Place(text, start, line, job))
        return draft, end

    def _explain(self, place: _Place) -> int:
        """Find out in words what is wrong with a job, field by field; return where it ends."""
        try:
            fields, end = _EXPLAINING.raw_decode(place.text, place.start)
        except RecursionError:
            self._add(place, message("is nested too deeply"))
            return _UNKNOWN
        except json.JSONDecodeError as error:
            self._broken(place._replace(start=error.pos), *syntax_words(error.msg, place.text, error.pos))
            return _UNKNOWN
        if self._findings.full:
            # from here on wrong jobs are counted only
            self._add(place, message("is wrong"))
        elif not isinstance(fields, _Object):
            self._add(place, message("must be an object {{ }}, not {found}", found=found(fields)))
        elif "jobs" in fields:
            self._not_alone(place._replace(job=None))
        else:
            self._explain_fields(place, fields)
        return end

    def _explain_fields(self, place: _Place, fields: _Object) -> None:
        repeated = list(fields.repeated)
        if isinstance(env := fields.get("env"), _Object):
            repeated += [f"env.{name}" for name in env.repeated]
        for name in repeated:
            remedy = message("Keep one of them.")
            self._add(place, message("is given more than once"), field=visible(name), remedy=remedy)
        for fault in faults(fields, self._platform):
            self._add(place, fault.message, field=fault.field, remedy=fault.remedy)

    def _ends(self, text: str, end: int, line: int = 1, job: int | None = None) -> bool:
        """Tell whether nothing follows what ended here, or report what does."""
        if end in (len(text), _UNKNOWN) or (start := _skip(text, end)) == len(text):
            return True
        rest = visible(text[start : start + 20])
        self._add(
            _Place(text, start, line, job),
            message('goes on after its end with "{text}"', text=rest),
            remedy=message(
                "Several jobs stand in a list [ ] with commas between them, or each on its own line without."
            ),
        )
        return False

    def _holds_nothing(self, start: int) -> None:
        self._add(_Place(self._text, start), message("holds no jobs"), remedy=message("Is it the right one?"))

    def _not_alone(self, place: _Place) -> None:
        self._add(
            place,
            message("holds the jobs, and no other field may stand beside it"),
            field="jobs",
            remedy=message('Write {{"jobs": [ ]}} and nothing else around the jobs.'),
        )

    def _broken(self, place: _Place, what: Message, remedy: Message | None = None) -> None:
        column = place.start - place.text.rfind("\n", 0, place.start)
        reason = message("is not valid JSON: at column {column} {what}", column=column, what=what)
        self._add(place, reason, remedy=remedy)

    def _add(self, place: _Place, reason: Message, *, field: str | None = None, remedy: Message | None = None) -> None:
        line = None
        if self._has_lines and not self._findings.full:
            line = place.line + place.text.count("\n", 0, place.start)
        self._findings.add(reason, line=line, index=place.job, field=field, remedy=remedy)


def _skip(text: str, start: int) -> int:
    """Return where the next character stands that is not white space; the text's length if there is none."""
    ink = _INK.search(text, start)
    return ink.start() if ink else len(text)
