"""``queuectl wait``: until jobs have ended, however they end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial

import click

from app.cli.arguments import duration, ids_argument
from app.cli.runner_link import RunnerLink
from app.cli.services import Call
from app.domain.job import FINISHED, State
from app.store.endings import Endings
from app.store.store import Store

FAILED, TOO_LATE = 1, 3
"""Exit codes: one of the jobs ended dead or cancelled, or was removed before its end; not all had ended in time."""

_REMOVED = "removed"
_BAD = (State.DEAD.value, State.CANCELLED.value, _REMOVED)

Look = Callable[[], int]
"""Returns how many jobs have not ended."""


@click.command(epilog="\b\nExamples:\n  queuectl wait job1 job2\n  queuectl wait --timeout 10m")
@ids_argument
@click.option("--timeout", callback=duration, metavar="S", help="Give up after so long: 20, 10m, 2h.")
@click.pass_obj
def wait(call: Call, ids: tuple[str, ...], timeout: float | None) -> int:
    """Wait until jobs have ended; without ids, all that exist now.

    Exit code 0 if all completed, 1 if any of them is dead, cancelled or was removed meanwhile, 3 if the timeout came
    first.
    """
    with call.store() as store:
        endings = Endings(store.database)
        count, ends = _named(store, endings, ids) if ids else _every(endings)
        left = count()
        if left:
            RunnerLink(store, call.services.waiting).tell_what_holds_up()
            over = call.services.waiting.until(store.doorbell, lambda: True if count() == 0 else None, timeout)
            left = 0 if over else count()
        states = ends()
    if left:
        click.echo(f"Still waiting for {left} job(s) after {timeout:g} s", err=True)
        return TOO_LATE
    return _tell_ends(states)


def _tell_ends(states: Counter[str]) -> int:
    if not states:
        click.echo("No jobs to wait for")
        return 0
    parts = ", ".join(f"{count} {word}" for word, count in sorted(states.items()))
    click.echo(f"{states.total()} job(s) ended: {parts}")
    return FAILED if any(states[word] for word in _BAD) else 0


def _named(store: Store, endings: Endings, ids: tuple[str, ...]) -> tuple[Look, Callable[[], Counter[str]]]:
    """Wait for jobs by name; each name means the job that has it now.

    Raises:
        JobNotFound: one does not exist, and nothing is waited for.
    """
    ended: dict[int, str] = {}
    left = {store.reads.by_id(id).seq for id in ids}

    def count() -> int:
        states = endings.states(left)
        # how it ended counts when it is seen; what somebody does with it later does not
        ended.update({seq: state.value for seq, state in states.items() if state in FINISHED})
        ended.update({seq: _REMOVED for seq in left if seq not in states})
        left.difference_update(ended)
        return len(left)

    return count, lambda: Counter(ended.values())


def _every(endings: Endings) -> tuple[Look, Callable[[], Counter[str]]]:
    """Wait for all jobs that exist now, a million of them at the cost of one."""
    newest = endings.newest()
    return partial(endings.open_up_to, newest), lambda: Counter(
        {state.value: count for state, count in endings.states_up_to(newest).items()}
    )
