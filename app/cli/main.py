"""The front door of ``queuectl``: finds the command, and turns every way it can end into words and an exit code.

Each command's module is imported when that command is called, and no other: ``enqueue`` is started thousands of times.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress

import click

from app import __version__
from app.cli.services import Call, Services
from app.cli.streams import (
    forget_stdout,
    is_broken_pipe,
    is_of_a_stream,
    make_usable,
    only_reads,
    say,
    tell_what_is_lost,
)
from app.domain.visible_text import visible
from app.messages import KnownError
from app.paths import find_home

DONE, REFUSED, INTERRUPTED = 0, 1, 130
"""Exit codes; wrong usage has click's own, 2."""

COMMANDS = (
    *("enqueue", "worker", "status", "list", "show", "logs", "why", "events", "wait", "edit", "run-next", "retry"),
    *("cancel", "dequeue", "clear", "prune", "undo", "pause", "resume", "dlq", "config", "export", "import"),
    *("backup", "restore", "doctor", "completion"),
)


def main(argv: Sequence[str], services: Services) -> int:
    """Carry out one command and return its exit code: 0 done, 1 refused or failed, 2 wrong usage, 130 Ctrl+C.

    Args:
        argv: the arguments after the program's name.
        services: what the command line may not import itself.
    """
    make_usable()
    one = _One(argv, services)
    try:
        one.code = one.carry_out()
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        # only stdout's come through here; whoever read had enough, or there is no room for what was to be shown
        forget_stdout()
        tell_what_is_lost(error)
        if is_broken_pipe(error):
            return one.code
        return max(one.code, REFUSED if only_reads(tuple(argv), one.command) else DONE)
    return one.code


class _One:
    """One command that is carried out.

    Attributes:
        code: the exit code of its work, as far as it has come.
        command: its name, once it is known.
    """

    def __init__(self, argv: Sequence[str], services: Services) -> None:
        self._argv = argv
        self._services = services
        self.code = DONE
        self.command: str | None = None

    def carry_out(self) -> int:
        """Do what was asked and return the exit code.

        Raises:
            OSError: stdout can't be written.
            KeyboardInterrupt: Ctrl+C.
        """
        try:
            return self._do()
        except click.exceptions.Exit as end:
            return end.exit_code
        except click.Abort:
            say("Aborted")
            return REFUSED
        except click.ClickException as error:
            _tell_wrong_usage(error)
            return error.exit_code
        except KnownError as error:
            say(visible(str(error)))
            if error.remedy is not None:
                say(visible(str(error.remedy)))
            return REFUSED
        except OSError as error:
            if is_broken_pipe(error) or is_of_a_stream(error):
                raise
            _report_bug(error)
            return REFUSED
        except Exception as error:  # noqa: BLE001  the one door behind which there are only bugs
            _report_bug(error)
            return REFUSED

    def _do(self) -> int:
        asked = self._services.environ.get("_QUEUECTL_COMPLETE")
        if asked:
            from app.cli import completion

            return completion.answer(queuectl, self._services, asked)
        # not click's own main(): it would exit on a broken pipe, and take Ctrl+C for an answer to a question
        with queuectl.make_context("queuectl", list(self._argv), obj=self._services) as context:
            try:
                return queuectl.invoke(context) or DONE
            finally:
                self.command = context.invoked_subcommand


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
        case "backup" | "restore":
            from app.cli import backup

            return backup.COMMANDS[name]
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
    if home is not None and not home.strip():
        raise click.BadParameter("name a folder.", param_hint="--home")
    place = find_home(home, services.environ, services.executable, frozen=services.frozen)
    context.obj = Call(services, place)


def _tell_wrong_usage(error: click.ClickException) -> None:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        with suppress(OSError):
            error.show()  # the whole help
        return
    say(f"Error: {visible(error.format_message())}")
    if isinstance(error, click.UsageError) and error.ctx is not None:
        say(f"Try '{error.ctx.command_path} --help'.")


def _report_bug(error: Exception) -> None:
    import traceback

    say(f"This is a bug in QueueCTL: {type(error).__name__}: {visible(str(error))}")
    trace = "".join(traceback.format_exception(error))
    say("\n".join(map(visible, trace.splitlines())))
