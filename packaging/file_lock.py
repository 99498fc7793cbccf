"""A lock between two starts of these scripts, held by the operating system and so never left behind."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


@contextmanager
def held(path: Path, waiting: str) -> Iterator[None]:
    """Hold the lock of this file; wait while another process holds it.

    Args:
        path: the lock file. It is made when it is missing, and stays.
        waiting: the sentence to print when there is a wait.
    """
    with path.open("a", encoding="ascii") as file:
        if not _try_lock(file.fileno()):
            print(waiting, flush=True)
            while not _try_lock(file.fileno()):
                time.sleep(0.2)
        yield
