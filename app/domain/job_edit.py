"""Changing a job that exists: what is named changes, what is not named stays as it is, however odd it may be."""

from __future__ import annotations

import os
from collections.abc import Mapping

from msgspec import structs

from app.domain.errors import InvalidJob
from app.domain.job import Defaults, JobSpec, complete
from app.domain.job_rules import draft_from_fields
from app.messages import message

_OTHER_NAMES = {"max_attempts": "max_retries"}


def edited(
    spec: JobSpec, fields: Mapping[str, object], defaults: Defaults, folder: str, platform: str = os.name
) -> JobSpec:
    """Return the spec with some fields changed.

    Only the named fields are checked: an odd old value, such as the priority 99 of a 1.0 job, stays until it is changed
    itself. A command takes the place of an argv, and the other way round.

    Args:
        spec: what is stored now.
        fields: the new values; None stands for what a new job gets where it says nothing.
        defaults: the options' values.
        folder: absolute; what a relative ``cwd`` is relative to.
        platform: ``os.name`` of where the job will run.

    Raises:
        InvalidJob: names the first field that is wrong.
    """
    if "id" in fields:
        raise InvalidJob("id", "is never changed", remedy=message("Enqueue the job anew under another id."))
    given = {name: value for name, value in fields.items() if value is not None}
    what_runs = {name for name in ("command", "argv") if fields.get(name) is not None}
    # whoever names no command is checked as if a good one stood there: so fields that exclude each other are found
    context = {} if what_runs else {"command": "-"} if spec.argv is None else {"argv": ("-",)}
    draft = draft_from_fields({**context, **given}, platform)
    new = complete(draft, defaults, folder).spec
    names = {_OTHER_NAMES.get(name, name) for name in fields} - {"command", "argv"}
    if what_runs:
        names |= {"command", "argv"}
        if "argv" in what_runs:
            names.add("shell")
    return structs.replace(spec, **{name: getattr(new, name) for name in names})
