"""``cancel``, ``retry``, ``run-next``, ``dequeue``, ``clear``, ``undo``, ``pause`` and ``resume``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial

import click

from app.cli.arguments import id_argument
from app.cli.runner_link import PATIENCE, RunnerLink
from app.cli.services import Call
from app.domain.errors import JobNotFound, WrongState
from app.domain.job import Job, State
from app.domain.visible_text import visible
from app.messages import KnownError, message
from app.store.store import Store

_NAMED = 10
"""So many jobs are told one by one."""


class StillRunning(KnownError):
    """What was asked to end has not ended."""

    def __init__(self, what: str, pid: int | None) -> None:
        super().__init__(
            "{what} was asked to end, but still runs after {patience:g} s",
            what=what,
            patience=PATIENCE,
            remedy=message("The runner (PID: {pid}) may still be ending it. Call again a little later.", pid=pid),
        )


class CannotBeEnded(KnownError):
    """A dead runner left something that can't be ended."""

    def __init__(self, what: str) -> None:
        super().__init__(
            "{what} was left by a runner that died, and its processes can't be ended",
            what=what,
            remedy=message("End them yourself and call again."),
        )


class TooLate(KnownError):
    """The job ended by itself before it could be cancelled."""

    def __init__(self, id: str, state: State) -> None:
        super().__init__("Job '{id}' was not cancelled: it is {state}", id=id, state=state.value)


class Running(KnownError):
    """The job is being run, so it is not removed."""

    def __init__(self, id: str) -> None:
        super().__init__(
            "Job '{id}' is running and was not removed",
            id=id,
            remedy=message("Wait for its end, or cancel and remove it with --force."),
        )


@click.command(epilog="\b\nExample:\n  queuectl cancel job1")
@id_argument
@click.pass_obj
def cancel(call: Call, id: str) -> None:
    """Call a job off, also while it runs."""
    with call.store() as store:
        job = _call_off(call, store, store.reads.by_id(id))
    if job.state is not State.CANCELLED:
        raise TooLate(id, job.state)
    click.echo(f"Job '{visible(id)}' cancelled")


@click.command(epilog="\b\nExample:\n  queuectl dequeue job1")
@id_argument
@click.option("--force", is_flag=True, help="Also a job that runs: it is cancelled first.")
@click.pass_obj
def dequeue(call: Call, id: str, force: bool) -> None:
    """Remove a job from the queue."""
    with call.store() as store:
        job = store.reads.by_id(id)
        try:
            store.changes.remove([job.seq])
        except WrongState:
            if not force:
                raise Running(id) from None
            with suppress(WrongState):  # it has ended this very moment, which is as good
                _call_off(call, store, job)
            store.changes.remove([job.seq])
    click.echo(f"Job '{visible(id)}' removed from queue")


@click.command(epilog="\b\nExample:\n  queuectl clear --yes")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def clear(call: Call, yes: bool) -> None:
    """Remove all jobs; those that run are cancelled first."""
    with call.store() as store:
        if not yes:
            click.confirm(f"Remove all {store.reads.count()} job(s)?", abort=True, err=True)
        # a worker that becomes free takes the next job, so what runs after the first round goes in the second
        while running := store.changes.cancel_all_running():
            _wait_for_ends(call, store, partial(_none_runs, store, running), "What runs")
            store.changes.remove_all()
        store.changes.remove_all()
    click.echo("All jobs cleared from database")


@click.command(epilog="\b\nExample:\n  queuectl pause")
@click.pass_obj
def pause(call: Call) -> None:
    """Start no more jobs; what runs goes on. It stays so until `resume`."""
    with call.store() as store:
        store.changes.set_paused(True)
    click.echo("Queue paused")


@click.command(epilog="\b\nExample:\n  queuectl resume")
@click.pass_obj
def resume(call: Call) -> None:
    """Go on after `pause`."""
    with call.store() as store:
        store.changes.set_paused(False)
    click.echo("Queue resumed")


@click.command(epilog="\b\nExample:\n  queuectl retry job1")
@id_argument
@click.pass_obj
def retry(call: Call, id: str) -> None:
    """Put a dead, cancelled or completed job back into the queue, as if it were new."""
    with call.store() as store:
        store.changes.retry([store.reads.by_id(id).seq])
    click.echo(f"Job '{visible(id)}' moved back to pending queue")


@click.command("run-next", epilog="\b\nExample:\n  queuectl run-next job1")
@id_argument
@click.pass_obj
def run_next(call: Call, id: str) -> None:
    """Put a waiting job first in line; a retry is due at once.

    The last one asked for goes first. It does not override a pause.
    """
    with call.store() as store:
        store.changes.run_next(store.reads.by_id(id).seq)
    click.echo(f"Job '{visible(id)}' runs next")


@click.command(epilog="\b\nExamples:\n  queuectl undo\n  queuectl undo --retention")
@click.option("--retention", is_flag=True, help="What was removed by itself, by age or number.")
@click.pass_obj
def undo(call: Call, retention: bool) -> None:
    """Bring back what the last dequeue, clear, prune or replacement removed.

    It works for 24 hours; called again, it takes back the removal before. With --retention it brings back all that the
    options keep-completed, keep-completed-count and keep-cancelled removed in that time; change them first, or it is
    removed again within the hour.
    """
    with call.store() as store:
        if retention:
            count = 0
            while done := store.retention.bring_back():
                count += done
            click.echo(f"{count} job(s) brought back" if count else "Nothing to undo")
            return
        back = store.changes.undo()
    if not back:
        click.echo("Nothing to undo")
        return
    # each by name where they are few: one whose id was taken meanwhile has a new one
    for _, id in back if len(back) <= _NAMED else ():
        click.echo(f"Job '{visible(id)}' brought back")
    if len(back) > 1:
        click.echo(f"{len(back)} job(s) brought back")


COMMANDS: dict[str, click.Command] = {
    "cancel": cancel,
    "dequeue": dequeue,
    "clear": clear,
    "pause": pause,
    "resume": resume,
    "retry": retry,
    "run-next": run_next,
    "undo": undo,
}


def _call_off(call: Call, store: Store, job: Job) -> Job:
    """Cancel a job, wait until its run is over where it runs, and return it as it is then."""
    if not store.changes.cancel(job.seq):
        run = store.reads.by_seq(job.seq).run

        def is_over() -> bool:
            now = store.reads.by_seq(job.seq)
            return now.state is not State.PROCESSING or now.run != run

        _wait_for_ends(call, store, is_over, f"Job '{job.id}'")
    return store.reads.by_seq(job.seq)


def _wait_for_ends(call: Call, store: Store, is_over: Callable[[], bool], what: str) -> None:
    """Wait until what was asked to end has ended. Where no runner lives, end it here.

    Raises:
        StillRunning: a runner lives and has not done it.
        CannotBeEnded: no runner lives, and it could not be done here.
    """
    link = RunnerLink(store, call.services.waiting)

    def look() -> bool | None:
        if is_over():
            return True
        if not link.lock.take():
            return None
        try:
            call.services.rescue(store)
        finally:
            link.lock.release()
        return is_over()

    over = call.services.waiting.until(store.doorbell, look, PATIENCE)
    if over is None:
        raise StillRunning(what, store.runner.row().pid)
    if not over:
        raise CannotBeEnded(what)


def _none_runs(store: Store, seqs: list[int]) -> bool:
    return all(not _runs(store, seq) for seq in seqs)


def _runs(store: Store, seq: int) -> bool:
    try:
        return store.reads.by_seq(seq).state is State.PROCESSING
    except JobNotFound:
        return False
