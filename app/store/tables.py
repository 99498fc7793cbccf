"""The tables as peewee's builder sees them, and the way from a row to a value. The DDL is the migrations' business."""

from __future__ import annotations

from typing import Any

import msgspec
from peewee import Table

from app.domain.job import Event, Job, JobSpec, Leftovers, OnInterrupt, Run, State
from app.store.database import Row
from app.store.errors import UnreadableJob

SPEC_COLUMNS = (
    "command",
    "argv",
    "shell",
    "cwd",
    "env",
    "timeout",
    "max_retries",
    "backoff_base",
    "priority",
    "success_codes",
    "leftovers",
    "on_interrupt",
)

WAITED = "CASE WHEN ready_arrival IS NULL THEN waited ELSE (SELECT arrivals FROM queue) - ready_arrival END AS waited"
"""What a job has waited as of now."""

ENDED_BEFORE = "coalesce(finished_at, updated_at) < ?"
"""Of a finished job. One that was restored has no end of its own; it counts from when it came."""

STATES = frozenset(str(state) for state in State)
"""The words of states in all tables; that of a job is checked by SQLite, those of an event are not."""

_STATUS_COLUMNS = (
    "attempts",
    "run",
    WAITED,
    "interruptions",
    "expedited",
    "claimable",
    "cancel_requested",
    "error",
    "error_key",
    "seen",
    "created_at",
    "updated_at",
    "started_at",
    "finished_at",
    "next_retry_at",
    "retry_delay",
    "exit_code",
)

JOB_COLUMNS = ", ".join(("seq", "id", "state", *SPEC_COLUMNS, *_STATUS_COLUMNS))
"""The select list that ``job_from_row`` reads."""

RUN_COLUMNS = ", ".join(Run.__struct_fields__)

JOB = Table("job")
RUN = Table("run")
EVENT = Table("event")
OPTION = Table("option")

_decode_argv = msgspec.json.Decoder(tuple[str, ...]).decode
_decode_env = msgspec.json.Decoder(dict[str, str]).decode
_decode_codes = msgspec.json.Decoder(tuple[int, ...]).decode


def spec_values(spec: JobSpec) -> tuple[Any, ...]:
    """Return a spec as values for SPEC_COLUMNS."""
    return (
        spec.command,
        None if spec.argv is None else msgspec.json.encode(spec.argv).decode(),
        spec.shell,
        spec.cwd,
        msgspec.json.encode(spec.env).decode() if spec.env else "{}",
        spec.timeout,
        spec.max_retries,
        spec.backoff_base,
        spec.priority,
        "[0]" if spec.success_codes == (0,) else msgspec.json.encode(spec.success_codes).decode(),
        spec.leftovers.value,
        spec.on_interrupt.value,
    )


def _decoded(argv: str | None, env: str, codes: str) -> tuple[tuple[str, ...] | None, dict[str, str], tuple[int, ...]]:
    return (
        None if argv is None else _decode_argv(argv),
        {} if env == "{}" else _decode_env(env),
        (0,) if codes == "[0]" else _decode_codes(codes),
    )


def why_unreadable(argv: Any, env: Any, codes: Any) -> str:
    """Return why cells of a job's row, whatever they hold, make no job; empty where they do."""
    try:
        _decoded(argv, env, codes)
    except (msgspec.DecodeError, TypeError) as error:
        return str(error)
    return ""


def is_event(before: Any, after: Any) -> bool:
    """Whether the states of an event's row, whatever they are, are states."""
    return after in STATES and (before is None or before in STATES)


def job_from_row(row: Row) -> Job:
    """Return the job that a row of JOB_COLUMNS tells of.

    Raises:
        UnreadableJob: the row holds what nobody has written.
    """
    (
        seq,
        id,
        state,
        command,
        argv,
        shell,
        cwd,
        env,
        timeout,
        retries,
        base,
        priority,
        codes,
        left,
        interrupt,
        *rest,
    ) = row
    try:
        decoded_argv, decoded_env, decoded_codes = _decoded(argv, env, codes)
    except msgspec.DecodeError as wrong:
        raise UnreadableJob(seq, str(wrong)) from wrong
    (attempts, run, waited, interruptions, expedited, claimable, cancel, error, key, seen, *moments) = rest
    (created, updated, started, finished, next_retry, delay, exit_code) = moments
    return Job(
        seq=seq,
        id=id,
        spec=JobSpec(
            command=command,
            argv=decoded_argv,
            shell=shell,
            cwd=cwd,
            env=decoded_env,
            timeout=timeout,
            max_retries=retries,
            backoff_base=base,
            priority=priority,
            success_codes=decoded_codes,
            leftovers=Leftovers(left),
            on_interrupt=OnInterrupt(interrupt),
        ),
        state=State(state),
        attempts=attempts,
        run=run,
        waited=waited,
        interruptions=interruptions,
        expedited=expedited > 0,
        claimable=bool(claimable),
        cancel_requested=bool(cancel),
        error=error,
        error_key=key,
        seen=bool(seen),
        created_at=created,
        updated_at=updated,
        started_at=started,
        finished_at=finished,
        next_retry_at=next_retry,
        retry_delay=delay,
        exit_code=exit_code,
    )


def run_from_row(row: Row) -> Run:
    """Return the run that a row of RUN_COLUMNS tells of."""
    return Run(**dict(zip(Run.__struct_fields__, row, strict=True)))


def event_from_row(row: Row) -> Event:
    """Return the event of a row (at, run, from_state, to_state, cause).

    Raises:
        ValueError: the row holds what nobody has written.
    """
    at, run, before, after, cause = row
    return Event(
        at=at, run=run, from_state=None if before is None else State(before), to_state=State(after), cause=cause
    )
