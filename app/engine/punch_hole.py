"""Giving the middle of a file back to the disk while somebody goes on appending to it."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

_BLOCK = 4096
"""Holes begin and end at whole blocks; macOS refuses others."""


def punch_hole(path: Path, start: int, end: int) -> bool:
    """Free the blocks between two offsets: they read as zeros from then on, and the file's size stays.

    Measured on Linux: it works under a writer that has the file open with O_APPEND.

    Args:
        path: the file.
        start: first byte to free; what lies in the same block before it stays.
        end: first byte to keep.

    Returns:
        False where this file system can't do it.

    Raises:
        OSError: the file can't be opened.
    """
    start = -(-start // _BLOCK) * _BLOCK
    length = end // _BLOCK * _BLOCK - start
    if length <= 0:
        return True
    return _free(path, start, length)


if sys.platform == "win32":

    def _free(path: Path, start: int, length: int) -> bool:
        import pywintypes
        import win32con
        import win32file
        import winioctlcon

        shared = win32con.FILE_SHARE_READ | win32con.FILE_SHARE_WRITE | win32con.FILE_SHARE_DELETE
        try:
            handle = win32file.CreateFile(
                str(path), win32con.GENERIC_WRITE, shared, None, win32con.OPEN_EXISTING, 0, None
            )
        except pywintypes.error as error:
            raise OSError(error.winerror, error.strerror, str(path)) from error
        try:
            win32file.DeviceIoControl(int(handle), winioctlcon.FSCTL_SET_SPARSE, b"", None)
            zeros = struct.pack("<qq", start, start + length)
            win32file.DeviceIoControl(int(handle), winioctlcon.FSCTL_SET_ZERO_DATA, zeros, None)
        except pywintypes.error:
            return False
        finally:
            handle.Close()
        return True

elif sys.platform == "darwin":
    import fcntl

    _F_PUNCHHOLE = 99

    def _free(path: Path, start: int, length: int) -> bool:
        with path.open("r+b") as file:
            try:
                fcntl.fcntl(file, _F_PUNCHHOLE, struct.pack("IIqq", 0, 0, start, length))
            except OSError:
                return False
            return True

else:
    import ctypes

    _KEEP_SIZE, _PUNCH_HOLE = 1, 2
    _fallocate = ctypes.CDLL(None, use_errno=True).fallocate
    _fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)

    def _free(path: Path, start: int, length: int) -> bool:
        with path.open("r+b") as file:
            return bool(_fallocate(file.fileno(), _KEEP_SIZE | _PUNCH_HOLE, start, length) == 0)
