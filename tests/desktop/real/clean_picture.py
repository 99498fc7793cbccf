"""From a picture of a screen to pieces of black text on white, whatever their colours were.

A screen is flat: most of each row of pixels are long runs of one colour, which are its backgrounds. What differs from
the run before it is text, a symbol or a border; how much it differs is how black it becomes.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass

from PySide6.QtGui import QImage

# Longer than the gap between two letters, shorter than what is left and right of a button's words.
_FLAT = re.compile(rb"(.)\1{9,}", re.DOTALL)
_GAIN = 2.2
# Thicker than the bar of a letter.
_THICK = 4
# Longer than the bar of a letter: a border.
_LINE = 20
# No letter is as tall: these are borders.
_TALL = re.compile(rb"[\x00-\xf0]{24,}", re.DOTALL)
_INK = bytes(1 if grey < 176 else 0 for grey in range(256))
_WHITE = b"\xff"
_TABLES = [bytes(max(0, 255 - int(abs(grey - ground) * _GAIN)) for grey in range(256)) for ground in range(256)]


@dataclass(frozen=True)
class Box:
    """A rectangle of the screen, in pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self):
        return self.x + self.width

    @property
    def bottom(self):
        return self.y + self.height

    @property
    def middle(self):
        return self.x + self.width // 2, self.y + self.height // 2

    def grown(self, by):
        """The rectangle with a rim."""
        return Box(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)


@dataclass(frozen=True)
class Grey:
    """A grey picture, one byte a pixel."""

    width: int
    height: int
    pixels: bytes

    @classmethod
    def of(cls, image, box=None):
        """A part of a picture, or all of it, in grey."""
        if box is not None:
            image = image.copy(box.x, box.y, box.width, box.height)
        grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
        width, height, line = grey.width(), grey.height(), grey.bytesPerLine()
        data = bytes(grey.constBits())
        return cls(width, height, b"".join(data[y * line : y * line + width] for y in range(height)))

    def row(self, y):
        return self.pixels[y * self.width : (y + 1) * self.width]

    def cut(self, box):
        """A part of it, which must lie inside."""
        rows = (self.pixels[y * self.width + box.x : y * self.width + box.right] for y in range(box.y, box.bottom))
        return Grey(box.width, box.height, b"".join(rows))


def clean(grey):
    """The picture with all backgrounds white, all text black, and without borders."""
    rows = bytearray().join(_clean_row(grey, y) for y in range(grey.height))
    for x in range(grey.width):
        for tall in _TALL.finditer(bytes(rows[x :: grey.width])):
            first, last = (y * grey.width + x for y in (tall.start(), tall.end() - 1))
            rows[first : last + 1 : grey.width] = _WHITE * (tall.end() - tall.start())
    return Grey(grey.width, grey.height, bytes(rows))


def _clean_row(grey, y):
    row = grey.row(y)
    out, at, ground = [], 0, None
    for flat in _FLAT.finditer(row):
        here = row[flat.start()]
        long = flat.end() - flat.start()
        is_area = here == ground or _is_area(grey, y, *flat.span())
        if not is_area and long < _LINE:
            continue
        out.append(row[at : flat.start()].translate(_TABLES[here if ground is None else ground]))
        out.append(_WHITE * long)
        at = flat.end()
        if is_area:
            ground = here
    out.append(_WHITE * (len(row) - at) if ground is None else row[at:].translate(_TABLES[ground]))
    return b"".join(out)


def _is_area(grey, y, left, right):
    """Whether a flat stretch of a row belongs to an area; the bar of a large letter does not."""
    left, right = left + 2, right - 2
    return any(
        grey.row(other)[left:right].count(grey.row(y)[left]) == right - left
        for other in (y - _THICK, y + _THICK)
        if 0 <= other < grey.height
    )


def pieces(grey, gap=12, least=5, most=80):
    """The boxes around what belongs together in a clean picture: a few words each, with the symbol beside them.

    Args:
        grey: the clean picture.
        gap: pixels without ink that part two pieces of a row.
        least: pixels; what is lower is no text.
        most: pixels; what is higher is no text.
    """
    found = []
    open_ = []  # [left, top, right, bottom] of the pieces that the row above has touched, from left to right
    stretch = re.compile(rb"\x01(?:\x00{0,%d}\x01)*" % (gap - 1))
    for y in range(grey.height):
        touched = []
        for run in stretch.finditer(grey.row(y).translate(_INK)):
            mine = [run.start(), y, run.end(), y + 1]
            while (at := _overlapping(open_, mine)) is not None:
                mine = _joined(mine, open_.pop(at))
            while (at := _overlapping(touched, mine)) is not None:
                mine = _joined(mine, touched.pop(at))
            touched.append(mine)
        # One row without ink may lie in a letter: the dot of an i.
        late = [piece for piece in open_ if piece[3] >= y - 1]
        found += [piece for piece in open_ if piece[3] < y - 1]
        open_ = sorted([*touched, *late])
    boxes = [Box(x, y, right - x, bottom - y) for x, y, right, bottom in [*found, *open_]]
    return [box for box in boxes if least <= box.height <= most and box.width > 1]


def _overlapping(pieces_, mine):
    at = bisect_left(pieces_, [mine[2]])
    return next((n for n in range(at - 1, -1, -1) if pieces_[n][2] > mine[0]), None)


def _joined(one, other):
    return [min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])]
