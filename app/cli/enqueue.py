"""``queuectl enqueue``: one job from options, or many from documents, in one transaction."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, get_args

import click

from app.cli.services import Call
from app.cli.text import visible
from app.domain.errors import InvalidJob, JobNotFound
from app.domain.job import Defaults, Leftovers, NewJob, OnDuplicate, OnInterrupt, ShellName, complete
from app.domain.job_rules import draft_from_fields
from app.messages import KnownError, message

if TYPE_CHECKING:
    from app.cli.json_form import Form
    from app.store.store import Store

Document = tuple[bytes | str, str]
"""A document and what to call it in messages."""

_STEP = 2**20
_ARGV = "queuectl.argv"


class UnreadableFile(KnownError):
    """A job file can't be read."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__("the file {path} can't be read: {reason}", path=path, reason=reason)


class NotEnqueued(KnownError):
    """Nothing was enqueued; says why."""

    def __init__(self, what: str, why: KnownError) -> None:
        reason = str(why)
        if isinstance(why, InvalidJob) and why.field:
            reason = f"{why.field} {reason}"
        super().__init__("Failed to enqueue {what}: {reason}", what=what, reason=reason, remedy=why.remedy)


class _WithArgv(click.Command):
    """Takes what follows ``--`` as program and arguments, whatever it looks like."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "--" in args:
            end = args.index("--")
            ctx.meta[_ARGV] = tuple(args[end + 1 :])
            args = args[:end]
        return super().parse_args(ctx, args)


def _number(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """Return a number as it was written: 20 stays whole, 0.5 does not."""
    if value is None:
        return None
    try:
        return int(value) if value.strip().isdecimal() else float(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a number.", ctx, param) from None


def _one_of(choices: type[StrEnum]) -> click.Choice[str]:
    return click.Choice([choice.value for choice in choices])


def _codes(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    if value is None:
        return None
    try:
        return tuple(int(code) for code in value.split(","))
    except ValueError:
        raise click.BadParameter("write it as numbers with commas between them: 0,1", ctx, param) from None


def _variables(ctx: click.Context, param: click.Parameter, value: Sequence[str]) -> dict[str, str] | None:
    variables: dict[str, str] = {}
    for text in value:
        name, equals, content = text.partition("=")
        if not equals:
            raise click.BadParameter(f"{text!r} is not of the form NAME=VALUE.", ctx, param)
        if name in variables:
            raise click.BadParameter(f"{name} is given more than once.", ctx, param)
        variables[name] = content
    return variables or None


@click.command(
    cls=_WithArgv,
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
@click.option("--command", help="The shell command to run.")
@click.option("--timeout", callback=_number, metavar="SECONDS", help="How long a run may take; 0 = no limit.")
@click.option("--max-retries", type=int, metavar="N", help="The most runs in all.")
@click.option("--backoff-base", callback=_number, metavar="B", help="After failure n wait B to the n-th seconds.")
@click.option("--priority", type=int, metavar="1-10", help="Higher runs earlier.")
@click.option("--cwd", metavar="FOLDER", help="Where to run; left out: here.")
@click.option("--env", multiple=True, callback=_variables, metavar="NAME=VALUE", help="A variable; can be repeated.")
@click.option("--shell", type=click.Choice(get_args(ShellName)), help="The shell that reads the command.")
@click.option("--success-codes", callback=_codes, metavar="0,1", help="Exit codes that mean success.")
@click.option("--leftovers", type=_one_of(Leftovers), help="What the command left running: end or leave it.")
@click.option("--on-interrupt", type=_one_of(OnInterrupt), help="After an interruption: try again, or dead.")
@click.option("--on-duplicate", type=_one_of(OnDuplicate), help="What to do with an id that exists already.")
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
    fields = {name: value for name, value in options.items() if value is not None}
    if _ARGV in context.meta:
        fields["argv"] = context.meta[_ARGV]
    has_documents = bool(documents or files)
    _check_usage(fields, has_documents=has_documents)
    what = "jobs" if has_documents else f"job '{fields['id']}'" if "id" in fields else "the job"
    try:
        read = [*(_from_file(name) for name in files), *(_from_word(word) for word in documents)]
        if has_documents:
            what = _what(read)
        folder = _folder(cwd)
        with call.store() as store:
            defaults = store.options.defaults()
            jobs = _from_documents(read, defaults, folder) if has_documents else _from_options(fields, defaults, folder)
            _take_in(store, jobs, OnDuplicate(on_duplicate or OnDuplicate.FAIL), what, as_json=as_json)
    except (InvalidJob, UnreadableFile) as error:
        raise NotEnqueued(what, error) from error


def _take_in(store: Store, jobs: Iterator[NewJob], on_duplicate: OnDuplicate, what: str, *, as_json: bool) -> None:
    from app.cli.progress import ImportProgress

    with ImportProgress() as progress:
        try:
            done = store.intake.enqueue(jobs, on_duplicate, progress)
        except KnownError as error:
            raise NotEnqueued(what, error) from error
    if as_json:
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


def _from_documents(documents: Sequence[Document], defaults: Defaults, folder: str) -> Iterator[NewJob]:
    from app.domain.job_file import iter_jobs

    for data, source in documents:
        for draft in iter_jobs(data, source):
            yield complete(draft, defaults, folder)


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


def _folder(cwd: str | None) -> str:
    """Return the absolute folder in which jobs run, unless they say otherwise.

    Raises:
        InvalidJob: it is gone, or its name can't be stored.
    """
    try:
        folder = os.path.abspath(os.path.expanduser(cwd or ""))
        folder.encode()
    except FileNotFoundError:
        raise InvalidJob("", "the present folder does not exist any more", remedy=message("Name one: --cwd.")) from None
    except UnicodeEncodeError:
        raise InvalidJob("cwd", "has a name that is not in UTF-8, which can't be stored") from None
    return folder


def _forms(store: Store, seqs: Sequence[int]) -> Iterator[Form]:
    from app.cli.json_form import job_form

    for seq in seqs:
        try:
            yield job_form(store.reads.by_seq(seq))
        except JobNotFound:
            continue  # somebody was quick and removed it
