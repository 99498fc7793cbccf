"""``queuectl enqueue``: one job from options, or many from documents, in one transaction."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import click

from app.cli.job_options import WithArgv, calling_folder, given_fields, job_options
from app.cli.services import Call
from app.domain.errors import CannotReplace, DuplicateId, InvalidJob, JobNotFound
from app.domain.job import Defaults, NewJob, OnDuplicate, complete
from app.domain.job_rules import draft_from_fields
from app.domain.visible_text import visible
from app.messages import KnownError

if TYPE_CHECKING:
    from app.cli.json_form import Form
    from app.store.store import Store

Document = tuple[bytes | str, str]
"""A document and what to call it in messages."""

_STEP = 2**20
PLATFORM = os.name
"""Where the jobs will run."""


class UnreadableFile(KnownError):
    """A job file can't be read."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__("the file {path} can't be read: {reason}", path=path, reason=reason)


class NotEnqueued(KnownError):
    """Nothing was enqueued; says why, and with which job of a document."""

    def __init__(self, what: str, why: KnownError, place: str = "") -> None:
        reason = place + str(why)
        if isinstance(why, InvalidJob) and why.field:
            reason = f"{why.field} {reason}"
        super().__init__("Failed to enqueue {what}: {reason}", what=what, reason=reason, remedy=why.remedy)


@click.command(
    cls=WithArgv,
    epilog="\b\nExamples:\n"
    "  queuectl enqueue --id job1 --command 'echo Hello' --priority 8\n"
    '  queuectl enqueue \'{"id": "job1", "command": "echo Hello"}\'\n'
    "  queuectl enqueue --file jobs.json\n"
    "  some-program | queuectl enqueue -\n"
    "  queuectl enqueue --timeout 60 -- rsync -a photos/ /backup",
)
@click.argument("documents", nargs=-1, metavar="[JSON|@FILE|-]... [-- ARGV...]")
@click.option("--file", "files", multiple=True, metavar="FILE", help="Take all jobs of a file; can be repeated.")
@click.option("--id", help="Your name for the job; left out: job-<number>.")
@job_options
@click.option("--cwd", metavar="FOLDER", help="Where to run; left out: here.")
@click.option(
    "--on-duplicate",
    type=click.Choice([word.value for word in OnDuplicate]),
    help="What to do with an id that exists already.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the new jobs as JSON.")
