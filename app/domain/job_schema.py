"""What a job file looks like: its JSON Schema, and a stored job written as one."""

from __future__ import annotations

from typing import Any

from app.domain.job import JobDraft, JobSpec
from app.domain.job_rules import RESERVED

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a whole job file, for editors that check while one writes.

    It is made from ``JobDraft``, plus those rules of ``job_rules`` that a schema can express; the reader is
    stricter (sizes in bytes, repeated names).
    """
    # a schema is made by packaging only, so no command pays for this import
    from msgspec.json import schema_components

    _, parts = schema_components((JobDraft,), ref_template="#/$defs/{name}")
    job = parts.pop("JobDraft")
    job["title"] = "Job"
    job["description"] = "One job. It has a command or an argv; everything else may be left out."
    del job["required"]
    job |= {
        "oneOf": [{"required": ["command"]}, {"required": ["argv"]}],
        "dependentRequired": {"shell": ["command"]},
        "not": {"required": ["max_retries", "max_attempts"]},
    }
    fields = job["properties"]
    fields["id"]["pattern"] = r"^[^\s\x00-\x1f](.*[^\s\x00-\x1f])?$"
    fields["command"]["pattern"] = fields["cwd"]["pattern"] = r"\S"
    fields["argv"]["prefixItems"] = [{"type": "string", "pattern": r"\S"}]
    fields["env"]["propertyNames"] = {"pattern": "^[^=]+$", "not": {"enum": sorted(RESERVED)}}
    jobs = {"type": "array", "items": {"$ref": "#/$defs/Job"}, "minItems": 1}
    return {
        "$schema": _DIALECT,
        "$id": "urn:queuectl:job-file:2",
        "title": "QueueCTL job file",
        "description": "One job, a list of jobs, or an object with the list as its only field, jobs. "
        "In JSON Lines each line is one job: check each line by itself.",
        "oneOf": [
            {"$ref": "#/$defs/Job"},
            jobs,
            {
                "type": "object",
                "properties": {"jobs": jobs},
                "required": ["jobs"],
                "additionalProperties": False,
            },
        ],
        "$defs": {"Job": job, **parts},
    }


def to_file_form(name: str, spec: JobSpec) -> dict[str, object]:
    """Return a stored job as a job file would give it: only fields that hold something, whole seconds without .0.

    Args:
        name: the job's id.
        spec: what is stored of it.
    """
    fields: dict[str, object] = {
        "id": name,
        "command": spec.command,
        "argv": None if spec.argv is None else list(spec.argv),
        "shell": spec.shell,
        "cwd": spec.cwd,
        "env": dict(spec.env) or None,
        "timeout": _plain(spec.timeout),
        "max_retries": spec.max_retries,
        "backoff_base": _plain(spec.backoff_base),
        "priority": spec.priority,
        "success_codes": list(spec.success_codes),
        "leftovers": spec.leftovers.value,
        "on_interrupt": spec.on_interrupt.value,
    }
    return {field: value for field, value in fields.items() if value is not None}


def _plain(seconds: float) -> float:
    return int(seconds) if seconds == int(seconds) else seconds
