"""Ends all programs of a desktop, also when the test that made it was killed.

As a process of its own (``warden.py MARK FOLDER``) it waits until its standard input is closed, which happens whatever
becomes of the test.
"""

import os
import shutil
import signal
import sys
from contextlib import suppress
from pathlib import Path


def living(mark):
    """The pids of all living programs that were started with this ``NAME=VALUE`` in their environment."""
    wanted = f"{mark}\0".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if wanted in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
    return found


def end_all(mark):
    """Kill them, and what they start meanwhile, until none is left."""
    while pids := living(mark):
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def main():
    mark, folder = sys.argv[1:]
    sys.stdin.read()
    end_all(mark)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
