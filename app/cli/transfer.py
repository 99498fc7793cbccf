"""``queuectl export`` and ``queuectl import``: whole queues as JSON Lines, a job at a time whatever their size."""

from __future__ import annotations

import codecs
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TextIO

import click

from app.cli.job_options import calling_folder
from app.cli.progress import ImportProgress
from app.cli.services import Call
from app.domain.errors import CannotReplace, DuplicateId
from app.domain.job import OnDuplicate, State
from app.domain.saved_job import MAX_LINE, Reading, read_saved, saved_form
from app.messages import KnownError, Message
from app.store.job_queries import EVERY, Filter
from app.store.restoring import Restoring

_STANDARD = "-"
_BYTES = getattr(os, "O_BINARY", 0)
"""On Windows a file is opened so that no line end is changed on the way."""

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
"""Byte order marks; PowerShell writes UTF-16 with one into a file that `>` makes."""


class NotExported(KnownError):
    """The file can't be written."""

    def __init__(self, path: str, error: OSError | ValueError) -> None:
        reason = getattr(error, "strerror", None) or str(error)
        super().__init__("Failed to export to {path}: {reason}", path=path, reason=reason)


class NotImported(KnownError):
    """Nothing was imported; says why."""

    def __init__(self, reason: str, remedy: Message | None = None) -> None:
        super().__init__("Failed to import: {reason}", reason=reason, remedy=remedy)


@click.command(
    "export",
    epilog="\b\nExamples:\n  queuectl export jobs.jsonl\n  queuectl export --state dead\n"
    "  queuectl export | queuectl --home other import -",
)
@click.argument("file", default=_STANDARD, metavar="[FILE|-]")
@click.option("--state", type=click.Choice([state.value for state in State]), help="Only jobs in this state.")
@click.option("--env", "with_env", is_flag=True, help="With the values of environment variables.")
@click.pass_obj
def export(call: Call, file: str, state: str | None, with_env: bool) -> None:
    """Write all jobs to a file or to standard output, a line of JSON each.

    Neither history nor outputs are written, and environment variables, which can hold secrets, only with --env.
    """
    which = EVERY if state is None else Filter(states=frozenset({State(state)}))
    count = without_env = 0
    with call.store() as store, _written(file) as out:
        for job in store.reads.oldest_first(which):
            out.write(json.dumps(saved_form(job, with_env=with_env)) + "\n")
            count += 1
            without_env += bool(job.spec.env) and not with_env
    if file != _STANDARD:
        click.echo(f"{count} job(s) exported")
    if without_env:
        click.echo(f"The environment variables of {without_env} job(s) were left out; --env writes them too", err=True)


@click.command(
    "import",
    epilog="\b\nExamples:\n  queuectl import jobs.jsonl\n"
    "  queuectl import jobs.jsonl --with-state --on-duplicate skip\n  queuectl import - < jobs.jsonl",
)
@click.argument("file", metavar="FILE|-")
@click.option("--with-state", is_flag=True, help="With state, attempts, waiting and times as they were.")
@click.option("--as-is", is_flag=True, help="Let odd old values through, such as a priority of 99.")
@click.option(
    "--on-duplicate",
    type=click.Choice([word.value for word in OnDuplicate]),
    default=OnDuplicate.FAIL.value,
    help="What to do with an id that exists already.",
)
@click.pass_obj
def import_(call: Call, file: str, with_state: bool, as_is: bool, on_duplicate: str) -> None:
    """Take in all jobs of an export, or none.

    They are enqueued afresh; with --with-state they come as they stood: one that was running is pending, one that
    waited for a retry is due at once.
    """
    duplicates = OnDuplicate(on_duplicate)
    source = "standard input" if file == _STANDARD else file
    with _read(file) as stream, call.store() as store, ImportProgress() as progress:
        try:
            reading = Reading(store.options.defaults(), calling_folder(), as_is=as_is)
            jobs = read_saved(_lines(stream, source), source, reading)
            if with_state:
                done = Restoring(store.database, store.clock).restore(jobs, duplicates, progress)
            else:
                done = store.intake.enqueue(jobs, duplicates, progress)
        except NotImported:
            raise
        except (DuplicateId, CannotReplace) as error:
            raise NotImported(f"{source}, job {error.number}: {error}", error.remedy) from error
        except KnownError as error:
            raise NotImported(str(error), error.remedy) from error
    skipped = f", {len(done.skipped)} skipped" if done.skipped else ""
    click.echo(f"{len(done.jobs)} job(s) imported{skipped}")


COMMANDS: dict[str, click.Command] = {"export": export, "import": import_}


@contextmanager
def _written(name: str) -> Iterator[TextIO]:
    """Open what is written to: standard output, or a file that gets its name when all of it is there.

    Raises:
        NotExported: the file can't be made.
    """
    if name == _STANDARD:
        yield sys.stdout
        return
    try:
        path = Path(name).expanduser()
        # a pipe or a device is written to as it is
        part = path if path.exists() and not path.is_file() else path.with_name(f"{path.name}.{os.getpid()}.part")
        # commands can hold secrets, too
        file = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | _BYTES, 0o600)
    except (OSError, ValueError) as error:
        raise NotExported(name, error) from error
    try:
        with open(file, "w", encoding="ascii", newline="\n") as out:  # noqa: PTH123  it is open already
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


@contextmanager
def _read(name: str) -> Iterator[BinaryIO]:
    """Open what is read.

    Raises:
        NotImported: it can't be.
    """
    if name == _STANDARD:
        yield sys.stdin.buffer
        return
    try:
        file = Path(name).expanduser().open("rb")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise NotImported(f"the file {name} can't be read: {reason}") from error
    with file:
        yield file


def _lines(stream: BinaryIO, source: str) -> Iterator[str]:
    """Yield a stream's lines as text, none of them longer than a job can be.

    Raises:
        NotImported: it can't be read, or is no text.
    """
    number, rest = 0, ""
    try:
        piece = stream.readline(MAX_LINE)
        decoder = codecs.getincrementaldecoder(_encoding(piece))()
        while piece:
            *lines, rest = (rest + decoder.decode(piece)).split("\n")
            if len(rest) > MAX_LINE:  # which the reader refuses
                lines, rest = [*lines, rest], ""
            for line in lines:
                number += 1
                yield line
            piece = stream.readline(MAX_LINE)
        yield rest + decoder.decode(b"", final=True)
    except UnicodeError:
        raise NotImported(f"{source}, line {number + 1}: is not text in UTF-8 or UTF-16") from None
    except OSError as error:
        raise NotImported(f"{source} can't be read: {error.strerror or error}") from error


def _encoding(beginning: bytes) -> str:
    return next((encoding for mark, encoding in _MARKS if beginning.startswith(mark)), "utf-8")
