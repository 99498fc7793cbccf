"""The front door of ``queuectl``: finds the command, and turns every way it can end into words and an exit code.

Each command's module is imported when that command is called, and no other: ``enqueue`` is started thousands of times.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from app import __version__
from app.cli.services import Call, Services
from app.cli.text import visible
from app.messages import KnownError
from app.paths import find_home

DONE, REFUSED, INTERRUPTED = 0, 1, 130
"""Exit codes; wrong usage has click's own, 2."""

COMMANDS = (
    *("enqueue", "worker", "status", "list", "show", "logs", "why", "events", "wait", "edit", "run-next", "retry"),
    *("cancel", "dequeue", "clear", "prune", "undo", "pause", "resume", "dlq", "config", "export", "import"),
    *("doctor", "completion"),
)


def main(argv: Sequence[str], services: Services) -> int:
    """Carry out one command and return its exit code: 0 done, 1 refused or failed, 2 wrong usage, 130 Ctrl+C.

    Args:
        argv: the arguments after the program's name.
        services: what the command line may not import itself.
    """
    _let_every_character_pass()
    try:
        code = _carry_out(argv, services)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read had enough, as `head` has; what was to be done is done. Python would flush again at its end.
        _forget_stdout()
        return DONE
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _carry_out(argv: Sequence[str], services: Services) -> int:
    try:
        asked = services.environ.get("_QUEUECTL_COMPLETE")
        if asked:
            from app.cli import completion

            return completion.answer(queuectl, services, asked)
        # not click's own main(): it would exit on a broken pipe, and take Ctrl+C for an answer to a question
        with queuectl.make_context("queuectl", list(argv), obj=services) as context:
            return queuectl.invoke(context) or DONE
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.Abort:
        click.echo("Aborted", err=True)
        return REFUSED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except KnownError as error:
        click.echo(visible(str(error)), err=True)
        if error.remedy is not None:
            click.echo(visible(str(error.remedy)), err=True)
        return REFUSED
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001  the one door behind which there are only bugs
        _report_bug(error)
        return REFUSED


class _Commands(click.Group):
    """The commands, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            # click looks in here for a name that is near
            self.commands = {name: _load(name) for name in COMMANDS}
            return None
        return _load(cmd_name)


def _load(name: str) -> click.Command:
    """Import the module of a command. Spelled out, so that mypy, the floor test and PyInstaller see the imports."""
    match name:
        case "enqueue":
            from app.cli.enqueue import enqueue

            return enqueue
        case "worker":
            from app.cli.worker import worker

            return worker
        case "status" | "list" | "show":
            from app.cli import look

            return look.COMMANDS[name]
        case "logs":
            from app.cli.logs import logs

            return logs
        case "why" | "events":
            from app.cli import history

            return history.COMMANDS[name]
        case "wait":
            from app.cli.wait import wait

            return wait
        case "edit":
            from app.cli.edit import edit

            return edit
        case "prune":
            from app.cli.prune import prune

            return prune
        case _:
            return _load_rarer(name)


def _load_rarer(name: str) -> click.Command:
    match name:
        case "dlq":
            from app.cli.dead_letters import dlq

            return dlq
        case "config":
            from app.cli.config import config

            return config
        case "export" | "import":
            from app.cli import transfer

            return transfer.COMMANDS[name]
        case "doctor":
            from app.cli.doctor import doctor

            return doctor
        case "completion":
            from app.cli.completion import completion

            return completion
    from app.cli import change

    return change.COMMANDS[name]


@click.command(
    "queuectl",
    cls=_Commands,
    epilog="\b\nExample:\n  queuectl enqueue --id hello --command 'echo Hello'\n  queuectl worker start --count 2\n"
    "  queuectl show hello",
)
@click.option("--home", metavar="FOLDER", help="The folder of the queue, instead of QUEUECTL_HOME or ~/.queuectl.")
@click.version_option(__version__, prog_name="queuectl")
@click.pass_context
def queuectl(context: click.Context, home: str | None) -> None:
    """A job queue: shell jobs run in the background, in order of priority, each with a timeout and retries.

    A job that has used up all its tries waits in the dead letter queue (dlq) until you decide.
    """
    services: Services = context.obj
    place = find_home(home, services.environ, services.executable, frozen=services.frozen)
    context.obj = Call(services, place)


def _report_bug(error: Exception) -> None:
    import traceback

    click.echo(f"This is a bug in QueueCTL: {type(error).__name__}: {visible(str(error))}", err=True)
    trace = "".join(traceback.format_exception(error))
    click.echo("\n".join(map(visible, trace.splitlines())), err=True)


def _let_every_character_pass() -> None:
    """Let a code page spell out what it lacks, where it would raise an error in the middle of a table."""
    for stream in (sys.stdout, sys.stderr):
        # a windowed program on Windows has no streams, and a test may have put anything in their place
        if hasattr(stream, "reconfigure") and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def _forget_stdout() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
