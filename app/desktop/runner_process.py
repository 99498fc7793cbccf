"""Whose process a runner is: one that stands on its own, or a command in somebody's terminal."""

from __future__ import annotations

from typing import Final

import psutil

_ON_ITS_OWN: Final = "--runner"
"""See ``launch.runner_command``; ``worker run`` hosts the pool without it."""


def stands_alone(pid: int) -> bool:
    """Whether a process is a runner that was started on its own, and not ``worker run``; False where it can't be told.

    Args:
        pid: of the process that holds the runner lock.
    """
    try:
        return _ON_ITS_OWN in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False
