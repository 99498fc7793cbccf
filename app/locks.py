"""The operating system's lock: who holds it lives. It is the only liveness there is.

The lock ends with its process, however that ends, and it is never the file's existence or content that counts: a lock
file that names a live foreign process blocks nobody.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

if sys.platform != "win32":
    import fcntl

# Whoever finds the lock held by one that merely looks, looks again.
_LOOKS = 4 if sys.platform == "win32" else 200
_BETWEEN_LOOKS = 0.01


class ProcessLock:
    """One lock file; at most one process on this machine holds it.

    The file is made with mode 0600, kept on release and never replaced.
    """

    def __init__(self, path: Path, wait: Callable[[float], None] = time.sleep) -> None:
        self._path = path
        self._lock = FileLock(str(path), mode=0o600, thread_local=False, preserve_lock_file=True)
        self._wait = wait

    def take(self) -> bool:
        """Take the lock for this process; False when another process holds it."""
        if self._lock.is_locked:
            return True  # the library counts: it would have to be let go as often
        for look in range(_LOOKS):
            if look:
                self._wait(_BETWEEN_LOOKS)
            if self._acquired():
                return True
            if self._is_taken():
                return False
        return False

    def release(self) -> None:
        """Let the lock go; does nothing when it is not held."""
        if self._lock.is_locked:
            self._lock.release()

    def is_held(self) -> bool:
        """Whether any process, this one included, holds the lock."""
        return self._lock.is_locked or self._is_taken()

    def _acquired(self) -> bool:
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            return False
        return True

    if sys.platform == "win32":

        def _is_taken(self) -> bool:
            # Nothing here looks without locking, so two that look can be in each other's way: for microseconds.
            for look in range(_LOOKS):
                if look:
                    self._wait(_BETWEEN_LOOKS)
                if self._acquired():
                    self._lock.release()
                    return False
            return True

    else:

        def _is_taken(self) -> bool:
            # A shared lock is what the holder alone refuses: any number may look at once. Looking with the exclusive
            # one, 20 processes at a time took each other for a runner in 5 of 100 looks.
            try:
                descriptor = os.open(self._path, os.O_RDONLY)
            except FileNotFoundError:
                return False
            try:
                fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            finally:
                os.close(descriptor)  # which lets go
            return False
