"""Arguments that several commands take."""

from __future__ import annotations

import click


def storable(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return an argument that the database can be asked about: a shell can hand over bytes that are no characters."""
    try:
        (value or "").encode()
    except UnicodeEncodeError:
        raise click.BadParameter("it is not in UTF-8, so nothing is called so.", ctx, param) from None
    return value


id_argument = click.argument("id", callback=storable)
