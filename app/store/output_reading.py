"""Reading an output from its beginning, or on while a job writes; and its bytes as text, piece by piece."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from app.store.outputs import console_encoding, open_output

PIECE = 2**18


class Gap(Struct, frozen=True):
    """So many bytes of the middle are not there any more: the cap on outputs freed them."""

    missing: int


class OutputReader:
    """Reads one output file, each byte once, in pieces; what was read before is never read again.

    The file is opened for each look and never held: on Windows a held file could not be shortened. At the end of a run
    whose output grew over the cap the file is written anew, as its beginning, a line that states the gap, and its end.

    Args:
        path: the file; it may come later.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def size(self) -> int:
        """Return how long the file is now; 0 where there is none."""
        try:
            return self._path.stat().st_size
        except OSError:
            return 0

    def new(self, total: int | None = None) -> Iterator[bytes | Gap]:
        """Yield what has been written since the last call.

        Args:
            total: how much the run wrote in all, where it is over; so what is new is found also in a shortened file.
        """
        try:
            file = open_output(self._path)
        except OSError:
            return
        with file:
            if total is not None:
                self._follow_shortened(os.fstat(file.fileno()).st_size, total)
            while True:
                gap = self._skip_hole(file)
                if gap:
                    yield Gap(gap)
                length = self._before_hole(file)
                file.seek(self._offset)
                piece = file.read(length)
                if not piece:
                    return
                self._offset += len(piece)
                yield piece

    def _follow_shortened(self, size: int, total: int) -> None:
        """Go to where the bytes that were not read yet stand now: the end of the file is still the output's end."""
        if self._offset and size < total:
            # somewhere in the first quarter is only what stood there all the time
            self._offset = max(size - max(0, total - self._offset), min(self._offset, size // 4))

    def _skip_hole(self, file: BinaryIO) -> int:
        """Go over a part of the file that has been freed; return how long it is.

        Where the system does not tell, as on Windows, such a part is read as zeros.
        """
        if not hasattr(os, "SEEK_DATA"):
            return 0
        try:
            data = os.lseek(file.fileno(), self._offset, os.SEEK_DATA)
        except OSError:  # at the end of the file, or a file system that knows no holes
            return 0
        missing = data - self._offset
        self._offset = data
        return missing

    def _before_hole(self, file: BinaryIO) -> int:
        """Return how much to read at most, so that no zeros of a freed part come with it."""
        if not hasattr(os, "SEEK_HOLE"):
            return PIECE
        try:
            hole = os.lseek(file.fileno(), self._offset, os.SEEK_HOLE)
        except OSError:
            return PIECE
        return min(PIECE, hole - self._offset)


class OutputDecoder:
    """Makes text of an output in pieces, by the rules of ``outputs.decode``.

    It is UTF-8 as long as it can be; from the first byte that can't, it is in the code page of consoles here; and where
    that can't be either, what is wrong is replaced. What has been in UTF-8 for more than ASCII stays so: a wrong byte
    is then only a character that the gap in an output cut through.
    """

    def __init__(self) -> None:
        self._is_utf_8 = False
        self._decoders = [_decoder("utf-8", "strict"), *_console_decoder(), _decoder("utf-8", "replace")]

    def __call__(self, piece: bytes, *, final: bool = False) -> str:
        """Return the next piece as text; ``final`` says that no other follows."""
        while len(self._decoders) > 1:
            decoder = self._decoders[0]
            begun, _ = decoder.getstate()
            try:
                text = decoder.decode(piece, final)
            except UnicodeDecodeError as error:
                # all that came before the wrong byte is text already
                whole = begun + piece
                decoder.reset()
                before = decoder.decode(whole[: error.start])
                is_utf_8 = self._is_utf_8 or not before.isascii()
                self._decoders = self._decoders[-1:] if is_utf_8 else self._decoders[1:]
                return before + self(whole[error.start :], final=final)
            self._is_utf_8 = self._is_utf_8 or not text.isascii()
            return text
        return self._decoders[0].decode(piece, final)


def _decoder(encoding: str, errors: str) -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder(encoding)(errors)


def _console_decoder() -> list[codecs.IncrementalDecoder]:
    try:
        return [_decoder(console_encoding(), "strict")]
    except LookupError:
        return []
