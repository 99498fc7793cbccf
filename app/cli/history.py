"""``queuectl why`` and ``queuectl events``: why a job does not run, and what became of it so far."""

from __future__ import annotations

import click

from app.cli.arguments import id_argument
from app.cli.json_form import event_form, write_array, write_one
from app.cli.runner_link import RunnerLink
from app.cli.services import Call
from app.cli.table import Column, write_table
from app.cli.times import local_exact
from app.domain.job import Event
from app.domain.visible_text import visible
from app.domain.waiting import Hindrance, Why, explain

_REMEDIES = {
    Hindrance.NO_RUNNER: "start one with: queuectl worker start",
    Hindrance.PAUSED: "go on with: queuectl resume",
    Hindrance.NO_SPACE: "free some, or let less be enough: queuectl config set disk-floor SIZE",
}
_COLUMNS: tuple[Column[Event], ...] = (
    Column("At", 26, lambda event: local_exact(event.at)),
    Column("Run", 3, lambda event: str(event.run) if event.run else ""),
    Column("From", 10, lambda event: event.from_state.value if event.from_state else ""),
    Column("To", 10, lambda event: event.to_state.value),
    Column("Cause", 8, lambda event: visible(event.cause)),
)


@click.command(epilog="\b\nExample:\n  queuectl why job1")
@id_argument
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def why(call: Call, id: str, as_json: bool) -> None:
    """Say why a job is not running, and what to do about it."""
    with call.store() as store:
        lives = RunnerLink(store, call.services.waiting).living() is not None
        with store.database.reading():
            job = store.reads.by_id(id)
            facts = store.reads.facts(job, runner_lives=lives, lacks_space=store.lacks_space(), now=store.clock())
            reason = _said(explain(job, facts))
    if as_json:
        write_one({"seq": job.seq, "id": job.id, "state": job.state.value, "why": reason})
    else:
        click.echo(visible(reason))


def _said(why: Why) -> str:
    return str(why.words) if why.hindrance is None else f"{why.words}; {_REMEDIES[why.hindrance]}"


@click.command(epilog="\b\nExample:\n  queuectl events job1")
@id_argument
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def events(call: Call, id: str, as_json: bool) -> None:
    """Show each change of a job's state, and what caused it."""
    with call.store() as store:
        history = store.reads.details(store.reads.by_id(id).seq).events
    if as_json:
        write_array(map(event_form, history))
    else:
        write_table(_COLUMNS, history)


COMMANDS: dict[str, click.Command] = {"why": why, "events": events}
