"""Which program reads a job's command, and how the command is handed to it."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass

from app.domain.job import JobSpec


class NoShell(Exception):
    """No shell here can read the command; the text is for the person."""


_CMD_LIMIT = 8_100
"""cmd reads 8,191 characters, its own options included."""

_ARGUMENT_LIMIT = 131_072
"""Linux takes one argument up to so many bytes, its closing NUL included; a command may have just as many."""


@dataclass(frozen=True)
class Program:
    """What to start. ``native`` is a Windows command line that must not be quoted again, or None."""

    path: str
    arguments: tuple[str, ...] = ()
    native: str | None = None


def program_of(spec: JobSpec) -> Program:
    """Return the program that runs a job.

    Raises:
        NoShell: the job names a shell that this computer does not have.
    """
    if spec.argv is not None:
        return Program(spec.argv[0], spec.argv[1:])
    command = spec.command or ""
    name = spec.shell or ("cmd" if sys.platform == "win32" else "sh")
    path = _find(name)
    if name == "cmd":
        if len(command) > _CMD_LIMIT:
            raise NoShell(f"the command has {len(command):,} characters, and cmd takes {_CMD_LIMIT:,}")
        # /s: cmd takes off the outer quotes and nothing else, so the command arrives as it was written
        return Program(path, native=f'/d /s /c "{command}"')
    if name in ("powershell", "pwsh"):
        return Program(path, ("-NoProfile", "-NonInteractive", "-Command", command))
    if len(os.fsencode(command)) >= _ARGUMENT_LIMIT:
        half = len(command) // 2
        return Program(path, ("-c", 'queuectl_=$1$2; shift 2; eval "$queuectl_"', name, command[:half], command[half:]))
    return Program(path, ("-c", command))


def _find(name: str) -> str:
    if name == "sh" and sys.platform != "win32":
        return "/bin/sh"
    path = shutil.which(name)
    if name == "cmd" and sys.platform == "win32":
        path = os.environ.get("COMSPEC", path)
    if path is None:
        raise NoShell(f"there is no shell '{name}' on this computer")
    return path
