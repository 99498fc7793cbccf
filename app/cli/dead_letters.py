"""``queuectl dlq``: what has used up all its tries."""

from __future__ import annotations

import click

from app.cli.arguments import storable
from app.cli.json_form import job_form, write_array
from app.cli.services import Call
from app.cli.table import Column, write_table
from app.cli.text import cut, visible
from app.cli.times import local
from app.domain.errors import JobNotFound, WrongState
from app.domain.job import Job, State
from app.messages import KnownError
from app.store.job_queries import Filter

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


@click.group(epilog="\b\nExamples:\n  queuectl dlq list\n  queuectl dlq retry job1")
def dlq() -> None:
    """Look at dead letters, and let them run again."""


@dlq.command("list", epilog="\b\nExample:\n  queuectl dlq list --json")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_dead(call: Call, as_json: bool) -> None:
    """Show all dead letters, the newest first."""
    with call.store() as store:
        jobs = store.reads.newest_first(_DEAD)
        if as_json:
            write_array(map(job_form, jobs))
            return
        shown = write_table(_COLUMNS, jobs)
    click.echo(f"\nTotal: {shown} job(s) in DLQ" if shown else "Dead Letter Queue is empty")


@dlq.command(epilog="\b\nExamples:\n  queuectl dlq retry job1\n  queuectl dlq retry --all")
@click.argument("id", required=False, callback=storable)
@click.option("--all", "every", is_flag=True, help="All of them.")
@click.pass_obj
def retry(call: Call, id: str | None, every: bool) -> None:
    """Put a dead letter back into the queue, as if it were new."""
    if every == (id is not None):
        raise click.UsageError("Name one job, or say --all.")
    with call.store() as store:
        if id is None:
            click.echo(f"{store.changes.retry_all_dead()} job(s) moved back to pending queue")
            return
        try:
            job = store.reads.by_id(id)
            if job.state is not State.DEAD:
                raise NotDead(id)
            store.changes.retry([job.seq])
        except (JobNotFound, WrongState):
            raise NotDead(id) from None
    click.echo(f"Job '{visible(id)}' moved back to pending queue")
