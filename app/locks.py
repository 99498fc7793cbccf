"""The operating system's lock: who holds it lives. It is the only liveness there is.

The lock ends with its process, however that ends, and it is never the file's existence or content that counts: a lock
file that names a live foreign process blocks nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

# A probe holds the lock for microseconds. Whoever finds it held looks again, so that two probes do not take each other
# for a runner, and a starting runner is not put off by a probe.
_LOOKS = 4
_BETWEEN_LOOKS = 0.01


class ProcessLock:
    """One lock file; at most one process on this machine holds it.

    The file is made with mode 0600, kept on release and never replaced.
    """

    def __init__(self, path: Path, wait: Callable[[float], None] = time.sleep) -> None:
        self._lock = FileLock(str(path), mode=0o600, thread_local=False, preserve_lock_file=True)
        self._wait = wait

    def take(self) -> bool:
        """Take the lock for this process; False when another process holds it."""
        for look in range(_LOOKS):
            if look:
                self._wait(_BETWEEN_LOOKS)
            try:
                self._lock.acquire(blocking=False)
            except Timeout:
                continue
            return True
        return False

    def release(self) -> None:
        """Let the lock go; does nothing when it is not held."""
        if self._lock.is_locked:
            self._lock.release()

    def is_held(self) -> bool:
        """Whether any process, this one included, holds the lock."""
        if self._lock.is_locked:
            return True
        if not self.take():
            return True
        self.release()
        return False
