"""``queuectl config``: the options, each declared in settings.py."""

from __future__ import annotations

import click

from app.cli.arguments import storable
from app.cli.json_form import Form, write_array, write_one
from app.cli.services import Call
from app.cli.table import Column, write_table
from app.cli.times import plain
from app.domain.visible_text import visible
from app.settings import OPTIONS, Option, Value, find, normal, parse

_TEXT_THAT_MAY_BEGIN_WITH_A_DASH = {"ignore_unknown_options": True}


def _complete_keys(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    del ctx, param
    return [key for key in OPTIONS if key.startswith(incomplete)]


@click.group(epilog="\b\nExamples:\n  queuectl config list\n  queuectl config set timeout 2m")
def config() -> None:
    """Look at options and set them."""


@config.command("get", epilog="\b\nExamples:\n  queuectl config get max-retries\n  queuectl config get timeout --json")
@click.argument("key", callback=storable, shell_complete=_complete_keys)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def get_option(call: Call, key: str, as_json: bool) -> None:
    """Show the value of an option, or its default where it was never set."""
    with call.store() as store:
        text = store.options.text(key)
        texts, values = store.options.set_keys(), store.options.values()
    if as_json:
        write_one(_form(find(key), texts, values))
    else:
        click.echo(f"{key} = {visible(text)}")


@config.command(
    "set", context_settings=_TEXT_THAT_MAY_BEGIN_WITH_A_DASH, epilog="\b\nExample:\n  queuectl config set max-retries 5"
)
@click.argument("key", callback=storable, shell_complete=_complete_keys)
@click.argument("value", callback=storable)
@click.pass_obj
def set_option(call: Call, key: str, value: str) -> None:
    """Set an option; it holds for jobs enqueued from now on, and for whoever reads it next.

    Durations are seconds, or have one of s m h d w behind them (90s, 2h); sizes are bytes, or have one of K M G T
    (16M), small or large.
    """
    text = normal(find(key), value)
    with call.store() as store:
        store.options.set(key, text)
    click.echo(f"Set {key} = {visible(text)}")


@config.command("list", epilog="\b\nExample:\n  queuectl config list --json")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_options(call: Call, as_json: bool) -> None:
    """Show all options with their values, where these come from, and what they are for."""
    with call.store() as store:
        texts, values = store.options.set_keys(), store.options.values()
    if as_json:
        write_array(_form(option, texts, values) for option in OPTIONS.values())
        return
    columns: tuple[Column[Option], ...] = (
        Column("Key", 4, lambda option: option.key),
        Column("Value", 5, lambda option: visible(texts.get(option.key, option.default))),
        Column("Origin", 7, lambda option: _origin(option.key, texts)),
        Column("Default", 7, lambda option: option.default),
        Column("Help", 4, lambda option: str(option.help)),
    )
    write_table(columns, OPTIONS.values())


def _form(option: Option, texts: dict[str, str], values: dict[str, Value]) -> Form:
    return {
        "key": option.key,
        "value": _plain(values[option.key]),
        "default": _plain(parse(option, option.default)),
        "origin": _origin(option.key, texts),
        "help": str(option.help),
    }


def _origin(key: str, texts: dict[str, str]) -> str:
    return "set" if key in texts else "default"


def _plain(value: Value) -> Value | None:
    return value if isinstance(value, str | bool) else plain(value)
