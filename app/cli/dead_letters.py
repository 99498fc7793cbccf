"""``queuectl dlq``: what has used up all its tries."""

from __future__ import annotations

import click

from app.cli.arguments import complete_ids, storable
from app.cli.json_form import job_form, write_array
from app.cli.services import Call
from app.cli.table import Column, write_table
from app.cli.text import cut
from app.cli.times import local
from app.domain.errors import JobNotFound, WrongState
from app.domain.job import Job, State
from app.domain.outcome import error_key
from app.domain.visible_text import visible
from app.messages import KnownError, message
from app.store.store import Store
from app.store.views import Filter

_NAMED = 3
"""So many jobs of a kind are named in a table."""

_DEAD = Filter(states=frozenset({State.DEAD}))

_COLUMNS: tuple[Column[Job], ...] = (
    Column("ID", 4, lambda job: visible(job.id)),
    Column("Command", 12, lambda job: cut(job.spec.command_line, 30)),
    Column("Attempts", 8, lambda job: str(job.attempts)),
    Column("Error", 24, lambda job: cut(job.error or "", 40)),
    Column("Failed At", 19, lambda job: local(job.updated_at if job.finished_at is None else job.finished_at)),
)


class NotDead(KnownError):
    """No dead letter has this id."""

    def __init__(self, id: str) -> None:
        super().__init__("Job '{id}' not found in DLQ or already retried", id=id)


class NoSuchError(KnownError):
    """No dead letter died of this."""

    def __init__(self, error: str) -> None:
        super().__init__(
            "No dead letter has the error '{error}'",
            error=error,
            remedy=message("queuectl dlq list --group shows the kinds of error."),
        )


@click.group(epilog="\b\nExamples:\n  queuectl dlq list\n  queuectl dlq retry job1")
def dlq() -> None:
    """Look at dead letters, and let them run again."""


@dlq.command("list", epilog="\b\nExamples:\n  queuectl dlq list --json\n  queuectl dlq list --group")
@click.option("--group", is_flag=True, help="A line for each kind of error.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_dead(call: Call, group: bool, as_json: bool) -> None:
    """Show all dead letters, the newest first."""
    with call.store() as store:
        if group:
            _list_groups(store, as_json=as_json)
            return
        jobs = store.reads.newest_first(_DEAD)
        if as_json:
            write_array(map(job_form, jobs))
            return
        shown = write_table(_COLUMNS, jobs)
    click.echo(f"\nTotal: {shown} job(s) in DLQ" if shown else "Dead Letter Queue is empty")


@dlq.command(
    epilog="\b\nExamples:\n  queuectl dlq retry job1\n  queuectl dlq retry --all\n"
    "  queuectl dlq retry --error 'Timeout exceeded (20s)'"
)
@click.argument("id", required=False, callback=storable, shell_complete=complete_ids)
@click.option("--all", "every", is_flag=True, help="All of them.")
@click.option("--error", callback=storable, metavar="TEXT", help="All with this kind of error: see dlq list --group.")
@click.pass_obj
def retry(call: Call, id: str | None, every: bool, error: str | None) -> None:
    """Put a dead letter back into the queue, as if it were new."""
    if (id is not None) + every + (error is not None) != 1:
        raise click.UsageError("Name one job, or say --all or --error TEXT.")
    with call.store() as store:
        if id is None:
            count = store.changes.retry_all_dead() if error is None else _retry_kind(store, error)
            click.echo(f"{count} job(s) moved back to pending queue")
            return
        try:
            job = store.reads.by_id(id)
            if job.state is not State.DEAD:
                raise NotDead(id)
            store.changes.retry([job.seq])
        except (JobNotFound, WrongState):
            raise NotDead(id) from None
    click.echo(f"Job '{visible(id)}' moved back to pending queue")


def _list_groups(store: Store, *, as_json: bool) -> None:
    from app.store.dead_groups import DeadGroup, DeadGroups

    groups = DeadGroups(store.database)
    kinds = groups.all()
    if as_json:
        write_array(
            {"error_key": kind.key, "count": kind.jobs, "error": kind.error, "ids": groups.ids(kind.key)}
            for kind in kinds
        )
        return

    def ids(kind: DeadGroup) -> str:
        names = [visible(id) for id in groups.ids(kind.key, _NAMED)]
        return ", ".join([*names, *(["..."] if kind.jobs > _NAMED else [])])

    columns: tuple[Column[DeadGroup], ...] = (
        Column("Jobs", 4, lambda kind: str(kind.jobs)),
        Column("Newest Error", 24, lambda kind: cut(kind.error or "", 60)),
        Column("IDs", 4, ids),
    )
    shown = write_table(columns, kinds)
    total = sum(kind.jobs for kind in kinds)
    click.echo(f"\nTotal: {total} job(s) in DLQ, {shown} kind(s) of error" if shown else "Dead Letter Queue is empty")


def _retry_kind(store: Store, error: str) -> int:
    """Retry all dead letters with one kind of error.

    Args:
        store: the store.
        error: an ``error_key``, or an error of that kind.

    Raises:
        NoSuchError: there are none.
    """
    count = store.changes.retry_all_dead(error) or store.changes.retry_all_dead(error_key(error))
    if not count:
        raise NoSuchError(error)
    return count
