"""What each field of a job may hold and which fields go together, in a person's words.

``JobDraft`` declares names, types and ranges; this file adds what a declaration can't say. A good job costs
one call of msgspec and a few comparisons. Only for a bad one are the words looked for, field by field.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping

from msgspec import UNSET, ValidationError, convert, structs

from app.domain.errors import InvalidJob
from app.domain.job import MAX_COMMAND_BYTES, JobDraft
from app.domain.job_words import code_point, field_faults, size, visible
from app.messages import message

MAX_ARGV_BYTES = 131_072
MAX_ENV_BYTES = 131_072

RESERVED = frozenset({"QUEUECTL_JOB_ID", "QUEUECTL_RUN", "QUEUECTL_TOKEN", "QUEUECTL_RUNNER"})
"""Environment variables that each run gets from the runner, and the one that marks a runner."""


def check_draft(draft: JobDraft, platform: str = os.name) -> JobDraft:
    """Return the draft, which keeps all rules: types and ranges too, since a constructor checks nothing.

    Args:
        draft: from a form or from options.
        platform: ``os.name`` of where the job will run.

    Raises:
        InvalidJob: names the first field that is wrong.
    """
    return draft_from_fields(
        {name: value for name, value in structs.asdict(draft).items() if value is not UNSET}, platform
    )


def draft_from_fields(fields: Mapping[str, object], platform: str = os.name) -> JobDraft:
    """Return the draft made of the fields that are given.

    Raises:
        InvalidJob: names the first field that is wrong.
    """
    try:
        draft = convert(dict(fields), JobDraft)
    except (ValidationError, ValueError):
        draft = None
    if draft is not None and not any(True for _ in broken_rules(draft, fields.keys(), platform)):
        return draft
    for fault in faults(fields, platform):
        raise fault
    return convert(dict(fields), JobDraft)


def faults(fields: Mapping[str, object], platform: str = os.name) -> Iterator[InvalidJob]:
    """Yield everything that is wrong with the fields of one job."""
    good = {}
    for name, value in fields.items():
        wrong = False
        for fault in field_faults(name, value):
            wrong = True
            yield fault
        if not wrong:
            good[name] = value
    yield from broken_rules(convert(good, JobDraft), fields.keys(), platform)


def broken_rules(draft: JobDraft, given: Collection[str], platform: str) -> Iterable[InvalidJob]:
    """Return each rule that a draft of the right types breaks.

    Args:
        draft: what has the right type.
        given: names of all fields that were given, those of a wrong type included.
        platform: ``os.name`` of where the job will run.
    """
    # a list for each group instead of one chain of generators: a file of a million jobs comes this way
    broken = _pair_faults(given)
    if draft.id is not UNSET:
        broken += _id_faults(draft.id)
    if draft.command is not UNSET:
        broken += _command_faults(draft.command)
    if draft.argv is not UNSET:
        broken += _argv_faults(draft.argv, platform)
    if draft.cwd is not UNSET:
        broken += _cwd_faults(draft.cwd)
    if draft.env is not UNSET:
        broken += _env_faults(draft.env, platform)
    return broken


def _pair_faults(given: Collection[str]) -> list[InvalidJob]:
    broken = []
    if "command" not in given:
        if "argv" not in given:
            remedy = message("Say what to run: give it a command, or an argv.")
            broken.append(InvalidJob("command", "is missing", remedy=remedy))
    elif "argv" in given:
        remedy = message("Keep one of the two.")
        broken.append(InvalidJob("argv", "can't stand beside command", remedy=remedy))
    if "shell" in given and "argv" in given:
        remedy = message("Remove shell, or give the job a command.")
        broken.append(InvalidJob("shell", "can't stand beside argv, which needs no shell", remedy=remedy))
    if "max_attempts" in given and "max_retries" in given:
        remedy = message("Keep one of the two.")
        broken.append(InvalidJob("max_attempts", "means the same as max_retries", remedy=remedy))
    return broken


def _id_faults(name: str) -> list[InvalidJob]:
    # false for all that is invisible, the marks that turn the reading direction included
    if not name.isprintable():
        return [
            InvalidJob(
                "id",
                "contains the character {code}, which can't be seen",
                code=next(code_point(char) for char in name if not char.isprintable()),
                remedy=message("Use letters, digits, signs and spaces."),
            )
        ]
    if name[0] == " " or name[-1] == " ":
        return [InvalidJob("id", "begins or ends with a space", remedy=message("Remove the space."))]
    return []


def _command_faults(command: str) -> list[InvalidJob]:
    broken = _text_faults("command", command)
    if command.isspace():
        broken.append(InvalidJob("command", "is empty", remedy=message("Say what to run.")))
    elif (length := size(command)) > MAX_COMMAND_BYTES:
        broken.append(
            InvalidJob(
                "command",
                "is {size:,} bytes long; at most {limit:,} are allowed",
                size=length,
                limit=MAX_COMMAND_BYTES,
                remedy=message("Put the commands into a script file and run that."),
            )
        )
    return broken


def _cwd_faults(cwd: str) -> list[InvalidJob]:
    broken = _text_faults("cwd", cwd)
    if cwd.isspace():
        remedy = message("Name a folder, or leave the field out.")
        broken.append(InvalidJob("cwd", "is empty", remedy=remedy))
    return broken


def _argv_faults(argv: tuple[str, ...], platform: str) -> Iterator[InvalidJob]:
    for place, item in enumerate(argv):
        yield from _text_faults(f"argv[{place}]", item)
    program = argv[0].strip()
    if not program:
        yield InvalidJob("argv[0]", "is empty", remedy=message("The first entry is the program to run."))
    # Windows drops spaces and dots at the end of a file name
    elif platform == "nt" and program.rstrip(" .").lower().endswith((".bat", ".cmd")):
        yield InvalidJob(
            "argv[0]",
            "is a batch file, for which Windows starts a shell that reads the arguments anew",
            remedy=message("Use command instead of argv."),
        )
    # the end mark that the system puts behind each entry counts too
    total = sum(size(item) + 1 for item in argv)
    if total > MAX_ARGV_BYTES:
        yield InvalidJob(
            "argv",
            "is {size:,} bytes long; at most {limit:,} are allowed",
            size=total,
            limit=MAX_ARGV_BYTES,
            remedy=message("Put the arguments into a file, if the program can read one."),
        )


def _env_faults(env: dict[str, str], platform: str) -> Iterator[InvalidJob]:
    seen: dict[str, str] = {}
    for name, value in env.items():
        place = f"env.{visible(name)}"
        yield from _text_faults(place, name)
        yield from _text_faults(place, value)
        # Windows does not tell small letters from capitals here
        key = name.upper() if platform == "nt" else name
        if not name:
            yield InvalidJob("env", "has a variable without a name", remedy=message("Name the variable."))
        elif "=" in name:
            yield InvalidJob(place, "has the sign = in its name", remedy=message('Write "NAME": "value".'))
        elif key in RESERVED:
            yield InvalidJob(
                place, "is set by QueueCTL for each run", remedy=message("Give the variable another name.")
            )
        elif key in seen:
            yield InvalidJob(place, "is the same variable as {other} on Windows", other=visible(seen[key]))
        seen[key] = name
    # '=' and the end mark count too
    total = sum(size(name) + size(value) + 2 for name, value in env.items())
    if total > MAX_ENV_BYTES:
        yield InvalidJob(
            "env", "is {size:,} bytes long; at most {limit:,} are allowed", size=total, limit=MAX_ENV_BYTES
        )


def _text_faults(place: str, text: str) -> list[InvalidJob]:
    broken = []
    if "\0" in text:
        remedy = message("Remove the character.")
        broken.append(InvalidJob(place, "contains the character NUL, which would cut it off", remedy=remedy))
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            broken.append(
                InvalidJob(
                    place,
                    "contains half a character ({code}), which can't be stored",
                    code=code_point(text[error.start]),
                    remedy=message("Write the character itself."),
                )
            )
    return broken
