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

from app.paths import UnusableHome

# Whoever finds the lock held by one that merely looks, looks again.
_LOOKS = 200
_BETWEEN_LOOKS = 0.01


class ProcessLock:
    """One lock file; at most one process on this machine holds it.

    The file is made with mode 0600, kept on release and never replaced. (filelock does the same; to import it takes
    25 ms, which the window's first frame waits for: as long as for all the rest that is this program's own.)
    """

    def __init__(self, path: Path, wait: Callable[[float], None] = time.sleep) -> None:
        self._path = path
        self._held: int | None = None
        self._wait = wait

    def take(self) -> bool:
        """Take the lock for this process; False when another process holds it.

        Raises:
            UnusableHome: its file can't be opened for writing; as on a disk that takes nothing any more.
        """
        if self._held is not None:
            return True
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
        if self._held is not None:
            held, self._held = self._held, None
            _unlock(held)
            os.close(held)

    def __del__(self) -> None:
        """Let the lock go with whoever held it."""
        self.release()

    def is_held(self) -> bool:
        """Whether any process, this one included, holds the lock."""
        return self._held is not None or self._is_taken()

    def _acquired(self) -> bool:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | _NO_LINK, 0o600)
        except OSError as error:
            raise UnusableHome(self._path.parent, error) from error
        try:
            if _lock(descriptor):
                self._held = descriptor
        finally:
            if self._held is None:
                os.close(descriptor)
        return self._held is not None

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

    _FAIL_IMMEDIATELY, _EXCLUSIVE, _LOCK_VIOLATION = 1, 2, 33
    _NO_LINK = 0
    _kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)

    def _lock(descriptor: int) -> bool:
        """Lock one byte, at the beginning."""
        return _try_lock(descriptor, _FAIL_IMMEDIATELY | _EXCLUSIVE)

    def _is_locked(descriptor: int) -> bool:
        """Try to share that byte."""
        if not _try_lock(descriptor, _FAIL_IMMEDIATELY):
            return True
        _unlock(descriptor)
        return False

    def _unlock(descriptor: int) -> None:
        handle = wintypes.HANDLE(msvcrt.get_osfhandle(descriptor))
        _kernel32.UnlockFileEx(handle, 0, 1, 0, _at_the_beginning())

    def _try_lock(descriptor: int, how: int) -> bool:
        handle = wintypes.HANDLE(msvcrt.get_osfhandle(descriptor))
        if _kernel32.LockFileEx(handle, how, 0, 1, 0, _at_the_beginning()):
            return True
        error = ctypes.get_last_error()
        if error != _LOCK_VIOLATION:
            raise ctypes.WinError(error)
        return False

    def _at_the_beginning() -> ctypes.Array[ctypes.c_void_p]:
        return (ctypes.c_void_p * 4)()  # an OVERLAPPED that says: at 0

else:
    import fcntl

    _NO_LINK = os.O_NOFOLLOW

    def _lock(descriptor: int) -> bool:
        return _try_lock(descriptor, fcntl.LOCK_EX)

    def _is_locked(descriptor: int) -> bool:
        return not _try_lock(descriptor, fcntl.LOCK_SH)  # closing lets go

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)

    def _try_lock(descriptor: int, how: int) -> bool:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
