"""``queuectl backup`` and ``queuectl restore``: a copy of the queue, and the way back to one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from app.cli.runner_link import RunnerLink
from app.cli.services import Call
from app.cli.table import Column, write_table
from app.domain.errors import RunnerAlive
from app.domain.visible_text import visible
from app.locks import ProcessLock
from app.messages import message
from app.paths import Home
from app.store.backup_names import BY_HAND, backup_name
from app.store.backups import Backup, backups, copy_to
from app.store.opening import wall_clock
from app.store.recovery import is_sound, recover
from app.store.runner_store import Ask

_FILE = click.Path(dir_okay=False, path_type=Path)
_KILO = 1024
_FOR = {"daily": "day by day", BY_HAND: "by hand"}


class RunnerInTheWay(RunnerAlive):
    """A runner works on the queue that is to be replaced."""

    def __init__(self, pid: int | None) -> None:
        super().__init__(pid)
        self.remedy = message("Stop it first: queuectl worker stop, or call again with --stop.")


@click.command(epilog="\b\nExamples:\n  queuectl backup\n  queuectl backup queue.db")
@click.argument("file", type=_FILE, required=False)
@click.pass_obj
def backup(call: Call, file: Path | None) -> None:
    """Copy the queue into FILE, or into its folder backups; jobs go on meanwhile.

    Outputs of jobs are not in it.
    """
    with call.store() as store:
        target = store.home.backups / backup_name(store.clock(), BY_HAND) if file is None else Path(file).absolute()
        copy_to(store.home, target)
    click.echo(f"Backed up to {visible(str(target))}")


@click.command(epilog="\b\nExamples:\n  queuectl restore\n  queuectl restore queue.db --yes")
@click.argument("file", type=_FILE, required=False)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--stop", is_flag=True, help="Stop the runner first; what runs is put back into the queue.")
@click.pass_obj
def restore(call: Call, file: Path | None, yes: bool, stop: bool) -> None:
    """List the backups, and bring the queue back from FILE or the newest good one.

    What stands there now is put aside, not deleted. Of a damaged queue all that can still be read is kept. Jobs that
    may have run since the backup wait in the dead letters.
    """
    home = call.home
    home.make()
    _list(home)
    lock = ProcessLock(home.runner_lock, call.services.waiting.sleep)
    if not lock.take():
        _stop_runner(call, lock, stop=stop)
    try:
        if not yes:
            what = "sound" if is_sound(home) else "damaged or gone"
            source = "the newest good backup" if file is None else visible(str(file))
            click.confirm(f"The queue is {what}. Put it aside, and bring it back from {source}?", abort=True, err=True)
        report = recover(home, wall_clock(), None if file is None else file.absolute())
    finally:
        lock.release()
    for line in report.told():
        click.echo(visible(str(line)))


def _list(home: Home) -> None:
    write_table(
        [
            Column(
                "Made", 19, lambda one: f"{datetime.fromtimestamp(one.at / 1000, UTC).astimezone():%Y-%m-%d %H:%M:%S}"
            ),
            Column("For", 12, lambda one: _FOR.get(one.label, f"upgrade from {one.label}")),
            Column("KiB", 9, lambda one: f"{one.size // _KILO:,}"),
            Column("File", 8, _file),
        ],
        backups(home),
    )


def _file(one: Backup) -> str:
    return visible(str(one.path))


def _stop_runner(call: Call, lock: ProcessLock, *, stop: bool) -> None:
    """Stop the runner and take its lock.

    Raises:
        RunnerInTheWay: that is not wanted, or another came.
        KnownError: it can't be asked.
    """
    with call.store() as store:
        link = RunnerLink(store, call.services.waiting)
        runner = link.living()
        if not stop:
            raise RunnerInTheWay(None if runner is None else runner.pid)
        store.runner.want(False)
        if runner is not None and link.ask(Ask.STOP_NOW) is not None:
            link.wait_until_gone()
        if not lock.take():
            raise RunnerInTheWay(store.runner.row().pid)
    click.echo("The runner was stopped; start it again with: queuectl worker start", err=True)


COMMANDS = {"backup": backup, "restore": restore}
