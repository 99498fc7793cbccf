"""``queuectl edit``: changing what a job runs and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from app.cli.arguments import complete_ids, storable
from app.cli.job_options import WithArgv, calling_folder, given_fields, job_options
from app.cli.services import Call
from app.domain.errors import InvalidJob
from app.domain.job import Defaults, JobSpec
from app.domain.job_edit import edited
from app.domain.json_object import read_object
from app.domain.visible_text import visible
from app.messages import KnownError


class NotEdited(KnownError):
    """Nothing was changed; says why."""

    def __init__(self, id: str, why: InvalidJob) -> None:
        reason = f"{why.field} {why}" if why.field else str(why)
        super().__init__("Failed to edit job '{id}': {reason}", id=id, reason=reason, remedy=why.remedy)


@click.command(
    cls=WithArgv,
    epilog="\b\nExamples:\n"
    "  queuectl edit job1 --timeout 60 --priority 9\n"
    "  queuectl edit job1 --command 'echo Hello again' --env LANG=C\n"
    '  queuectl edit job1 --json \'{"timeout": 60, "shell": null}\'\n'
    "  queuectl edit job1 -- rsync -a photos/ /backup",
)
@click.argument("id", metavar="ID [-- ARGV...]", callback=storable, shell_complete=complete_ids)
@job_options
@click.option("--cwd", metavar="FOLDER", help="Where to run.")
@click.option("--unset", multiple=True, metavar="NAME", help="Take a variable away; can be repeated.")
@click.option("--json", "document", metavar="JSON", help="Fields as an object; null = as a new job has it.")
@click.pass_context
def edit(context: click.Context, /, id: str, unset: tuple[str, ...], document: str | None, **options: Any) -> None:
    """Change a job that waits, is dead or was cancelled.

    What is not named stays as it is, the other variables of --env too. A command takes the place of an argv.
    """
    call: Call = context.obj
    fields = given_fields(context, options)
    if not fields and not unset and document is None:
        raise click.UsageError("Say what to change.")
    if "command" in fields and "argv" in fields:
        raise click.UsageError("Give --command or -- ARGV, not both.")
    try:
        # an option wins over the document; a document's env is all there is, an option's comes on top
        more = fields.pop("env", {})
        fields = (read_object(document) if document is not None else {}) | fields
        with call.store() as store:
            job = store.reads.by_id(id)
            change = _Change(fields, more, unset, store.options.defaults(), calling_folder())
            store.changes.edit(job.seq, change)
    except InvalidJob as error:
        raise NotEdited(id, error) from error
    click.echo(f"Job '{visible(id)}' edited")


class _Change:
    """Makes the new spec from the one that is there when nobody else can change it any more."""

    def __init__(
        self, fields: dict[str, object], more: dict[str, str], unset: Sequence[str], defaults: Defaults, folder: str
    ) -> None:
        self._fields = fields
        self._more = more
        self._unset = unset
        self._defaults = defaults
        self._folder = folder

    def __call__(self, spec: JobSpec) -> JobSpec:
        fields = dict(self._fields)
        if self._more or self._unset:
            env = fields.get("env", spec.env)
            if env is None or isinstance(env, dict):
                fields["env"] = {
                    name: value for name, value in ((env or {}) | self._more).items() if name not in self._unset
                }
        return edited(spec, fields, self._defaults, self._folder)
