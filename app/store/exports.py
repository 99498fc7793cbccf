"""Jobs written to files of a person's: whole or not at all, and for that person's eyes only."""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TextIO, TypeVar

from msgspec import Struct

from app.domain.job import Job
from app.domain.saved_job import saved_form
from app.messages import KnownError
from app.store.database import Database
from app.store.job_views import LINES, JobLine, line_from_row
from app.store.tables import JOB_COLUMNS, job_from_row

T = TypeVar("T")

_PAGE: Final = 1000
_BYTES: Final = getattr(os, "O_BINARY", 0)
"""On Windows a file is opened so that no line end is changed on the way."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a text begins with that a spreadsheet would calculate instead of showing it; the last four are full-width."""

_CELL_OF_OTHERS: Final = re.compile(r"([;\r\n][\s\"]*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
"""Where a cell begins for a spreadsheet of a language that writes 1,5: semicolons separate there, and commas do not, so
that no quotes keep lines together either; a doubled one opens a cell there."""


_JOBS: Final = (
    f"SELECT {JOB_COLUMNS} FROM job WHERE seq IN (SELECT value FROM json_each(?)) AND removed_at IS NULL ORDER BY seq"
)


class NotExported(KnownError):
    """The file can't be written."""

    def __init__(self, path: str, error: OSError | ValueError) -> None:
        reason = getattr(error, "strerror", None) or str(error)
        super().__init__("Failed to export to {path}: {reason}", path=path, reason=reason)


class Exported(Struct, frozen=True):
    """What an export wrote: how many jobs, and of how many of them the environment was left out."""

    jobs: int
    without_env: int = 0


@contextmanager
def private_file(name: str, encoding: str) -> Iterator[TextIO]:
    """Open a file that gets its name when all of it is there, readable by this person only.

    A pipe or a device is written to as it is.

    Raises:
        NotExported: it can't be made or written; what stood there before still does.
    """
    try:
        path = Path(name).expanduser()
        part = path if path.exists() and not path.is_file() else path.with_name(f"{path.name}.{os.getpid()}.part")
        # commands can hold secrets, too
        file = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | _BYTES, 0o600)
    except (OSError, ValueError) as error:
        raise NotExported(name, error) from error
    try:
        with open(file, "w", encoding=encoding, newline="\n") as out:  # noqa: PTH123  it is open already
            yield out
        if part != path:
            part.replace(path)
    except BaseException as error:
        if part != path:
            with suppress(OSError):
                part.unlink()
        if isinstance(error, OSError):
            raise NotExported(name, error) from error
        raise


def write_lines(jobs: Iterable[Job], out: TextIO, *, with_env: bool, with_state: bool = True) -> Exported:
    """Write a line of JSON for each job.

    Args:
        jobs: in the order in which equals shall run.
        out: where to.
        with_env: whether their environment, which may hold secrets, goes with them.
        with_state: whether the lines say where each job stood.
    """
    count = without_env = 0
    for job in jobs:
        out.write(json.dumps(saved_form(job, with_env=with_env, with_state=with_state)) + "\n")
        count += 1
        without_env += bool(job.spec.env) and not with_env
    return Exported(count, without_env)


def write_table(
    rows: Iterable[T], columns: Sequence[tuple[str, Callable[[T], str | float | None]]], out: TextIO
) -> Exported:
    """Write a table as CSV, its headings first.

    What a spreadsheet would take for a formula gets an apostrophe before it: commands and errors are written by
    anybody.

    Args:
        rows: what the table shows.
        columns: the heading of each, and what stands in it for a row; a number is written as it is.
        out: where to.
    """
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([heading for heading, _ in columns])
    count = 0
    for row in rows:
        writer.writerow([_cell(value(row)) for _, value in columns])
        count += 1
    return Exported(count)


def listed_jobs(database: Database, seqs: Iterable[int]) -> Iterator[Job]:
    """Yield the jobs of a list, oldest first; those that are gone are left out."""
    for page in _pages(sorted(set(seqs))):
        yield from map(job_from_row, database.run(_JOBS, (json.dumps(page),)))


def listed_lines(database: Database, seqs: Sequence[int]) -> Iterator[JobLine]:
    """Yield the lines of a list as a table shows them, in its order; those that are gone are left out."""
    for page in _pages(seqs):
        found = {row[0]: row for row in database.run(LINES, (json.dumps(page),))}
        yield from (line_from_row(found[seq]) for seq in page if seq in found)


def _pages(seqs: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(seqs), _PAGE):
        yield list(seqs[start : start + _PAGE])


def _cell(value: str | float | None) -> str | float | None:
    if not isinstance(value, str):
        return value
    text = _CELL_OF_OTHERS.sub(r"\1'", value)
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text
