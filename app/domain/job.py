"""The job: what a person asks for, what is stored of it, and the states it goes through."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from app.domain.moments import LAST_MOMENT, Millis
from app.domain.states import FINISHED, WAITING, State

__all__ = [
    "FINISHED",
    "LAST_MOMENT",
    "MAX_BACKOFF_BASE",
    "MAX_COMMAND_BYTES",
    "MAX_CWD_LENGTH",
    "MAX_ID_LENGTH",
    "MAX_PRIORITY",
    "MAX_RETRIES",
    "MAX_SUCCESS_CODES",
    "MAX_TIMEOUT",
    "MIN_PRIORITY",
    "WAITING",
    "Claim",
    "Defaults",
    "Event",
    "Job",
    "JobDraft",
    "JobSpec",
    "Leftovers",
    "Millis",
    "NewJob",
    "OnDuplicate",
    "OnInterrupt",
    "Run",
    "ShellName",
    "State",
    "complete",
]

MAX_COMMAND_BYTES = 131_072
MAX_ID_LENGTH = 128
MAX_TIMEOUT = 31_536_000
MAX_RETRIES = 1_000
MAX_BACKOFF_BASE = 1_000
MIN_PRIORITY, MAX_PRIORITY = 1, 10
MAX_CWD_LENGTH = 32_767
MAX_SUCCESS_CODES = 64


class Leftovers(StrEnum):
    """What becomes of processes a job left running when its command ended."""

    END = "end"
    LEAVE = "leave"


class OnInterrupt(StrEnum):
    """What becomes of a job whose run was interrupted from outside."""

    RETRY = "retry"
    DEAD = "dead"


class OnDuplicate(StrEnum):
    """What enqueue does with an id that a job already has."""

    FAIL = "fail"
    SKIP = "skip"
    RENAME = "rename"
    REPLACE = "replace"


ShellName = Literal["sh", "bash", "powershell", "pwsh", "cmd"]


# gc=False on what a file brings by the hundred thousand: none of it can be part of a cycle, and looking for cycles
# among them would hold up a window for as long.
class JobDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A job as a file, the command line or the form gives it: what is left out is UNSET.

    This declaration is the one source of names, types and ranges; the JSON Schema is generated from it.
    Durations are seconds. (msgspec wants each constraint on the type itself, not on its union with UNSET.)
    """

    id: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=MAX_ID_LENGTH,
                description="Your name for the job; left out: job-<number>.",
            ),
        ]
        | UnsetType
    ) = UNSET
    command: (
        Annotated[
            str,
            Meta(min_length=1, max_length=MAX_COMMAND_BYTES, description="The shell command to run."),
        ]
        | UnsetType
    ) = UNSET
    argv: (
        Annotated[
            tuple[str, ...],
            Meta(min_length=1, description="Program and arguments, run without a shell; instead of command."),
        ]
        | UnsetType
    ) = UNSET
    timeout: (
        Annotated[float, Meta(ge=0, le=MAX_TIMEOUT, description="Seconds a run may take; 0 = no limit.")] | UnsetType
    ) = UNSET
    max_retries: (
        Annotated[int, Meta(ge=0, le=MAX_RETRIES, description="The most runs in all; 0 and 1 both mean one.")]
        | UnsetType
    ) = UNSET
    max_attempts: (
        Annotated[int, Meta(ge=0, le=MAX_RETRIES, description="Another name for max_retries.")] | UnsetType
    ) = UNSET
    backoff_base: (
        Annotated[
            float,
            Meta(
                ge=0,
                le=MAX_BACKOFF_BASE,
                description="After failure n wait backoff_base to the n-th seconds.",
            ),
        ]
        | UnsetType
    ) = UNSET
    priority: (
        Annotated[int, Meta(ge=MIN_PRIORITY, le=MAX_PRIORITY, description="1-10, higher runs earlier.")] | UnsetType
    ) = UNSET
    cwd: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=MAX_CWD_LENGTH,
                description=(
                    "The folder to run in; relative to the folder the file is dropped from, or on the command line"
                    " to where you call from."
                ),
            ),
        ]
        | UnsetType
    ) = UNSET
    env: Annotated[dict[str, str], Meta(description="Environment variables beside the person's own.")] | UnsetType = (
        UNSET
    )
    shell: Annotated[ShellName, Meta(description="The shell that reads the command.")] | UnsetType = UNSET
    success_codes: (
        Annotated[
            tuple[Annotated[int, Meta(ge=-(2**31), le=2**32 - 1)], ...],
            Meta(
                min_length=1,
                max_length=MAX_SUCCESS_CODES,
                description="Exit codes that mean success; [0] when left out.",
            ),
        ]
        | UnsetType
    ) = UNSET
    leftovers: Annotated[Leftovers, Meta(description="End or leave what the command left running.")] | UnsetType = UNSET
    on_interrupt: (
        Annotated[OnInterrupt, Meta(description="After an interruption: retry, or the dead letter queue.")] | UnsetType
    ) = UNSET


