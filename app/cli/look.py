"""``status``, ``list`` and ``show``: the queue as 1.0 showed it, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from app.cli.arguments import id_argument
from app.cli.json_form import Form, event_form, job_form, run_form, write_array, write_one
from app.cli.runner_link import RunnerLink
from app.cli.runs import write_runs
from app.cli.services import Call
from app.cli.table import Column, write_table
from app.cli.text import cut
from app.cli.times import local, local_exact
from app.domain.job import Job, Run, State
from app.domain.outcome import seconds
from app.domain.visible_text import visible, visible_block
from app.store.job_queries import Details
from app.store.outputs import TAIL_BYTES, gone
from app.store.views import EVERY, Filter

if TYPE_CHECKING:
    from app.store.runner_store import RunnerRow
    from app.store.store import Store

_STATUS_RULE, _SHOW_RULE = "=" * 50, "=" * 60

_COLUMNS: tuple[Column[Job], ...] = (
    Column("ID", 4, lambda job: visible(job.id)),
    Column("Command", 12, lambda job: cut(job.spec.command_line, 40)),
    Column("State", 9, lambda job: job.state.value),
    Column("Attempts", 10, lambda job: f"{job.attempts}/{job.spec.max_retries}"),
    Column("Priority", 8, lambda job: str(job.spec.priority)),
    Column("Wait", 4, lambda job: str(job.waited)),
    Column("Effective", 9, lambda job: str(job.effective)),
    Column("Created At", 19, lambda job: local(job.created_at)),
)
"""The least widths are those of the 1.0 README."""


@click.command(epilog="\b\nExample:\n  queuectl status")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def status(call: Call, as_json: bool) -> None:
    """Count the jobs of each state, and tell about the workers."""
    with call.store() as store:
        runner = RunnerLink(store, call.services.waiting).living()
        with store.database.reading():
            counts, paused, lacks_space = store.reads.counts(), store.reads.is_paused(), store.lacks_space()
    if as_json:
        write_one(_status_form(counts, runner, paused=paused, lacks_space=lacks_space))
    else:
        click.echo("\n".join(_status_lines(counts, runner, paused=paused, lacks_space=lacks_space)))


@click.command("list", epilog="\b\nExamples:\n  queuectl list --state failed\n  queuectl list --json --limit 10")
@click.option("--state", type=click.Choice([state.value for state in State]), help="Only jobs in this state.")
@click.option("--limit", type=click.IntRange(min=0), metavar="N", help="Only the newest N.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_jobs(call: Call, state: str | None, limit: int | None, as_json: bool) -> None:
    """Show all jobs, the newest first."""
    which = EVERY if state is None else Filter(states=frozenset({State(state)}))
    with call.store() as store:
        jobs = store.reads.newest_first(which, limit)
        if as_json:
            write_array(map(job_form, jobs))
            return
        shown = write_table(_COLUMNS, jobs)
        total = store.reads.count(which) if limit is not None else shown
    if total == 0:
        click.echo("No jobs found" if state is None else f"No jobs with state '{state}'")
    elif shown < total:
        click.echo(f"\nTotal: {total} job(s), the newest {shown} shown")
    else:
        click.echo(f"\nTotal: {shown} job(s)")


@click.command(epilog="\b\nExample:\n  queuectl show job1")
@id_argument
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with all runs and events.")
@click.pass_obj
def show(call: Call, id: str, as_json: bool) -> None:
    """Show one job, the end of what it wrote last, and its runs."""
    with call.store() as store:
        details = store.reads.details(store.reads.by_id(id).seq)
        run = details.runs[-1] if details.runs else None
        tail = "" if run is None else _tail(store, run)
        if as_json:
            write_one(_show_form(details, None if run is None else tail))
            return
        written = (run.output_bytes or 0) if run is not None else 0
        place = store.outputs.path(run.seq, run.run) if run is not None and written > TAIL_BYTES else None
    lines = [_SHOW_RULE, f"  Job: {visible(details.job.id)}", _SHOW_RULE, *_show_lines(details.job)]
    if tail.strip():
        lines += ["", "Output:", visible_block(tail.rstrip("\n"))]
        if place is not None and place.exists():
            # the cap on outputs writes a shorter file, in which a line says how much is left out
            what = "All of it" if place.stat().st_size == written else "What was kept of it"
            lines += ["", f"This is the end of it. {what}: {visible(str(place))}"]
    if run is not None and run.freed_by is not None:
        lines += ["", str(gone(run.freed_by))]
    click.echo("\n".join([*lines, _SHOW_RULE]))
    write_runs(details.runs)


COMMANDS: dict[str, click.Command] = {"status": status, "list": list_jobs, "show": show}


def _status_lines(counts: dict[State, int], runner: RunnerRow | None, *, paused: bool, lacks_space: bool) -> list[str]:
    cancelled = counts[State.CANCELLED]
    return [
        _STATUS_RULE,
        "  QueueCTL Status",
        _STATUS_RULE,
        "",
        f"Total Jobs:          {sum(counts.values())}",
        "",
        "Jobs by State:",
        f"  Pending:           {counts[State.PENDING]}",
        f"  Processing:        {counts[State.PROCESSING]}",
        f"  Completed:         {counts[State.COMPLETED]}",
        f"  Failed:            {counts[State.FAILED]}",
        f"  Dead (DLQ):        {counts[State.DEAD]}",
        *([f"  Cancelled:         {cancelled}"] if cancelled else []),
        "",
        "Workers:",
        f"  Active Processes:  {runner.slots if runner else 0}",
        f"  Currently Working: {_working(counts, runner)} jobs",
        *(["  Queue:             paused"] if paused else []),
        *(["  Disk:              too little free space, so no job is started"] if lacks_space else []),
        _STATUS_RULE,
    ]


def _status_form(counts: dict[State, int], runner: RunnerRow | None, *, paused: bool, lacks_space: bool) -> Form:
    return {
        "total": sum(counts.values()),
        "states": {state.value: count for state, count in counts.items()},
        "workers": runner.slots if runner else 0,
        "working": _working(counts, runner),
        "paused": paused,
        "lacks_space": lacks_space,
        "runner": {"pid": runner.pid, "version": runner.version, "state": runner.state.value} if runner else None,
    }


def _working(counts: dict[State, int], runner: RunnerRow | None) -> int:
    """Return how many jobs are being run; what a dead runner left processing is not."""
    return counts[State.PROCESSING] if runner else 0


def _show_lines(job: Job) -> list[str]:
    spec = job.spec
    lines = [
        f"Command:      {visible(spec.command_line)}",
        f"State:        {job.state}",
        f"Attempts:     {job.attempts}/{spec.max_retries}",
        f"Priority:     {spec.priority}",
        f"Waiting Time: {job.waited}",
        f"Effective:    {job.effective} (priority + waiting_time)",
        f"Timeout:      {seconds(spec.timeout) if spec.timeout else 'none'}",
        f"Created:      {local_exact(job.created_at)}",
        f"Updated:      {local_exact(job.updated_at)}",
    ]
    if job.duration is not None:
        lines.append(f"Exec Time:    {job.duration:.2f}s")
    if job.error is not None:
        lines.append(f"Error:        {visible(job.error)}")
    return lines


def _show_form(details: Details, tail: str | None) -> Form:
    return job_form(details.job) | {
        "env": details.job.spec.env,
        "runs": [run_form(run) for run in details.runs],
        "events": [event_form(event) for event in details.events],
        "output_tail": tail,
    }


def _tail(store: Store, run: Run) -> str:
    """Return the end of a run's output; a run that goes on has it in its file alone."""
    return store.outputs.tail(run.seq, run.run).text if run.tail is None else run.tail
