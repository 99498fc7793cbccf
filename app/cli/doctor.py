"""``queuectl doctor``: what is wrong, and how to mend it. It makes, upgrades and mends nothing itself."""

from __future__ import annotations

from collections.abc import Iterator

import click

from app import __version__
from app.cli.json_form import write_array
from app.cli.runner_link import PATIENCE, RunnerLink
from app.cli.services import Call
from app.domain.visible_text import visible
from app.messages import KnownError
from app.paths import Home
from app.settings import OPTIONS, parse
from app.store.checks import Check, check_database, check_folders, check_programs, check_space
from app.store.health import Health, Kind, examine, identify
from app.store.runner_state import RunnerState
from app.store.runner_store import RunnerRow
from app.store.store import Store

WRONG = 1
"""Exit code: something needs attention."""

_NAME_WIDTH = 15
_FIRST_COMMAND = "The next command upgrades it, after a copy to the folder backups."


@click.command(epilog="\b\nExamples:\n  queuectl doctor\n  queuectl doctor --json")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def doctor(call: Call, as_json: bool) -> int:
    """Look whether everything is well, and say what to do where it is not.

    Nothing is changed. Exit code 1 if something is wrong.
    """
    checks = list(_checks(call))
    wrong = sum(not check.ok for check in checks)
    if as_json:
        write_array(
            {"check": check.check, "ok": check.ok, "detail": check.detail, "remedy": check.remedy} for check in checks
        )
        return WRONG if wrong else 0
    for check in checks:
        click.echo(f"{'ok   ' if check.ok else 'WRONG'}  {check.check:{_NAME_WIDTH}}  {visible(check.detail)}")
        if check.remedy is not None:
            click.echo(f"{'':{_NAME_WIDTH + 9}}{visible(check.remedy)}")
    click.echo(f"\n{wrong} of {len(checks)} checks found something wrong" if wrong else "\nEverything is in order")
    return WRONG if wrong else 0


def _checks(call: Call) -> Iterator[Check]:
    yield from check_programs()
    yield from check_folders(call.home, call.services.environ)
    floor = float(parse(OPTIONS["disk-floor"], OPTIONS["disk-floor"].default))
    try:
        kind = identify(call.home)
        if kind is Kind.CURRENT:
            store = _opened(call.home)
            with store.connected():
                health = examine(store.database)
                floor = float(store.options.values()["disk-floor"])
                yield from check_database(health, call.home)
                yield from _runner_checks(call, store, health)
        else:
            remedy = None if kind is Kind.NONE else _FIRST_COMMAND
            yield Check("database", True, f"{call.home.database}: {kind.value}", remedy)
    except KnownError as error:
        yield Check("database", False, str(error), None if error.remedy is None else str(error.remedy))
    yield check_space(call.home, floor)


def _opened(home: Home) -> Store:
    """Return the store of a home whose database is there already, without making anything."""
    return Store(home)


def _runner_checks(call: Call, store: Store, health: Health) -> Iterator[Check]:
    runner = RunnerLink(store, call.services.waiting).living()
    if runner is None:
        row = store.runner.row()
        gone = "" if row.state is RunnerState.STOPPED else f"; the last one (PID: {row.pid}) died without a word"
        start = "Start one with: queuectl worker start"
        waiting = f"; {health.waiting} job(s) wait" if health.waiting else ""
        yield Check("runner", True, f"none is running{gone}{waiting}", start if health.waiting else None)
        if health.processing:
            detail = f"{health.processing} job(s) are marked processing, but no runner lives"
            yield Check("processing", False, detail, "The next runner puts them back: queuectl worker start")
        return
    yield _check_runner(call, runner, None if health.unanswered is None else store.clock() - health.unanswered)
    if health.runless:
        detail = f"{health.runless} job(s) are marked processing without a run"
        yield Check("processing", False, detail, "Restart the runner: queuectl worker stop, then worker start")
    else:
        yield Check("processing", True, f"{health.processing} job(s), each with its run")


def _check_runner(call: Call, runner: RunnerRow, silent: int | None) -> Check:
    restart = "Restart it: queuectl worker stop, then queuectl worker start"
    who = f"PID {runner.pid}, version {runner.version}, {runner.state}, {runner.slots} worker(s)"
    if runner.pid is None or not call.services.process_lives(runner.pid, runner.pid_created):
        remedy = f"Find out who holds {call.home.runner_lock}, and end it."
        return Check("runner", False, f"its lock is held, but not by the process that it names ({who})", remedy)
    if silent is not None and silent > PATIENCE * 1000:
        remedy = f"If it hangs, end process {runner.pid}; its log in {call.home.logs} may say why."
        return Check("runner", False, f"has not answered for {silent // 1000} s ({who})", remedy)
    if runner.version != __version__:
        return Check("runner", False, f"is of another version than this program, {__version__} ({who})", restart)
    return Check("runner", True, who)
