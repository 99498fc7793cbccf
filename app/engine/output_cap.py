"""Keeping outputs below their cap while jobs write, without ever standing between a job and its file.

A job writes straight into its file. While that is larger than the cap, the middle is given back to the disk four times
a second, and when the run is over the file is written anew as head, a line that states the gap, and tail. Both happen
on a thread of their own: freeing blocks can wait for the disk.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from PySide6.QtCore import QObject, Signal

from app.engine.punch_hole import punch_hole
from app.store.outputs import open_output

_log = logging.getLogger(__name__)

_EVERY = 0.25
_PIECE = 1 << 20


class OutputCap(QObject):
    """Watches the outputs of runs that go on. All methods may be called from any thread.

    Args:
        cap: the most bytes an output keeps, read at each look.
        parent: its owner.
    """

    finished = Signal(object)
    """Path: what ``finish`` was asked for is done. Sent on the background thread."""

    def __init__(self, cap: Callable[[], int], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cap = cap
        self._changed = threading.Condition()  # guards the three below
        self._watched: set[Path] = set()
        self._to_finish: list[tuple[Path, int | None]] = []
        self._closing = False
        self._incapable: set[int] = set()  # file systems, by their st_dev
        self._thread: threading.Thread | None = None

    def watch(self, path: Path) -> None:
        """Keep an output below the cap from now on."""
        with self._changed:
            self._watched.add(path)
            self._wake()

    def is_over(self, size: int) -> bool:
        """Whether an output of so many bytes is over the cap, so that ``finish`` has something to do."""
        return size > self._cap()

    def finish(self, path: Path, most: int | None = None) -> None:
        """Bring an output that nobody writes to any more below the cap for good; ``finished`` tells when it is done.

        Args:
            path: of the output.
            most: bytes, where it is to keep less than the cap.
        """
        with self._changed:
            self._watched.discard(path)
            self._to_finish.append((path, most))
            self._wake()

    def forget(self, path: Path) -> None:
        """Watch an output no longer."""
        with self._changed:
            self._watched.discard(path)

    def close(self) -> None:
        """Do what was asked to be finished, and end the thread."""
        with self._changed:
            self._closing = True
            thread = self._thread
            self._changed.notify_all()
        if thread is not None:
            thread.join()

    def _wake(self) -> None:
        if self._thread is None and not self._closing:
            self._thread = threading.Thread(target=self._run, name="output cap", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                # while nothing runs there is no next look, and the thread sleeps
                timeout = _EVERY if self._watched else None
                self._changed.wait_for(lambda: self._closing or bool(self._to_finish), timeout)
                watched, to_finish = list(self._watched), self._to_finish
                self._to_finish = []
                closing = self._closing
            for path, most in to_finish:
                self._finish(path, self._cap() if most is None else most)
            if closing:
                return
            for path in watched:
                self._trim(path)

    def _finish(self, path: Path, cap: int) -> None:
        try:
            # first of all the middle: where the disk is full there is no room for writing the rest anew
            punch_hole(path, *kept(path.lstat().st_size, cap))
            shorten(path, cap)
        except OSError as error:
            _log.warning("an output could not be shortened, and stays as it is: %s", error)
        self.finished.emit(path)

    def _trim(self, path: Path) -> None:
        try:
            found = path.lstat()
            start, end = kept(found.st_size, self._cap())
            if start < end and not punch_hole(path, start, end) and found.st_dev not in self._incapable:
                self._incapable.add(found.st_dev)
                _log.warning("this file system frees no parts of files: outputs are shortened when their runs end")
        except FileNotFoundError:
            self.forget(path)
        except OSError as error:
            _log.warning("the middle of an output could not be freed: %s", error)


def kept(size: int, cap: int) -> tuple[int, int]:
    """Return the offsets of the gap in an output: a quarter of the cap before it is kept, three quarters after it."""
    if size <= cap:
        return size, size
    head = cap // 4
    return head, size - (cap - head)


def gap_line(missing: int) -> bytes:
    """Return the line that stands where the middle of an output was."""
    return f"\n[QueueCTL: {missing:,} bytes are left out here]\n".encode()


def shorten(path: Path, cap: int) -> None:
    """Write an output anew as head, gap and tail, where it is larger than the cap: the cap's bytes, and the line.

    Raises:
        OSError: it could not be read or written; it is as it was.
    """
    size = path.lstat().st_size
    start, end = kept(size, cap)
    if start >= end:
        return
    part = path.with_suffix(".part")
    try:
        with (
            open_output(path) as old,
            os.fdopen(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as new,
        ):
            _copy(old, new, start)
            new.write(gap_line(end - start))
            old.seek(end)
            _copy(old, new, size - end)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _copy(old: BinaryIO, new: BinaryIO, length: int) -> None:
    while length > 0 and (data := old.read(min(_PIECE, length))):
        new.write(data)
        length -= len(data)
