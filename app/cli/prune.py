"""``queuectl prune``: removing what has ended long ago, or only what it wrote."""

from __future__ import annotations

import click

from app.cli.arguments import duration
from app.cli.services import Call
from app.domain.job import Millis, State
from app.settings import Value
from app.store.store import Store

_KEPT_BY = {State.COMPLETED: "keep-completed", State.CANCELLED: "keep-cancelled"}
"""The option that says how long, where the call does not."""


@click.command(
    epilog="\b\nExamples:\n  queuectl prune\n  queuectl prune --completed --older-than 7d\n"
    "  queuectl prune --outputs --older-than 12h"
)
@click.option("--completed", is_flag=True, help="Remove completed jobs.")
@click.option("--cancelled", is_flag=True, help="Remove cancelled jobs.")
@click.option("--dead", is_flag=True, help="Remove dead letters; never without this.")
@click.option("--outputs", is_flag=True, help="Delete the output files of such jobs at once.")
@click.option("--older-than", callback=duration, metavar="AGE", help="Ended so long ago: 12h, 30d.")
@click.pass_obj
def prune(call: Call, completed: bool, cancelled: bool, dead: bool, outputs: bool, older_than: float | None) -> None:
    """Remove completed and cancelled jobs that ended long ago.

    How long is said by the options keep-completed and keep-cancelled, or by --older-than. With --outputs alone the jobs
    stay, with the end of what they wrote. `undo` brings removed jobs back for 24 hours; deleted outputs are gone.
    """
    named = [
        state
        for state, wanted in ((State.COMPLETED, completed), (State.CANCELLED, cancelled), (State.DEAD, dead))
        if wanted
    ]
    if State.DEAD in named and older_than is None:
        raise click.UsageError("Say how old dead letters must be: --older-than 30d, or 0 for all.")
    with call.store() as store:
        before = _moments(named or list(_KEPT_BY), older_than, store.options.values(), store.clock())
        freed = _free_outputs(store, before) if outputs else 0
        removed = store.changes.remove_finished(before) if named or not outputs else None
    if removed is not None:
        click.echo(f"{removed} job(s) removed from queue")
    if outputs:
        click.echo(f"Outputs of {freed} job(s) deleted")


def _moments(
    states: list[State], older_than: float | None, options: dict[str, Value], now: Millis
) -> dict[State, Millis]:
    """Return the moment before which a job of each state must have ended; none of a state that is kept for ever."""
    ages = {state: float(options[_KEPT_BY[state]]) if older_than is None else older_than for state in states}
    # an option's 0 means for ever; a 0 that was asked for here means all, also what ended this very millisecond
    return {state: now - round(age * 1000) + (age == 0) for state, age in ages.items() if age or older_than is not None}


def _free_outputs(store: Store, before: dict[State, Millis]) -> int:
    freed = 0
    for state, moment in before.items():
        for seq in store.reads.ended_before(state, moment):
            freed += store.retention.free_pruned(seq)
    return freed
