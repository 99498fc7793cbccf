"""``queuectl export`` and ``queuectl import``: whole queues as JSON Lines, a job at a time whatever their size."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

import click

from app.cli.job_options import calling_folder
from app.cli.progress import ImportProgress
from app.cli.services import Call
from app.domain.errors import CannotReplace, DuplicateId
from app.domain.job import OnDuplicate, State
from app.domain.saved_job import MAX_LINE, Reading, read_saved
from app.messages import KnownError, Message
from app.store.exports import private_file, write_lines
from app.store.restoring import Restoring
from app.store.views import EVERY, Filter

_STANDARD = "-"
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
"""Byte order marks; PowerShell writes UTF-16 with one into a file that `>` makes."""


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
    with call.store() as store, _written(file) as out:
        done = write_lines(store.reads.oldest_first(which), out, with_env=with_env)
    if file != _STANDARD:
        click.echo(f"{done.jobs} job(s) exported")
    if done.without_env:
        click.echo(
            f"The environment variables of {done.without_env} job(s) were left out; --env writes them too", err=True
        )


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
    """Open what is written to: standard output, or a file.

    Raises:
        NotExported: the file can't be made.
    """
    if name == _STANDARD:
        yield sys.stdout
        return
    with private_file(name, "ascii") as out:
        yield out


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
