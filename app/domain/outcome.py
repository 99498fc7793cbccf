"""How a run ended: a closed set of values, and the words a person reads for each."""

from __future__ import annotations

import re
import signal
from enum import StrEnum
from typing import assert_never

from msgspec import Struct

ERROR_LINE_LENGTH = 200


class Reason(StrEnum):
    """Why a run was interrupted from outside."""

    QUIT = "the runner was stopped"
    SESSION_END = "the session ended"
    RUNNER_DIED = "the runner died"
    DISK_FULL = "the disk is full"
    NO_RESOURCES = "the system had no room for another process"
    NO_OUTPUT = "the folder of outputs can't be written to"
    POWER_OFF = "the computer went off"


class Succeeded(Struct, frozen=True):
    """The command ended with one of the job's success codes."""

    exit_code: int = 0


class Failed(Struct, frozen=True):
    """The command ended with any other exit code."""

    exit_code: int


class TimedOut(Struct, frozen=True):
    """The run took longer than the job's timeout, ``after`` seconds, and was ended."""

    after: float


class Crashed(Struct, frozen=True):
    """The command was ended by a signal that nobody here sent; 0 where the system does not tell which."""

    signal: int


class NotStarted(Struct, frozen=True):
    """There was no process: no such folder, no such program, no output file."""

    reason: str


class Cancelled(Struct, frozen=True):
    """A person called the running job off."""


class Interrupted(Struct, frozen=True):
    """Something from outside ended the run; it uses up no attempt.

    ``suspect`` says that the job itself may have brought the runner down: see ``lifecycle.decide``.
    """

    reason: Reason
    suspect: bool = False


Outcome = Succeeded | Failed | TimedOut | Crashed | NotStarted | Cancelled | Interrupted


class Word(StrEnum):
    """An outcome's name where it is stored and in ``--json``."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CRASHED = "crashed"
    NOT_STARTED = "not_started"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


def word(outcome: Outcome) -> Word:
    """Return the name an outcome is stored under."""
    match outcome:
        case Succeeded():
            return Word.SUCCEEDED
        case Failed():
            return Word.FAILED
        case TimedOut():
            return Word.TIMED_OUT
        case Crashed():
            return Word.CRASHED
        case NotStarted():
            return Word.NOT_STARTED
        case Cancelled():
            return Word.CANCELLED
        case Interrupted():
            return Word.INTERRUPTED
    assert_never(outcome)


def exit_code(outcome: Outcome) -> int | None:
    """Return the command's exit code, or None where it did not end by itself."""
    match outcome:
        case Succeeded(code) | Failed(code):
            return code
    return None


def reason(outcome: Outcome, last_line: str = "") -> str | None:
    """Return the text a person reads for an outcome; None for a success.

    Args:
        outcome: how the run ended.
        last_line: the last line of its output that is not empty; cut to 200 characters.
    """
    match outcome:
        case Succeeded():
            return None
        case Failed(code):
            line = last_line.strip()[:ERROR_LINE_LENGTH]
            return f"Exit code {code}: {line}" if line else f"Exit code {code}"
        case TimedOut(after):
            return f"Timeout exceeded ({seconds(after)})"
        case Crashed(number):
            return _signal_text(number)
        case NotStarted(why):
            return f"Not started: {why}"
        case Cancelled():
            return "Cancelled"
        case Interrupted(why):
            return f"Interrupted: {why}"
    assert_never(outcome)


def seconds(value: float) -> str:
    """Return a duration as people write it: ``20s``, ``0.5s``."""
    return f"{value:.3f}".rstrip("0").rstrip(".") + "s"


def error_key(error: str) -> str:
    """Return what errors of one kind have in common: quoted parts and runs of digits are replaced.

    A number right after ``Exit code`` or ``signal`` is the kind itself and stays (Windows has negative ones).
    """
    text = re.sub(r"""'[^']*'|"[^"]*"|`[^`]*`""", "…", error)
    return re.sub(r"(?<!Exit code )(?<!Exit code -)(?<!signal )(?<!\d)\d+", "#", text)


def _signal_text(number: int) -> str:
    if number <= 0:
        return "Ended by a signal"
    try:
        return f"Ended by signal {number} ({signal.Signals(number).name})"
    except ValueError:
        return f"Ended by signal {number}"
