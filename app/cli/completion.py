"""``queuectl completion``: scripts that let a shell complete commands, options and ids, and what these ask."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice

import click
from click.shell_completion import CompletionItem, ShellComplete, add_completion_class, get_completion_class

from app.cli.services import Call, Services
from app.messages import KnownError
from app.paths import find_home
from app.store.health import Kind, identify
from app.store.views import Filter

VARIABLE = "_QUEUECTL_COMPLETE"
"""Says to a call that a shell asks; click's scripts set it."""

PROGRAM = "queuectl"
SHELLS = ("bash", "zsh", "fish", "powershell")

_MOST_IDS = 50

_POWERSHELL = """\
Register-ArgumentCompleter -Native -CommandName %(prog_name)s -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = $commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object {
        if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value }
        else { $_.Extent.Text }
    }
    $before = $env:%(complete_var)s, $env:COMP_WORDS, $env:COMP_CWORD
    $env:%(complete_var)s = 'powershell_complete'
    $env:COMP_WORDS = $words -join "`n"
    $env:COMP_CWORD = "$wordToComplete"
    try {
        & %(prog_name)s 2>$null | ForEach-Object {
            $kind, $value, $help = $_ -split "`t", 3
            if ($kind -eq 'plain' -and $value) {
                $text = $value
                if ($value -notmatch '^[\\w./:-]+$') { $text = "'" + $value.Replace("'", "''") + "'" }
                if (-not $help) { $help = $value }
                [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $help)
            }
        }
    } finally {
        $env:%(complete_var)s, $env:COMP_WORDS, $env:COMP_CWORD = $before
    }
}
"""
"""Click's own splits the line as a Unix shell does, and so loses the backslashes of Windows' paths."""


class _PowerShell(ShellComplete):
    """Windows PowerShell 5.1 and PowerShell 7; the words come a line each, the answers too."""

    name = "powershell"
    source_template = _POWERSHELL

    def get_completion_args(self) -> tuple[list[str], str]:
        words = os.environ.get("COMP_WORDS", "").split("\n")
        return words[1:], os.environ.get("COMP_CWORD", "").strip("'\"")

    def format_completion(self, item: CompletionItem[str]) -> str:
        return "\t".join((item.type, item.value, (item.help or "").replace("\n", " ")))


add_completion_class(_PowerShell)


@click.command(
    epilog="\b\nExamples:\n"
    '  eval "$(queuectl completion bash)"\n'
    '  eval "$(queuectl completion zsh)"\n'
    "  queuectl completion fish > ~/.config/fish/completions/queuectl.fish\n"
    "  queuectl completion powershell | Out-String | Invoke-Expression"
)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a script that completes commands, options and ids.

    Put the line of your shell into its start-up file: ~/.bashrc, ~/.zshrc or $PROFILE; for fish it is run once.
    """
    click.echo(_completer(context.find_root().command, {}, shell).source().rstrip("\n"))


def answer(program: click.Command, services: Services, instruction: str) -> int:
    """Answer a shell that asks what a word can become; return the exit code.

    Args:
        program: the command ``queuectl``.
        services: for looking up ids.
        instruction: what ``VARIABLE`` holds, such as ``bash_complete``.
    """
    shell, _, what = instruction.partition("_")
    if (
        shell not in SHELLS
        or what not in {"complete", "source"}
        or not {"COMP_WORDS", "COMP_CWORD"} <= os.environ.keys()
    ):
        return 1
    completer = _completer(program, {"obj": services}, shell)
    click.echo((completer.source() if what == "source" else completer.complete()).encode())
    return 0


def ids_beginning_with(ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
    """Return the newest jobs whose ids begin so, with their states; none where the queue can't be read.

    A shell asks at each press of a key, so nothing is made, upgraded or told.
    """
    root = ctx.find_root()
    services = root.obj
    if not isinstance(services, Services):
        return []
    try:
        home = find_home(root.params.get("home"), services.environ, services.executable, frozen=services.frozen)
        if identify(home) is not Kind.CURRENT:
            return []
        return list(islice(_ids(Call(services, home), incomplete), _MOST_IDS))
    except KnownError:
        return []


def _ids(call: Call, beginning: str) -> Iterator[CompletionItem[str]]:
    with call.store() as store:
        for job in store.reads.newest_first(Filter(text=beginning), 10 * _MOST_IDS):
            if job.id.startswith(beginning) and job.id.isprintable():
                yield CompletionItem(job.id, help=job.state.value)


def _completer(program: click.Command, context: dict[str, object], shell: str) -> ShellComplete:
    found = get_completion_class(shell)
    if found is None:  # all of them are click's but one, which is registered above
        raise LookupError(shell)
    return found(program, context, PROGRAM, VARIABLE)
