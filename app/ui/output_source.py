"""One output as pieces of coloured text, and the finding in it: all that takes time, for another thread."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from msgspec import Struct

from app.domain.terminal_text import TerminalText
from app.store.output_reading import Gap, OutputDecoder
from app.store.output_window import OutputWindow, Stretch, split_at_gaps
from app.ui.ansi import ASIDE, PLAIN, Style, styled
from app.ui.wording import size as size_word
from app.ui.wording import tr

PIECE = 2**17
"""Bytes read at a time: no more than is put into a document without being felt."""

LINE = 10_000
"""Characters after which a line is broken: the layout of one line is done whole."""

Span = tuple[str, Style]


class Piece(Struct, frozen=True):
    """A part of an output, ready to be shown.

    ``start`` and ``end`` are its offsets in the file, ``size`` is the file's length as of the reading. ``pipe`` takes
    what comes after it.
    """

    start: int
    end: int
    size: int
    spans: list[Span]
    pipe: Pipe


class Growth(Struct, frozen=True):
    """What a look at an output found: its size (None: there is no file), and a piece where one is to be shown.

    ``anew``: the piece does not follow what was read before, but stands alone.
    """

    size: int | None
    piece: Piece | None = None
    anew: bool = False


@dataclass
class Pipe:
    """Makes text of bytes that follow each other.

    Attributes:
        style: in force at the end of what it has made.
    """

    style: Style = PLAIN
    encoding: str | None = None
    _text: TerminalText = field(default_factory=TerminalText, init=False)
    _column: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        known = codecs.getincrementaldecoder(self.encoding)("replace") if self.encoding else None
        self._decode: Callable[..., str] = OutputDecoder() if known is None else known.decode

    def follow(self, stretch: Stretch) -> list[Span]:
        """Return what is to be shown of the next part."""
        return [span for part in stretch.parts for span in self._spans(part)]

    def of_text(self, text: str) -> list[Span]:
        """Return what is to be shown of a text that is all there is."""
        return [*self._styled(self._text(text)), *self._styled(self._text.end())]

    def end(self) -> list[Span]:
        """Return what is to be shown where nothing more comes."""
        return list(self._styled(self._text(self._decode(b"", final=True))))

    def _spans(self, part: bytes | Gap) -> Iterator[Span]:
        for piece in split_at_gaps(part) if isinstance(part, bytes) else (part,):
            if isinstance(piece, bytes):
                yield from self._styled(self._text(self._decode(piece).replace("\ufeff", "")))
                continue
            before = "\n" if self._column else ""
            self._column = 0
            yield before + tr("… {size} left out …").format(size=size_word(piece.missing)) + "\n", ASIDE

    def _styled(self, text: str) -> Iterator[Span]:
        for part, style in styled(text, self.style):
            self.style = style
            if part:
                yield self._broken(part), style

    def _broken(self, text: str) -> str:
        """Return text in which no line is longer than LINE, and remember how long its last one is."""
        last = text.rfind("\n")
        if self._column + len(text) <= LINE:
            self._column = self._column + len(text) if last < 0 else len(text) - last - 1
            return text
        lines = []
        for number, line in enumerate(text.split("\n")):
            before = 0 if number else self._column
            room = LINE - before
            parts = [line[:room], *(line[at : at + LINE] for at in range(room, len(line), LINE))]
            lines.append("\n".join(parts))
            self._column = len(parts[-1]) + (before if len(parts) == 1 else 0)
        return "\n".join(lines)


class OutputSource:
    """Reads one output file for the eye. Every method takes time.

    Args:
        path: the file; it may come later.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._window = OutputWindow(path)

    def last(self) -> Piece:
        """Return the end of the output.

        Raises:
            OSError: it can't be read, as in all that follow.
        """
        return self._alone(self._window.last(PIECE))

    def before(self, offset: int) -> Piece:
        """Return the piece that ends at an offset."""
        return self._alone(self._window.before(offset, PIECE))

    def around(self, offset: int) -> Piece:
        """Return a piece in which an offset is."""
        return self._alone(self._window.around(offset, PIECE))

    def after(self, offset: int, style: Style) -> Piece:
        """Return the piece that begins at an offset, where what was before left a style."""
        stretch = self._window.after(offset, PIECE)
        return self._piece(stretch, Pipe(style, stretch.encoding))

    def grown(self, end: int, size: int, pipe: Pipe | None, *, wanted: bool, jumping: bool) -> Growth:
        """Look whether more was written, and read it.

        Args:
            end: where what is shown ends.
            size: of the file as of the last look.
            pipe: takes what follows.
            wanted: whether what is new is to be read at all.
            jumping: whether what is new may be left out where its end alone is far more than anybody reads.
        """
        now = self._window.size()
        if now is None:
            return Growth(None)
        if pipe is None:
            return Growth(now, self.last(), anew=True)
        if now < size:  # shortened at the run's end; its first quarter is what stood there all the time
            kept = now // 4
            place = end if end <= kept else max(kept, end - (size - now))
            return Growth(now, self.last() if jumping else self.before(place), anew=True)
        if now <= end or not wanted:
            return Growth(now)
        if jumping and now - end > 4 * PIECE:
            return Growth(now, self.last(), anew=True)
        return Growth(now, self._piece(self._window.after(end, PIECE), pipe))

    def units(self, start: int, end: int) -> int:
        """Return how many places in a document a part of the output takes."""
        stretch = self._window.between(start, end)
        pipe = Pipe(encoding=stretch.encoding)
        spans = [*pipe.follow(stretch), *pipe.end()]
        return sum(len(text.encode("utf-16-le", "surrogatepass")) // 2 for text, _ in spans)

    def whole(self) -> str:
        """Return all of the output as text, without colours."""
        stretch = self._window.between(0, self._window.size() or 0)
        pipe = Pipe(encoding=stretch.encoding)
        return "".join(text for text, _ in [*pipe.follow(stretch), *pipe.end()])

    def search(self, needle: str, start: int, length: int) -> tuple[list[int], int, int]:
        """Find a text in a part of the output, in capitals or not, whatever its colours.

        Args:
            needle: what to find.
            start: where to begin.
            length: how far to go, in bytes.

        Returns:
            The offsets of the hits; where to go on; and the size of the file.
        """
        hits: list[int] = []
        pattern: _Needle | None = None
        place = start
        size = self._window.size() or 0
        overlap = 2**12 + 8 * len(needle)
        while place < min(start + length, size):
            stretch = self._window.after(place, PIECE)
            if stretch.end <= place:
                break
            tail = self._window.between(stretch.end, stretch.end + overlap)
            pattern = pattern or _Needle(needle, stretch.encoding)
            hits += pattern.hits(stretch, tail)
            place = stretch.end
        return hits, max(place, start), size

    def _alone(self, stretch: Stretch) -> Piece:
        return self._piece(stretch, Pipe(encoding=stretch.encoding))

    def _piece(self, stretch: Stretch, pipe: Pipe) -> Piece:
        spans = pipe.follow(stretch)
        if stretch.end < stretch.size:
            spans += pipe.end()
        return Piece(stretch.start, stretch.end, stretch.size, spans, pipe)


class _Needle:
    """A text to be found among bytes."""

    def __init__(self, text: str, encoding: str | None) -> None:
        self._step = 2 if encoding else 1
        self._quick = text.lower().encode() if text.isascii() and not encoding else None
        colours = b"(?:\x1b\\[[0-9;:]*m)*" if not encoding else b""
        self._pattern = re.compile(colours.join(_either(char, encoding or "utf-8") for char in text))

    def hits(self, stretch: Stretch, tail: Stretch) -> list[int]:
        """Return the offsets of the hits that begin in a stretch; ``tail`` comes after it."""
        found: list[int] = []
        end = stretch.end
        for part, following in zip(reversed(stretch.parts), _followers(stretch, tail), strict=True):
            if isinstance(part, Gap):
                end -= part.missing
                continue
            begin = end - len(part)
            found += reversed([begin + at for at in self._in(part + following) if at < len(part)])
            end = begin
        return found[::-1]

    def _in(self, data: bytes) -> Iterator[int]:
        if self._quick is None or b"\x1b" in data:
            for match in self._pattern.finditer(data):
                if match.start() % self._step == 0:
                    yield match.start()
            return
        # twenty times as quick as the pattern, and the interpreter is not held up meanwhile
        lower = data.lower()
        at = lower.find(self._quick)
        while at >= 0:
            yield at
            at = lower.find(self._quick, at + len(self._quick))


def _followers(stretch: Stretch, tail: Stretch) -> Iterator[bytes]:
    """Yield the bytes right after each part, from the last part on."""
    after: bytes | Gap = tail.parts[0] if tail.parts else b""
    for part in reversed(stretch.parts):
        yield after if isinstance(after, bytes) and after else b""
        after = part


def _either(char: str, encoding: str) -> bytes:
    forms = sorted({form.encode(encoding, "surrogatepass") for form in (char, char.lower(), char.upper())})
    return b"(?:" + b"|".join(map(re.escape, forms)) + b")"
