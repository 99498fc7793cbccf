"""The forms of ``--json``: contract.md fixes every key. Data alone goes to stdout.

It is written in ASCII, everything else escaped: so it survives every code page, and no terminal obeys what it holds.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable

from app.cli.times import plain, utc
from app.domain.job import Event, Job, Run

Form = dict[str, object]


def job_form(job: Job) -> Form:
    """Return a job as ``list`` gives it."""
    spec = job.spec
    return {
        "seq": job.seq,
        "id": job.id,
        "command": spec.command,
        "argv": spec.argv,
        "shell": spec.shell,
        "state": job.state.value,
        "attempts": job.attempts,
        "max_retries": spec.max_retries,
        "run": job.run,
        "priority": spec.priority,
        "waited": job.waited,
        "effective": job.effective,
        "timeout": plain(spec.timeout),
        "backoff_base": plain(spec.backoff_base),
        "cwd": spec.cwd,
        "env_names": sorted(spec.env),
        "success_codes": spec.success_codes,
        "on_interrupt": spec.on_interrupt.value,
        "leftovers": spec.leftovers.value,
        "created_at": utc(job.created_at),
        "updated_at": utc(job.updated_at),
        "started_at": utc(job.started_at),
        "finished_at": utc(job.finished_at),
        "next_retry_at": utc(job.next_retry_at),
        "duration": plain(job.duration),
        "exit_code": job.exit_code,
        "error": job.error,
    }


def run_form(run: Run) -> Form:
    """Return one run of a job as ``show`` gives it."""
    ended = run.started_at is not None and run.finished_at is not None
    return {
        "run": run.run,
        "started_at": utc(run.started_at),
        "finished_at": utc(run.finished_at),
        "duration": plain(max(0, (run.finished_at or 0) - (run.started_at or 0)) / 1000) if ended else None,
        "outcome": run.outcome,
        "exit_code": run.exit_code,
        "reason": run.reason,
        "left_behind": run.left_behind,
        "output_bytes": run.output_bytes,
        "freed_by": run.freed_by,
    }


def event_form(event: Event) -> Form:
    """Return one transition of a job as ``show`` gives it."""
    return {
        "at": utc(event.at),
        "run": event.run,
        "from_state": None if event.from_state is None else event.from_state.value,
        "to_state": event.to_state.value,
        "cause": event.cause,
    }


def write_one(form: Form) -> None:
    """Write one object to stdout, for people's eyes too."""
    sys.stdout.write(json.dumps(form, indent=2) + "\n")


def write_array(forms: Iterable[Form]) -> None:
    """Write an array to stdout, a line an item, as the items come; ``[]`` when there are none."""
    write = sys.stdout.write
    before = "["
    for form in forms:
        write(f"{before}\n{json.dumps(form)}")
        before = ","
    write("[]\n" if before == "[" else "\n]\n")
