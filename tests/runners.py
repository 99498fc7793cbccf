"""Real runner processes for tests, and waiting for what they do to the queue."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from app.launch import runner_command, runner_environment, without_job_variables
from app.locks import ProcessLock

CHECKOUT = Path(__file__).resolve().parent.parent
PATIENCE = 60.0
_LOOK = 0.02


def wait_for(true, what="it"):
    """Wait until a condition holds: the events of other processes come through the database and the file system."""
    until = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < until, f"waited {PATIENCE} s in vain for {what}"
        select_nothing(_LOOK)


def select_nothing(seconds):
    """Let other processes work."""
    threading.Event().wait(seconds)


def environment(**more):
    """A plain environment for a child: no job's variables, no screen."""
    return {**without_job_variables(os.environ), "QT_QPA_PLATFORM": "offscreen", **more}


def start(home, slots=2, **variables):
    """Start a runner the way everybody does, but as a child that the test can kill and ask for its end."""
    return subprocess.Popen(
        runner_command(home, slots, frozen=False),
        cwd=CHECKOUT,
        env=runner_environment(environment(**variables)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        creationflags=subprocess.CREATE_NO_WINDOW if sys.platform == "win32" else 0,
    )


@contextmanager
def running(home, slots=2, **variables):
    """A runner that holds its lock and works; killed at the end if it still lives."""
    process = start(home, slots, **variables)
    try:
        wait_for(lambda: holds_lock(home) or process.poll() is not None, "the runner")
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def holds_lock(home):
    """Whether some runner works on this home."""
    return home.data.exists() and ProcessLock(home.runner_lock).is_held()


def states(store):
    """The state of each job, by id."""
    return {job.id: str(job.state) for job in store.reads.newest_first()}


def wait_for_states(store, **expected):
    """Wait until each of these jobs is in its state."""
    wait_for(lambda: {id: states(store).get(id) for id in expected} == expected, expected)


def living(token):
    """The pids of living processes that carry a run's token."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if f"QUEUECTL_TOKEN={token}\0".encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
    return found


PYTHON = sys.executable
