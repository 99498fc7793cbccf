"""What every run needs and no run owns."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QProcessEnvironment

from app.domain.job import Millis
from app.engine.clocks import awake_seconds
from app.engine.deadlines import Deadlines
from app.engine.ending import Endings
from app.engine.output_cap import OutputCap
from app.engine.process_tree import ProcessTrees
from app.engine.space_watch import SpaceWatch
from app.launch import JOB_VARIABLES, RUNNER_VARIABLE, VENV_VARIABLE
from app.store.outputs import Outputs


@dataclass(frozen=True)
class Surroundings:
    """What every run needs and no run owns.

    Attributes:
        trees: finds and ends processes.
        endings: ends trees in the background.
        deadlines: tells when the time of a run is over.
        outputs: where outputs go.
        environment: the person's own environment.
        live: pids of all direct children that have not been seen to end.
        now: the moment.
        cap: keeps outputs below their cap.
        space: an eye on the disk.
        grace: seconds from asking to killing.
        niceness: value of the option.
        kill_point: called where tests kill.
        awake: seconds that nobody sets, less what the computer slept; for durations.
    """

    trees: ProcessTrees
    endings: Endings
    deadlines: Deadlines
    outputs: Outputs
    environment: QProcessEnvironment
    live: set[int]
    now: Callable[[], Millis]
    cap: OutputCap
    space: SpaceWatch
    grace: Callable[[], float]
    niceness: Callable[[], str]
    kill_point: Callable[[str], None]
    awake: Callable[[], float] = awake_seconds


def environment_of_jobs(home: Path | None) -> QProcessEnvironment:
    """Return what jobs inherit: the person's own environment, and where this queue is.

    Args:
        home: the queue's folder; None where a command finds it without being told.
    """
    environment = QProcessEnvironment.systemEnvironment()
    for name in (*JOB_VARIABLES, RUNNER_VARIABLE, VENV_VARIABLE):
        environment.remove(name)
    if sys.platform == "win32":
        # Python knows what there was at the start, and what was changed by it; a library that sets something for itself
        # goes past it. [E] Direct3D of Wine 8 does, and Qt brings that in. (What begins with = is cmd's.)
        names = environment.keys()
        for name in names:
            if not name.startswith("=") and name not in os.environ:
                environment.remove(name)
    if home is None:
        environment.remove("QUEUECTL_HOME")
    else:
        environment.insert("QUEUECTL_HOME", str(home))
    return environment
