"""The pieces of an output that stand in a document, and which part of the file they are."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from PySide6.QtGui import QTextCursor, QTextDocument

from app.ui.ansi import Formats
from app.ui.output_source import PIECE, Piece, Span

LIMIT = 16 * PIECE
"""Bytes of an output that stand in the document at most, apart from the last piece that was put there."""


@dataclass
class _Loaded:
    """A piece in the document: its offsets in the file, and how many places it takes in the document."""

    start: int
    end: int
    units: int


class OutputPieces:
    """A window of the file in a document: put on at one end, it is taken off at the other.

    Args:
        document: in which it stands alone.
        formats: of its styles.
    """

    def __init__(self, document: QTextDocument, formats: Formats) -> None:
        self._document = document
        self._formats = formats
        self._pieces: deque[_Loaded] = deque()

    def __bool__(self) -> bool:
        return bool(self._pieces)

    @property
    def start(self) -> int:
        """The offset in the file at which the document begins."""
        return self._pieces[0].start if self._pieces else 0

    @property
    def end(self) -> int:
        """The offset in the file at which the document ends."""
        return self._pieces[-1].end if self._pieces else 0

    def clear(self) -> None:
        """Take all away."""
        self._pieces.clear()
        self._document.clear()

    def put(self, spans: list[Span]) -> None:
        """Put a text at the end that is no part of the file."""
        self._insert(spans, at_end=True)

    def append(self, piece: Piece, *, joined: bool = False) -> bool:
        """Put a piece at the end.

        Args:
            piece: the one that begins where the document ends.
            joined: whether it belongs to the last one, as long as that is small.

        Returns:
            Whether something was taken off at the beginning.
        """
        units = self._insert(piece.spans, at_end=True)
        last = self._pieces[-1] if self._pieces else None
        if joined and last is not None and last.end - last.start < PIECE:
            last.end, last.units = piece.end, last.units + units
        else:
            self._pieces.append(_Loaded(piece.start, piece.end, units))
        return self._take_off(at_end=False)

    def prepend(self, piece: Piece) -> bool:
        """Put the piece at the beginning that ends there; return whether something was taken off at the end."""
        units = self._insert(piece.spans, at_end=False)
        self._pieces.appendleft(_Loaded(piece.start, piece.end, units))
        return self._take_off(at_end=True)

    def start_of(self, offset: int) -> int | None:
        """Return where in the file the piece begins in which an offset is; None where it is not in the document."""
        return next((piece.start for piece in self._pieces if piece.start <= offset < piece.end), None)

    def place_of(self, start: int) -> int | None:
        """Return where in the document the piece begins that begins at an offset of the file."""
        place = 0
        for piece in self._pieces:
            if piece.start == start:
                return place
            place += piece.units
        return None

    def _take_off(self, *, at_end: bool) -> bool:
        taken = False
        while len(self._pieces) > 1 and self.end - self.start > LIMIT:
            units = (self._pieces.pop() if at_end else self._pieces.popleft()).units
            cursor = self._cursor(at_end=at_end)
            place = max(0, cursor.position() - units) if at_end else units
            cursor.setPosition(place, QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
            taken = True
        return taken

    def _insert(self, spans: list[Span], *, at_end: bool) -> int:
        """Insert spans, and return how many places they take."""
        before = self._document.characterCount()
        cursor = self._cursor(at_end=at_end)
        cursor.beginEditBlock()
        for text, style in spans:
            cursor.insertText(text, self._formats.of(style))
        cursor.endEditBlock()
        return self._document.characterCount() - before

    def _cursor(self, *, at_end: bool) -> QTextCursor:
        cursor = QTextCursor(self._document)
        cursor.movePosition(QTextCursor.MoveOperation.End if at_end else QTextCursor.MoveOperation.Start)
        return cursor
