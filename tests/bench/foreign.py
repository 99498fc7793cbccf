"""Other people's processes, which a sweep of /proc meets: a runner has none but its jobs."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager


@contextmanager
def foreign_processes(count):
    """So many processes for the length of a block; none on Windows, where nothing looks through all of them."""
    if sys.platform == "win32" or count == 0:
        yield
        return
    start = f"for n in $(seq {count}); do sleep 3000 & done; wait"
    shell = subprocess.Popen(["/bin/sh", "-c", start], start_new_session=True)
    try:
        yield
    finally:
        os.killpg(shell.pid, signal.SIGKILL)
        shell.wait()
