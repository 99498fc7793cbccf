"""Arguments that several commands take."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_LONGEST = 36_500 * 86_400.0
"""Seconds: a hundred years, as of every option."""


def storable(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return an argument that the database can be asked about: a shell can hand over bytes that are no characters."""
    try:
        (value or "").encode()
    except UnicodeEncodeError:
        raise click.BadParameter("it is not in UTF-8, so nothing is called so.", ctx, param) from None
    return value


def all_storable(ctx: click.Context, param: click.Parameter, values: Iterable[str]) -> tuple[str | None, ...]:
    """Return several arguments, each as ``storable``."""
    return tuple(storable(ctx, param, value) for value in values)


def duration(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """Return the seconds that a text stands for, which is written as the options' durations are: 20, 10m, 30d."""
    if value is None:
        return None
    from app.messages import message
    from app.settings import BadOptionValue, Kind, Option, describe_range, parse

    option = Option(param.name or "", Kind.DURATION, "0", message(""), message(""), high=_LONGEST)
    try:
        return float(parse(option, value))
    except BadOptionValue:
        raise click.BadParameter(f"{value!r} is not {describe_range(option)}.", ctx, param) from None


def complete_ids(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Return the ids of jobs that begin so, for completion in a shell."""
    from app.cli.completion import ids_beginning_with

    del param
    return ids_beginning_with(ctx, incomplete)


id_argument = click.argument("id", callback=storable, shell_complete=complete_ids)
ids_argument = click.argument("ids", nargs=-1, callback=all_storable, shell_complete=complete_ids)
