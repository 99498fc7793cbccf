"""``queuectl worker``: starting and stopping the runner's workers, or being the runner here."""

from __future__ import annotations

import click

from app.cli.run_here import run_here
from app.cli.runner_link import RunnerLink
from app.cli.services import Call
from app.launch import start_runner
from app.messages import KnownError, message
from app.paths import Home
from app.store.runner_state import RunnerState
from app.store.runner_store import Ask, RunnerRow
from app.store.soundness import check_whole
from app.store.store import Store

MAX_WORKERS = 256
START_PATIENCE = 60.0
"""Seconds from starting a runner to its word that it runs, while its process lives. On a busy machine under Wine this
took more than 15, and what an earlier runner left is waited for up to 10."""

_REFUSAL = "error: "
_TRIES = 3
"""A runner can leave between the look at its lock and the question."""

_COUNT = click.IntRange(1, MAX_WORKERS)


class NotStarted(KnownError):
    """There is no runner, though one was started."""

    def __init__(self, home: Home, what: str) -> None:
        super().__init__(
            "The runner {what}", what=what, remedy=message("Its log in {folder} may say why.", folder=home.logs)
        )


class Refused(KnownError):
    """The runner answered that it can't do what was asked."""

    def __init__(self, answer: str) -> None:
        super().__init__("No worker was started: {reason}", reason=answer.removeprefix(_REFUSAL))


@click.group(epilog="\b\nExamples:\n  queuectl worker start --count 2\n  queuectl worker stop")
def worker() -> None:
    """Start and stop the workers that run jobs."""


@worker.command(epilog="\b\nExample:\n  queuectl worker start --count 2")
@click.option("--count", type=_COUNT, default=1, metavar="N", help="How many workers to add (1).")
@click.option("--foreground", is_flag=True, help="Run here, as `worker run` does.")
@click.pass_obj
def start(call: Call, count: int, foreground: bool) -> int:
    """Add workers; they run in the background until `worker stop`."""
    if foreground:
        return run_here(call, count, until_empty=False)
    with call.store() as store:
        store.runner.want(True)
        pid, first = _add_workers(call, store, count)
    for number in range(first, first + count):
        click.echo(f"Started worker 'worker-{number}' (PID: {pid})")
    click.echo(f"Started {count} worker(s)")
    return 0


@worker.command(epilog="\b\nExamples:\n  queuectl worker run\n  queuectl worker run --count 4 --until-empty")
@click.option("--count", type=_COUNT, metavar="N", help="How many workers; left out: option workers.")
@click.option("--until-empty", is_flag=True, help="End when nothing is left to do; exit code 1 if a job died.")
@click.pass_obj
def run(call: Call, count: int | None, until_empty: bool) -> int:
    """Run jobs here, a line for each start and end.

    The first Ctrl+C lets running jobs end, the second puts them back into the queue.
    """
    return run_here(call, count, until_empty=until_empty)


@worker.command(epilog="\b\nExample:\n  queuectl worker stop --now")
@click.option("--no-wait", is_flag=True, help="Do not wait until they have stopped.")
@click.option("--now", is_flag=True, help="End running jobs and put them back into the queue.")
@click.pass_obj
def stop(call: Call, no_wait: bool, now: bool) -> int:
    """Stop all workers; jobs that run now may end first."""
    with call.store() as store:
        link = RunnerLink(store, call.services.waiting)
        runner = link.living()
        store.runner.want(False)
        asked = link.ask(Ask.STOP_NOW if now else Ask.DRAIN) if runner else None
        if runner is None:
            click.echo("No workers to stop")
            return 0
        if asked is not None:
            runner = asked[0]
        if not no_wait and _calls_from_a_job(call, store):
            click.echo("This is a job of the queue, so its own end is not waited for.", err=True)
            no_wait = True
        if no_wait:
            click.echo(f"Stopping {runner.slots} worker(s) (PID: {runner.pid})")
            return 0
        try:
            link.wait_until_gone()
        except KeyboardInterrupt:
            click.echo("The workers go on stopping: they take no new jobs, and leave when those running end.", err=True)
            raise
    for number in range(1, runner.slots + 1):
        click.echo(f"Stopped worker 'worker-{number}' (PID: {runner.pid})")
    click.echo(f"Stopped {runner.slots} worker(s)")
    return 0


def _calls_from_a_job(call: Call, store: Store) -> bool:
    """Tell whether a job that the runner waits for made this call: each would wait for the other's end."""
    token = call.services.environ.get("QUEUECTL_TOKEN")
    return bool(token) and any(run.token == token for run in store.work.open_runs())


def _add_workers(call: Call, store: Store, count: int) -> tuple[int | None, int]:
    """Add workers to the living runner, or bring one up; return its pid and the first new worker's number."""
    link = RunnerLink(store, call.services.waiting)
    for _ in range(_TRIES):
        if not link.lock.is_held():
            row = _bring_up(call, store, link, count)
            if row is not None:
                return row.pid, 1
        answered = link.ask(Ask.ADD_SLOTS, count)
        if answered is not None:
            row, answer = answered
            if answer.startswith(_REFUSAL):
                raise Refused(answer)
            return row.pid, int(answer)
    raise NotStarted(call.home, "does not stay")


def _bring_up(call: Call, store: Store, link: RunnerLink, count: int) -> RunnerRow | None:
    """Start a runner and wait until it runs; return None where another was quicker and lives.

    Raises:
        NotStarted: there is none, or it says nothing.
    """
    try:
        process = start_runner(call.home, count, call.services.environ)
    except OSError as error:
        raise NotStarted(call.home, f"can't be started: {error.strerror or error}") from error

    def look() -> RunnerRow | None:
        # looked at first: what it has written before it ended is then seen below
        code = process.poll()
        row = store.runner.row()
        if row.pid == process.pid and row.state is RunnerState.RUNNING:
            return row
        if code is not None and not link.lock.is_held():
            check_whole(store.database)
            raise NotStarted(call.home, f"ended at once (exit code {code})")
        return row if code is not None else None

    row = call.services.waiting.until(store.doorbell, look, START_PATIENCE)
    if row is None:
        raise NotStarted(call.home, f"(PID: {process.pid}) was started, but does not say that it runs")
    return row if row.pid == process.pid else None
