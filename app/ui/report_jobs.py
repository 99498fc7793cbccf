"""What a report says of single jobs: numbers and times, and beyond that only what the person ticked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from app.domain.errors import JobNotFound
from app.domain.job import Job, Millis, Run, State
from app.domain.masks import looks_secret, mask_env, mask_secrets, mask_words
from app.domain.outcome import Word
from app.store.job_queries import Details
from app.store.store import Store
from app.store.views import Filter
from app.ui.output_source import OutputSource

MOST: Final = 200
"""So many jobs at most are told of."""

Progress = Callable[[int, int], None]
"""Is told how many of how many are done."""

_FAILED: Final = frozenset({State.FAILED, State.DEAD})


class JobWish(Struct, frozen=True, kw_only=True):
    """What of which jobs the person wants to pass on.

    Attributes:
        commands: with ids, folders and file names.
        outputs: the ends of what the last runs wrote, and errors, which quote them.
        environment: the variables of the jobs; values that look secret stay masked.
        newest: how many jobs.
        failed_only: those that are dead or wait for a retry, else any.
    """

    commands: bool = False
    outputs: bool = False
    environment: bool = False
    newest: int = 20
    failed_only: bool = True

    @property
    def wants_any(self) -> bool:
        """Whether single jobs are told of at all."""
        return self.commands or self.outputs or self.environment


def job_texts(store: Store, wish: JobWish, progress: Progress) -> Iterator[tuple[str, str]]:
    """Yield the files of a report that tell of single jobs: (name, text).

    Raises:
        StoreError: the database can't be read.
    """
    states = _FAILED if wish.failed_only else frozenset[State]()
    jobs = list(store.reads.newest_first(Filter(states=states), min(wish.newest, MOST)))
    hidden = _hidden_values(jobs, wish)
    told: list[dict[str, object]] = []
    for count, job in enumerate(jobs):
        progress(count, len(jobs))
        try:
            details = store.reads.details(job.seq)
        except JobNotFound:  # removed meanwhile
            continue
        told.append(_about(details, wish, hidden))
        if wish.outputs and (text := _output(store, details)):
            yield f"outputs/job-{job.seq}-run-{job.run}.txt", mask_secrets(text, hidden)
    yield "jobs.json", json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _about(details: Details, wish: JobWish, hidden: set[str]) -> dict[str, object]:
    job, spec = details.job, details.job.spec
    about: dict[str, object] = {"seq": job.seq}
    if wish.commands:
        about["id"] = job.id
        about["command"] = None if spec.command is None else mask_secrets(spec.command, hidden)
        about["argv"] = None if spec.argv is None else mask_words(spec.argv, hidden)
        about["cwd"] = spec.cwd
    if wish.environment:
        about["env"] = mask_env(spec.env)
    about |= {
        "state": job.state,
        "attempts": job.attempts,
        "max_retries": spec.max_retries,
        "priority": spec.priority,
        "waited": job.waited,
        "timeout": spec.timeout,
        "backoff_base": spec.backoff_base,
        "shell": spec.shell,
        "success_codes": spec.success_codes,
        "leftovers": spec.leftovers,
        "on_interrupt": spec.on_interrupt,
        "interruptions": job.interruptions,
        "created_at": _moment(job.created_at),
        "next_retry_at": _moment(job.next_retry_at),
        "runs": [_about_run(run, wish, hidden) for run in details.runs],
        "events": [
            {"at": _moment(event.at), "run": event.run, "from": event.from_state, "to": event.to_state}
            for event in details.events
        ],
    }
    if job.error is not None and _may_tell(details.runs[-1:], wish):
        about["error"] = mask_secrets(job.error, hidden)
    return about


def _about_run(run: Run, wish: JobWish, hidden: set[str]) -> dict[str, object]:
    about: dict[str, object] = {
        "run": run.run,
        "claimed_at": _moment(run.claimed_at),
        "started_at": _moment(run.started_at),
        "finished_at": _moment(run.finished_at),
        "outcome": run.outcome,
        "exit_code": run.exit_code,
        "output_bytes": run.output_bytes,
    }
    if run.reason is not None and _may_tell([run], wish):
        about["reason"] = mask_secrets(run.reason, hidden)
    if run.left_behind is not None and wish.commands:
        about["left_behind"] = run.left_behind
    return about


def _may_tell(runs: Iterable[Run], wish: JobWish) -> bool:
    """Whether an error may go in: it quotes an output, and where nothing was started the folder or the program."""
    return wish.outputs and (wish.commands or all(run.outcome != Word.NOT_STARTED for run in runs))


def _hidden_values(jobs: Iterable[Job], wish: JobWish) -> set[str]:
    """Return the values of variables that may stand nowhere, whatever prints them."""
    return {value for job in jobs for name, value in job.spec.env.items() if not wish.environment or looks_secret(name)}


def _output(store: Store, details: Details) -> str:
    """Return the end of what the last run wrote, as text without colours; what the row kept where the file is gone."""
    try:
        piece = OutputSource(store.outputs.path(details.job.seq, details.job.run)).last()
    except OSError:
        return (details.runs[-1].tail if details.runs else None) or ""
    return "".join(text for text, _ in piece.spans)


def _moment(at: Millis | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