class JobSpec(Struct, frozen=True, kw_only=True, gc=False):
    """What to run and how, complete: every default is filled in when the job is enqueued, and stays.

    ``timeout`` and ``backoff_base`` are seconds; ``cwd`` is absolute; exactly one of ``command`` and ``argv`` is set.
    """

    command: str | None = None
    argv: tuple[str, ...] | None = None
    shell: str | None = None
    cwd: str
    env: dict[str, str] = {}
    timeout: float
    max_retries: int
    backoff_base: float
    priority: int
    success_codes: tuple[int, ...] = (0,)
    leftovers: Leftovers = Leftovers.END
    on_interrupt: OnInterrupt = OnInterrupt.RETRY

    @property
    def command_line(self) -> str:
        """The command as one line of text, for lists."""
        if self.command is not None:
            return self.command
        return " ".join(self.argv or ())


class NewJob(Struct, frozen=True, gc=False):
    """A job about to be enqueued; ``id`` None asks for ``job-<seq>``."""

    id: str | None
    spec: JobSpec


class Defaults(Struct, frozen=True, kw_only=True):
    """What a job gets where its file says nothing: an option, or else the built-in value."""

    timeout: float = 20.0
    max_retries: int = 3
    backoff_base: float = 2.0
    priority: int = 5


def complete(draft: JobDraft, defaults: Defaults, folder: str) -> NewJob:
    """Return the draft with every gap filled.

    Args:
        draft: a validated draft.
        defaults: the options' values.
        folder: absolute; where the job runs when it names no folder, and what a relative ``cwd`` is relative to.
    """
    retries = draft.max_attempts if draft.max_retries is UNSET else draft.max_retries
    cwd = folder if draft.cwd is UNSET else os.path.join(folder, os.path.expanduser(draft.cwd))
    return NewJob(
        None if draft.id is UNSET else draft.id,
        JobSpec(
            command=None if draft.command is UNSET else draft.command,
            argv=None if draft.argv is UNSET else draft.argv,
            shell=None if draft.shell is UNSET else draft.shell,
            cwd=os.path.normpath(cwd),
            env={} if draft.env is UNSET else draft.env,
            timeout=defaults.timeout if draft.timeout is UNSET else draft.timeout,
            max_retries=defaults.max_retries if retries is UNSET else retries,
            backoff_base=defaults.backoff_base if draft.backoff_base is UNSET else draft.backoff_base,
            priority=defaults.priority if draft.priority is UNSET else draft.priority,
            success_codes=(0,) if draft.success_codes is UNSET else draft.success_codes,
            leftovers=Leftovers.END if draft.leftovers is UNSET else draft.leftovers,
            on_interrupt=OnInterrupt.RETRY if draft.on_interrupt is UNSET else draft.on_interrupt,
        ),
    )


class Job(Struct, frozen=True, kw_only=True):
    """A snapshot of one stored job.

    ``seq`` is the job for ever, ``id`` its name among the jobs that exist. ``run`` is the number of its last run,
    ``attempts`` the failures since the last reset. ``waited`` is how many enqueue calls it has waited through, as
    of the moment of reading. Moments are Millis, ``retry_delay`` too is milliseconds.
    """

    seq: int
    id: str
    spec: JobSpec
    state: State
    attempts: int
    run: int
    waited: int
    interruptions: int
    expedited: bool
    claimable: bool
    cancel_requested: bool
    error: str | None
    error_key: str | None
    seen: bool
    created_at: Millis
    updated_at: Millis
    started_at: Millis | None
    finished_at: Millis | None
    next_retry_at: Millis | None
    retry_delay: Millis | None
    exit_code: int | None

    @property
    def effective(self) -> int:
        """What the order of running goes by: priority plus what it has waited."""
        return self.spec.priority + self.waited

    @property
    def duration(self) -> float | None:
        """Seconds the last run took, or None while there is no end."""
        if self.started_at is None or self.finished_at is None:
            return None
        return max(0, self.finished_at - self.started_at) / 1000


class Claim(Struct, frozen=True, kw_only=True):
    """A job handed to a worker: one run of it, and the token that marks everything the run starts."""

    job: Job
    run: int
    token: str


class Run(Struct, frozen=True, kw_only=True):
    """One execution of a job, as it is kept.

    ``left_behind`` names what the command left running, ``output_bytes`` is the whole output's size, ``tail`` its
    last part as text. ``kept_bytes`` is what its file holds, None where there is none that counts, and ``freed_by``
    what deleted that file: the option keep-outputs, or prune. ``pid_created`` is when the process was created, in
    seconds since the boot on Linux and since 1970 elsewhere; with ``pid`` that makes its identity. ``outcome`` is None
    while the run goes on.
    """

    seq: int
    run: int
    token: str
    claimed_at: Millis
    pid: int | None
    pid_created: float | None
    started_at: Millis | None
    finished_at: Millis | None
    outcome: str | None
    exit_code: int | None
    reason: str | None
    left_behind: str | None
    output_bytes: int | None
    tail: str | None
    kept_bytes: int | None = None
    freed_by: str | None = None


class Event(Struct, frozen=True, kw_only=True):
    """One transition of a job: append-only. ``from_state`` is None where the job came into being."""

    at: Millis
    run: int
    from_state: State | None
    to_state: State
    cause: str
