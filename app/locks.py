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

# Whoever finds the lock held by one that merely looks, looks again.
_LOOKS = 200
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

    def _is_taken(self) -> bool:
        # A shared lock is what the holder alone refuses: any number may look at once. Looking with the exclusive
        # one, 20 processes at a time took each other for a runner in 5 of 100 looks.
        try:
            descriptor = os.open(self._path, os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            return _is_locked(descriptor)
        finally:
            os.close(descriptor)


if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes

    _FAIL_IMMEDIATELY, _LOCK_VIOLATION = 1, 33
    _kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)

    def _is_locked(descriptor: int) -> bool:
        """Try to share the one byte, at the beginning, that ``filelock`` locks."""
        handle = wintypes.HANDLE(msvcrt.get_osfhandle(descriptor))
        place = (ctypes.c_void_p * 4)()  # an OVERLAPPED that says: at 0
        if _kernel32.LockFileEx(handle, _FAIL_IMMEDIATELY, 0, 1, 0, place):
            _kernel32.UnlockFileEx(handle, 0, 1, 0, place)
            return False
        error = ctypes.get_last_error()
        if error != _LOCK_VIOLATION:
            raise ctypes.WinError(error)
        return True

else:
    import fcntl

    def _is_locked(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)  # closing lets go
        except BlockingIOError:
            return True
        return False
