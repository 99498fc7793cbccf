"""What jobs wrote: where it is kept, and how its end is read. Bytes are kept as they came."""

from __future__ import annotations

import errno
import locale
import os
import stat
import sys
from contextlib import suppress
from io import FileIO
from pathlib import Path

from msgspec import Struct

from app.messages import Message, message

TAIL_BYTES = 4096

_BINARY = getattr(os, "O_BINARY", 0)  # Windows would translate line ends
_AS_IT_IS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""A job may have put something else in the place of its output: a link to another file, or a pipe that waits."""

_BLOCK = 512
"""Bytes that ``st_blocks`` counts in, whatever the file system's own blocks are."""


class Tail(Struct, frozen=True):
    """The end of an output: its last part as text, its last line that is not empty, and the whole size in bytes.

    ``kept_bytes`` is how much its file takes of the disk, parts that were freed left out; None where there is none.
    """

    text: str
    last_line: str
    size: int
    kept_bytes: int | None


class Outputs:
    """The output files below one folder: ``<seq>/<run>.log``. A job's id is no part of a path."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def folder(self) -> Path:
        """Where all of them are."""
        return self._folder

    def path(self, seq: int, run: int) -> Path:
        """Return where the output of a run is, whether it exists or not."""
        return Path(self.file(seq, run))

    def file(self, seq: int, run: int) -> str:
        """Return the same as a text: for a short job the way from one Path to the next takes as long as the file."""
        return f"{self._folder}{os.sep}{seq}{os.sep}{run}.log"

    def create(self, seq: int, run: int) -> Path:
        """Make the empty output file of a run, readable by this person only, and return its path.

        Raises:
            OSError: it can't be made.
        """
        self._make(seq, run)
        return self.path(seq, run)

    def create_ahead(self, seq: int, run: int) -> bool:
        """Do what ``create`` does, and tell whether it could be done: a new folder takes 0.3 ms."""
        try:
            self._make(seq, run)
        except OSError:
            return False
        return True

    def _make(self, seq: int, run: int) -> None:
        file = self.file(seq, run)
        try:
            _make_empty(file)
        except FileNotFoundError:
            os.makedirs(f"{self._folder}{os.sep}{seq}", 0o700, exist_ok=True)  # noqa: PTH103
            _make_empty(file)

    def takes_any(self) -> bool:
        """Whether anything new can be made in the folder: it may be read-only, or another's."""
        trial = self._folder / ".trial"
        try:
            with suppress(FileExistsError):  # who tried before died over it
                os.makedirs(trial, 0o700)  # noqa: PTH103
            trial.rmdir()
        except OSError:
            return False
        return True

    def tail(self, seq: int, run: int) -> Tail:
        """Return the end of a run's output; an output that is not there counts as empty."""
        try:
            found, data = _end_of(self.file(seq, run))
        except OSError:
            return Tail("", "", 0, None)
        size = found.st_size
        if size > len(data):  # begin with a whole character, and with a whole line where there is one
            data = data.partition(b"\n")[2] or data.lstrip(bytes(range(0x80, 0xC0)))
        text = decode(data).replace("\r\n", "\n").replace("\x00", "\ufffd")
        lines = text.rstrip().splitlines()
        return Tail(text, lines[-1].strip() if lines else "", size, _kept(found))

    def kept_bytes(self, seq: int, run: int) -> int | None:
        """Return how much an output file takes of the disk, parts that were freed left out; None: there is none."""
        try:
            return _kept(os.lstat(self.file(seq, run)))
        except OSError:
            return None

    def holds(self, seq: int) -> bool:
        """Whether anything that a job wrote is kept in files."""
        return (self._folder / str(seq)).exists()

    def free_run(self, seq: int, run: int) -> bool:
        """Delete the output of one run, and the job's folder with its last one; tell whether it is not there now."""
        path = self.path(seq, run)
        try:
            path.unlink(missing_ok=True)
        except OSError:
            return False
        with suppress(OSError):  # there are others in it
            path.parent.rmdir()
        return True

    def free(self, seq: int) -> None:
        """Delete all outputs of a job; what can't be deleted now is left for a later time."""
        import shutil

        shutil.rmtree(self._folder / str(seq), ignore_errors=True)


def _end_of(file: str) -> tuple[os.stat_result, bytes]:
    """Read without a file object, which would be made for this one read and cost as much as the read."""
    descriptor = _open_file(file, os.O_RDONLY | _BINARY)
    try:
        found = os.fstat(descriptor)
        if found.st_size > TAIL_BYTES:
            os.lseek(descriptor, found.st_size - TAIL_BYTES, os.SEEK_SET)
        return found, os.read(descriptor, TAIL_BYTES) if found.st_size else b""
    finally:
        os.close(descriptor)


def _kept(found: os.stat_result) -> int:
    if sys.platform == "win32":
        return found.st_size
    return min(found.st_size, found.st_blocks * _BLOCK)


def _make_empty(file: str) -> None:
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        os.unlink(file)  # noqa: PTH108  it may be something else than a file, and is nobody's output
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    os.close(descriptor)


def open_output(path: Path) -> FileIO:
    """Open an output for reading, without a buffer.

    Raises:
        OSError: there is none, or what is there is no file.
    """
    return FileIO(str(path), "rb", opener=_open_file)


def _open_file(file: str, flags: int) -> int:
    descriptor = os.open(file, flags | _AS_IT_IS)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no file", file)
    return descriptor


def gone(freed_by: str | None) -> Message:
    """Return why an output is not there any more.

    Args:
        freed_by: as in the row of its run.
    """
    match freed_by:
        case "keep-outputs":
            return message("The output was freed to keep within keep-outputs.")
        case "prune":
            return message("The output was deleted by prune.")
        case _:
            return message("The file of this run is not there.")


def decode(data: bytes) -> str:
    """Return output as text: as UTF-8, else in the code page of consoles here, else with replacements."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode(console_encoding())
    except (UnicodeDecodeError, LookupError):
        return data.decode("utf-8", "replace")


def console_encoding() -> str:
    """Return the encoding in which programs here write to a console."""
    if sys.platform == "win32":
        import ctypes

        return f"cp{ctypes.windll.kernel32.GetOEMCP()}"
    return locale.getpreferredencoding(False)
