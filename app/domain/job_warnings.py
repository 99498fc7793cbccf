"""What is right by the rules and yet will not do what its author wants."""

from __future__ import annotations

import re

from app.domain.job import JobSpec
from app.messages import Message, message

_WINDOWS_SHELLS = frozenset({None, "cmd", "powershell", "pwsh"})

# where a command begins, and not the word in an argument
_TIMEOUT = re.compile(r"(?:^|[&|(;])\s*@?timeout(?:\.exe)?\s+(?:/nobreak\s+)?(?:/t\s+)?(\d{1,9})\b", re.IGNORECASE)


def warnings(spec: JobSpec, platform: str) -> list[Message]:
    """Return what the author of a job should know.

    Args:
        spec: the job, as it is enqueued.
        platform: ``os.name`` of where it will run.
    """
    if platform != "nt" or spec.command is None or spec.shell not in _WINDOWS_SHELLS:
        return []
    waits = _TIMEOUT.search(spec.command)
    if waits is None:
        return []
    seconds = int(waits[1])
    return [
        message(
            "timeout {seconds} will fail: on Windows it refuses to run without a keyboard."
            " Say instead: ping -n {pings} 127.0.0.1 >nul",
            seconds=seconds,
            pings=seconds + 1,
        )
    ]