@click.pass_context
def enqueue(
    context: click.Context,
    /,
    documents: tuple[str, ...],
    files: tuple[str, ...],
    cwd: str | None,
    on_duplicate: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Add a job, or all jobs of a file.

    What an option or a field does not say comes from: queuectl config list.
    """
    call: Call = context.obj
    fields = given_fields(context, options)
    has_documents = bool(documents or files)
    _check_usage(fields, has_documents=has_documents)
    what = "jobs" if has_documents else f"job '{fields['id']}'" if "id" in fields else "the job"
    try:
        read = [*(_from_file(name) for name in files), *(_from_word(word) for word in documents)]
        if has_documents:
            what = _what(read)
        folder = calling_folder(cwd)
        with call.store() as store:
            defaults = store.options.defaults()
            places = _Places()
            jobs = (
                _from_documents(read, defaults, folder, places)
                if has_documents
                else _from_options(fields, defaults, folder)
            )
            if PLATFORM == "nt":
                jobs = _warned_about(jobs)
            wish = OnDuplicate(on_duplicate or OnDuplicate.FAIL)
            _take_in(store, jobs, wish, _Told(what, places, as_json))
    except (InvalidJob, UnreadableFile) as error:
        raise NotEnqueued(what, error) from error


class _Places:
    """Where each job of a call stands: its document and its number in it."""

    def __init__(self) -> None:
        self._begins: list[tuple[int, str]] = []

    def begin(self, number: int, source: str) -> None:
        """Note that the call's job of this number, from 1, is the first of a document."""
        self._begins.append((number, source))

    def of(self, number: int) -> str:
        """Return what goes before the message about a job, or "" where it is the only one or has no document."""
        for first, source in reversed(self._begins):
            if first <= number:
                return f"{source}, job {number - first + 1}: "
        return ""


class _Told(NamedTuple):
    """What an answer is about, and its form."""

    what: str
    places: _Places
    as_json: bool


def _take_in(store: Store, jobs: Iterator[NewJob], on_duplicate: OnDuplicate, told: _Told) -> None:
    from app.cli.progress import ImportProgress

    with ImportProgress() as progress:
        try:
            done = store.intake.enqueue(jobs, on_duplicate, progress)
        except (DuplicateId, CannotReplace) as error:
            raise NotEnqueued(told.what, error, told.places.of(error.number)) from error
        except KnownError as error:
            raise NotEnqueued(told.what, error) from error
    if told.as_json:
        from app.cli.json_form import write_array

        write_array(_forms(store, [seq for seq, _ in done.jobs]))
    elif len(done.jobs) == 1 and not done.skipped:
        click.echo(f"Job '{visible(done.jobs[0][1])}' enqueued successfully")
    else:
        skipped = f", {len(done.skipped)} skipped" if done.skipped else ""
        click.echo(f"{len(done.jobs)} job(s) enqueued{skipped}")


def _check_usage(fields: dict[str, Any], *, has_documents: bool) -> None:
    if has_documents:
        if fields:
            option = "-- ARGV" if "argv" in fields else f"--{next(iter(fields)).replace('_', '-')}"
            raise click.UsageError(f"{option} describes one job; jobs of a document say it themselves.")
    elif "command" in fields and "argv" in fields:
        raise click.UsageError("Give --command or -- ARGV, not both.")
    elif not fields.get("command") and not fields.get("argv"):
        raise click.UsageError("Say what to run: --command, -- ARGV, a JSON text, --file or -.")


def _from_options(fields: dict[str, Any], defaults: Defaults, folder: str) -> Iterator[NewJob]:
    yield complete(draft_from_fields(fields), defaults, folder)


def _from_documents(
    documents: Sequence[Document], defaults: Defaults, folder: str, places: _Places
) -> Iterator[NewJob]:
    from app.domain.job_file import iter_jobs

    number = 1
    for data, source in documents:
        if len(documents) > 1 or isinstance(data, bytes):  # else a text says which job it is about by itself
            places.begin(number, source)
        for draft in iter_jobs(data, source):
            yield complete(draft, defaults, folder)
            number += 1


def _warned_about(jobs: Iterator[NewJob]) -> Iterator[NewJob]:
    """Yield jobs; where one of them will not do what its author wants, tell so on stderr, once a call."""
    from app.domain.job_warnings import warnings

    told = False
    for job in jobs:
        for line in [] if told else warnings(job.spec, PLATFORM):
            click.echo(f"Job '{visible(job.id)}': {line}" if job.id else str(line), err=True)
            told = True
        yield job


def _from_word(word: str) -> Document:
    if word == "-" or word.startswith("@"):
        return _from_file(word.removeprefix("@"))
    return word, "command line"


def _from_file(name: str) -> Document:
    """Return a file's bytes, or those of standard input for ``-``: never more than are taken."""
    from app.domain.job_text import MAX_FILE_BYTES

    # a byte more than allowed, so that the reader can tell
    most = MAX_FILE_BYTES + 1
    if name == "-":
        return _read(sys.stdin.buffer, most), "standard input"
    if not name:
        raise click.UsageError("Name the file: --file FILE or @FILE.")
    try:
        with Path(name).expanduser().open("rb") as file:
            return _read(file, most), name
    except (OSError, ValueError) as error:
        raise UnreadableFile(name, getattr(error, "strerror", None) or str(error)) from error


def _read(stream: BinaryIO, most: int) -> bytes:
    """Return what a stream holds, at most so many bytes; in steps, since a large read reserves its size at once."""
    chunks = []
    while most > 0 and (chunk := stream.read(min(most, _STEP))):
        chunks.append(chunk)
        most -= len(chunk)
    return b"".join(chunks)


def _what(documents: Sequence[Document]) -> str:
    """Return what a failure was about: the job, where a single text tells its id."""
    if len(documents) == 1 and isinstance(documents[0][0], str):
        import json

        try:
            return f"job '{json.loads(documents[0][0])['id']}'"
        except (ValueError, TypeError, KeyError, RecursionError):
            return "the job"
    return "jobs"


def _forms(store: Store, seqs: Sequence[int]) -> Iterator[Form]:
    from app.cli.json_form import job_form

    for seq in seqs:
        try:
            yield job_form(store.reads.by_seq(seq))
        except JobNotFound:
            continue  # somebody was quick and removed it
