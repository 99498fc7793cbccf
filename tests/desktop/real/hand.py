"""The hand on mouse and keyboard, moved by xdotool."""

import time

_STEPS = 8
# Seconds after which two clicks are no double click any more, whoever counts.
_APART = 0.6
_DRAG_STEPS = 12
_DRAG_PAUSE = "0.06"  # seconds: programs see a drag only when the mouse moves bit by bit
LEFT, RIGHT = 1, 3


class Hand:
    """Moves the mouse in steps, as hands do, and presses buttons and keys."""

    def __init__(self, screen):
        self._screen = screen
        self._at = (5, 5)
        self._clicked = -_APART

    def move(self, place):
        """Move the mouse to a place."""
        self._do(*self._way(place, _STEPS, "0.005"))

    def click(self, place, button=LEFT):
        """Click somewhere; never so soon after another click that the two could be taken for a double click."""
        time.sleep(max(0, self._clicked + _APART - time.monotonic()))
        # [E] Wine's tray hears no click that comes with the mouse, or takes no time.
        press = ["mousedown", str(button), "sleep", "0.1", "mouseup", str(button)]
        self._do(*self._way(place, _STEPS, "0.005"), "sleep", "0.2", *press)
        self._clicked = time.monotonic()

    def drag(self, begin, end):
        """Press the left button at one place and let it go at another."""
        self._do(*self._way(begin, _STEPS, "0.005"), "sleep", "0.1", "mousedown", str(LEFT), "sleep", "0.1")
        self._do(*self._way(end, _DRAG_STEPS, _DRAG_PAUSE))
        # What lies under the mouse answers before the button is let go.
        x, y = end
        self._do("mousemove", x + 1, y + 1, "sleep", "0.2", "mousemove", x, y, "sleep", "0.3", "mouseup", LEFT)

    def press(self, *keys):
        """Press keys one after the other, such as ``ctrl+v``."""
        self._do("key", "--delay", "40", *keys)

    def write(self, text):
        """Type some text."""
        self._do("type", "--delay", "20", text)

    def _way(self, place, steps, pause):
        x0, y0 = self._at
        x1, y1 = map(round, place)
        self._at = (x1, y1)
        words = []
        for step in range(1, steps + 1):
            x, y = x0 + (x1 - x0) * step // steps, y0 + (y1 - y0) * step // steps
            words += ["mousemove", str(x), str(y), "sleep", pause]
        return words

    def _do(self, *words):
        self._screen.ask("xdotool", *map(str, words), check=True)
