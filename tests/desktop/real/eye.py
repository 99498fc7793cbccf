"""Looking at the screen, as a person does: for words."""

import time

from tests.desktop.real.clean_picture import Box, Grey
from tests.desktop.real.reading import Reader, plain
from tests.desktop.real.screen import HEIGHT, WIDTH

EVERYWHERE = Box(0, 0, WIDTH, HEIGHT)
PATIENCE = 60.0
_LOOK = 0.1
_ROW = 8  # pixels between the middles of words that stand in one row


class NotSeenError(AssertionError):
    """What should be on the screen isn't, or what should not be is."""


class Eye:
    """Finds words on a screen.

    Where ``within`` is asked for, a box or a callable that gives one is meant (windows move); None is the whole screen.
    """

    def __init__(self, screen):
        self._screen = screen
        self._reader = Reader()

    def read(self, within=None):
        """All pieces of text that are to be seen now."""
        return self._reader.read(self._screen.picture(), _box(within))

    def find(self, words, within=None):
        """The places of these words now: where they stand alone, then where they begin a piece, each from the top."""
        return _places(self.read(within), words)

    def wait_for(self, *choices, within=None, beside="", patience=PATIENCE):
        """Wait until some words are to be seen and stand still.

        Args:
            choices: some words of one line, or several such; case, signs, spaces and accents do not count.
            within: where to look.
            beside: other words in whose row they must stand.
            patience: seconds.

        Returns:
            Their spot; where they stand more than once, the first that ``find`` gives.
        """
        until = time.monotonic() + patience
        while True:
            picture = self._screen.picture()
            read = self._reader.read(picture, _box(within))
            rows = _places(read, beside) if beside else None
            for words in choices:
                for spot in _places(read, words):
                    # Reading takes its time, and a place that has moved meanwhile is not one to click at.
                    if _in_rows(spot, rows) and _same(picture, self._screen.picture(), spot.box):
                        return spot
            if time.monotonic() > until:
                seen = " | ".join(piece.words for piece in read)
                what = " or ".join(map(repr, choices)) + (f" beside {beside!r}" if beside else "")
                raise NotSeenError(f"{what} was not seen within {patience:.0f} s, but: {seen}")
            time.sleep(_LOOK)

    def wait_until_gone(self, words, within=None, patience=PATIENCE):
        """Wait until these words are nowhere to be seen."""
        until = time.monotonic() + patience
        while self.find(words, within):
            if time.monotonic() > until:
                raise NotSeenError(f"{words!r} was still to be seen after {patience:.0f} s")
            time.sleep(_LOOK)

    def wait_until_still(self, within=None, patience=PATIENCE):
        """Wait until nothing moves any more for a moment."""
        until = time.monotonic() + patience
        before = Grey.of(self._screen.picture(), _box(within))
        while True:
            time.sleep(2 * _LOOK)
            now = Grey.of(self._screen.picture(), _box(within))
            if now == before:
                return
            if time.monotonic() > until:
                raise NotSeenError(f"the picture still moved after {patience:.0f} s")
            before = now


def _box(within):
    if within is None:
        return EVERYWHERE
    box = within() if callable(within) else within
    left, top = max(box.x, 0), max(box.y, 0)
    return Box(left, top, min(box.right, WIDTH) - left, min(box.bottom, HEIGHT) - top)


def _places(read, words):
    letters = plain(words)
    assert letters, f"{words!r} has no letters by which it could be found"
    found = [(piece, spot) for piece in read if (spot := piece.find(letters))]

    def rank(one):
        piece, spot = one
        return piece.letters != letters, not piece.letters.startswith(letters), spot.box.y, spot.box.x

    return [spot for _, spot in sorted(found, key=rank)]


def _in_rows(spot, rows):
    return rows is None or any(abs(spot.middle[1] - row.middle[1]) <= _ROW for row in rows)


def _same(one, other, box):
    return Grey.of(one, box) == Grey.of(other, box)
