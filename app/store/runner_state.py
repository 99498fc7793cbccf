"""What a runner does, by its own word."""

from __future__ import annotations

from enum import StrEnum


class RunnerState(StrEnum):
    """What a runner says it does. It means nothing where the runner lock is free.

    STARTING: it has the lock, and rescues. RUNNING: it hands out jobs. DRAINING: it lets running jobs end, and takes
    none. STOPPED: it said good-bye.
    """

    STARTING = "starting"
    RUNNING = "running"
    DRAINING = "draining"
    STOPPED = "stopped"
