"""Reading a screen: which words stand where."""

import os
import subprocess
import unicodedata
from dataclasses import dataclass

from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QImage

from tests.desktop.real.clean_picture import Box, Grey, clean, pieces

_SCALE = 3
_RIM = 12
_WORD = 5  # the level of a word in tesseract's table
# Letters that no reader of such small type tells apart; both sides of a comparison are written with these.
_ALIKE = str.maketrans({"1": "l", "i": "l", "|": "l", "!": "l", "0": "o", "5": "s"})
_WHITE = b"\xff"


@dataclass(frozen=True)
class Spot:
    """Where words stand on the screen.

    Attributes:
        words: as they were read.
        box: around them.
    """

    words: str
    box: Box

    @property
    def middle(self):
        return self.box.middle


class Piece:
    """A few words that stand together.

    Attributes:
        words: as they were read.
        box: around them, with the symbol that may stand beside them.
    """

    def __init__(self, words, box):
        """Words are pairs of a text and a box."""
        self.words = " ".join(text for text, _ in words)
        self.box = box
        self.letters = ""
        self._boxes = []
        for text, place in words:
            letters = plain(text)
            self.letters += letters
            self._boxes += [place] * len(letters)

    def find(self, letters):
        """Where these plain letters stand in it, or None."""
        at = self.letters.find(letters)
        if at < 0:
            return None
        boxes = self._boxes[at : at + len(letters)]
        left, top = min(box.x for box in boxes), min(box.y for box in boxes)
        right, bottom = max(box.right for box in boxes), max(box.bottom for box in boxes)
        return Spot(self.words, Box(left, top, right - left, bottom - top))


def plain(text):
    """The letters by which words are compared: no spaces, no signs, no accents, no case."""
    bare = unicodedata.normalize("NFKD", text).lower().translate(_ALIKE)
    return "".join(letter for letter in bare if letter.isalnum())


class Reader:
    """Reads pictures, and remembers each piece that it has read: most of a screen does not change."""

    def __init__(self):
        self._known = {}
        self._last = None, []

    def read(self, image, box):
        """The pieces of text in a part of a picture."""
        seen = Grey.of(image, box), box
        if self._last[0] != seen:
            self._last = seen, self._pieces(*seen)
        return self._last[1]

    def _pieces(self, grey, box):
        page = clean(grey)
        cuts = [(place, page.cut(place)) for place in pieces(page)]
        self._learn({cut for _, cut in cuts if cut not in self._known})
        return [
            Piece(
                [
                    (text, Box(box.x + place.x + in_.x, box.y + place.y + in_.y, in_.width, in_.height))
                    for text, in_ in words
                ],
                Box(box.x + place.x, box.y + place.y, place.width, place.height),
            )
            for place, cut in cuts
            if (words := self._known[cut])
        ]

    def _learn(self, cuts):
        if not cuts:
            return
        # One below the other, as on a page: what stands side by side on a screen confuses a reader of books.
        order = sorted(cuts, key=lambda cut: cut.pixels)
        width = max(cut.width for cut in order) + 2 * _RIM
        rows, tops = [], []
        blank = _WHITE * width
        for cut in order:
            rows += [blank] * _RIM
            tops.append(len(rows))
            rows += [_WHITE * _RIM + cut.row(y) + _WHITE * (width - _RIM - cut.width) for y in range(cut.height)]
        rows += [blank] * _RIM
        found = {cut: [] for cut in order}
        for text, box in _read_page(width, len(rows), b"".join(rows)):
            middle = box.middle[1]
            at = max((n for n, top in enumerate(tops) if top - _RIM // 2 <= middle), default=0)
            found[order[at]].append((text, Box(box.x - _RIM, box.y - tops[at], box.width, box.height)))
        self._known |= found


def _read_page(width, height, pixels):
    page = QImage(pixels, width, height, width, QImage.Format.Format_Grayscale8)
    large = page.scaled(
        width * _SCALE,
        height * _SCALE,
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    large.save(buffer, "PGM")
    done = subprocess.run(
        ["tesseract", "-", "-", "--psm", "6", "--dpi", "300", "-l", "eng", "tsv"],
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        input=bytes(buffer.data()),
        capture_output=True,
        timeout=120,
        check=True,
    )
    for line in done.stdout.decode().splitlines()[1:]:
        level, *_, left, top, wide, high, _confidence, text = line.split("\t")
        if int(level) == _WORD and text.strip():
            yield text, Box(*(int(number) // _SCALE for number in (left, top, wide, high)))
