"""What describes one job on the command line: ``enqueue`` takes it for a new one, ``edit`` for one that exists."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, TypeVar, get_args

import click

from app.domain.errors import InvalidJob
from app.domain.job import Leftovers, OnInterrupt, ShellName
from app.messages import message

AnyCommand = TypeVar("AnyCommand", bound=Callable[..., Any])

ARGV = "queuectl.argv"
"""Where what follows ``--`` stands in a context's meta."""


class WithArgv(click.Command):
    """Takes what follows ``--`` as program and arguments, whatever it looks like."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take that part away before click sees the rest."""
        if "--" in args:
            end = args.index("--")
            ctx.meta[ARGV] = tuple(args[end + 1 :])
            args = args[:end]
        return super().parse_args(ctx, args)


def job_options(command: AnyCommand) -> AnyCommand:
    """Give a command an option for each field of a job but its id, its argv and its folder."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def given_fields(context: click.Context, options: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that the options name, and those alone."""
    fields = {name: value for name, value in options.items() if value is not None}
    if ARGV in context.meta:
        fields["argv"] = context.meta[ARGV]
    return fields


def calling_folder(cwd: str | None = None) -> str:
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


_OPTIONS = (
    click.option("--command", help="The shell command to run."),
    click.option("--timeout", callback=_number, metavar="SECONDS", help="How long a run may take; 0 = no limit."),
    click.option("--max-retries", type=int, metavar="N", help="The most runs in all."),
    click.option("--backoff-base", callback=_number, metavar="B", help="After failure n wait B to the n-th seconds."),
    click.option("--priority", type=int, metavar="1-10", help="Higher runs earlier."),
    click.option(
        "--env", multiple=True, callback=_variables, metavar="NAME=VALUE", help="A variable; can be repeated."
    ),
    click.option("--shell", type=click.Choice(get_args(ShellName)), help="The shell that reads the command."),
    click.option("--success-codes", callback=_codes, metavar="0,1", help="Exit codes that mean success."),
    click.option("--leftovers", type=_one_of(Leftovers), help="What the command left running: end or leave it."),
    click.option("--on-interrupt", type=_one_of(OnInterrupt), help="After an interruption: try again, or dead."),
)
