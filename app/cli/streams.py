"""Standard input, output and error, in whatever state a call finds them: closed, full, or short of characters."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from typing import TextIO

import click

_LOST = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})
_STRICT = frozenset({"strict", "surrogateescape"})
"""Ways of encoding that raise an error at a character which the code page lacks."""

_CHANGES_OF_GROUPS = frozenset({"set", "retry"})
_READS = frozenset({"status", "list", "show", "logs", "why", "events", "wait", "doctor", "completion", "export"})


def make_usable() -> None:
    """Put nothing in the place of a stream that is closed, and let a code page spell out what it lacks.

    A stream is None after ``>&-`` and in a windowed program on Windows; a table would else end in the middle.
    """
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115  it is open until the process ends
    if sys.stdout is None:
        sys.stdout = _nowhere()
    if sys.stderr is None:
        sys.stderr = _nowhere()
    for stream in (sys.stdout, sys.stderr):
        # a test may have put anything in their place
        if hasattr(stream, "reconfigure") and stream.errors in _STRICT:
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Write a line to stderr, where it can be written."""
    with suppress(OSError):
        click.echo(text, err=True)


def is_of_a_stream(error: OSError) -> bool:
    """Tell whether an error comes from writing what was to be shown: it names no file, and a full or lost one did it.

    Asking the stream again is no use: Python's has dropped what it could not write.
    """
    return error.filename is None and error.errno in _LOST


def tell_what_is_lost(error: OSError) -> None:
    """Say on stderr why stdout can't be written; a reader that had enough is no news."""
    if not is_broken_pipe(error):
        say(f"What was to be shown can't be written: {error.strerror or error}")


def is_broken_pipe(error: OSError) -> bool:
    """Tell whether whoever read had enough, as ``head`` has; Windows calls it an invalid argument."""
    return isinstance(error, BrokenPipeError) or (sys.platform == "win32" and error.errno == errno.EINVAL)


def only_reads(words: tuple[str, ...], command: str | None) -> bool:
    """Tell whether a call changes nothing, so that without its output nothing of it is left.

    Args:
        words: the arguments of the whole call.
        command: the name among them; None where there is none, as with ``--help``.
    """
    if command in {"config", "dlq"}:
        return not _CHANGES_OF_GROUPS & set(words)
    return command is None or command in _READS or "--help" in words


def forget_stdout() -> None:
    """Let go of what stdout still holds: Python would write it again at its end, and complain."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123  it is open until the process ends
