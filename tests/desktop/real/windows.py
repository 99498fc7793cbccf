"""The windows on a screen, as the window manager lists them."""

import re
from dataclasses import dataclass

from tests.desktop.real.clean_picture import Box
from tests.desktop.real.screen import wait_until

_GEOMETRY = {"x": "Absolute upper-left X", "y": "Absolute upper-left Y", "width": "Width", "height": "Height"}
_TITLE_BAR = 24


@dataclass(frozen=True)
class Window:
    """One window.

    Attributes:
        id: how X calls it.
        pid: the process it belongs to, as that says itself.
        title: in its title bar.
    """

    id: str
    pid: int
    title: str


class Windows:
    """Finds, places and closes windows."""

    def __init__(self, screen):
        self._screen = screen

    def all(self):
        """The windows that are shown or minimised, oldest first; one that was hidden is none."""
        found = []
        for line in self._screen.ask("wmctrl", "-lp").splitlines():
            id, desktop, pid, _host, *title = line.split(maxsplit=4)
            if desktop != "-1":  # panels are on all desktops
                found.append(Window(id, int(pid), title[0] if title else ""))
        return found

    def titled(self, title):
        """The windows with this title; a part of it is enough."""
        return [window for window in self.all() if title.lower() in window.title.lower()]

    def wait_for(self, title):
        """Wait for a window with this title; a part of it is enough."""
        return wait_until(lambda: self.titled(title), f"a window titled {title!r}")[0]

    def wait_until_gone(self, title):
        """Wait until no window has this title."""
        wait_until(lambda: not self.titled(title), f"no window titled {title!r}")

    def box(self, window):
        """Where a window is, without its title bar."""
        told = self._screen.ask("xwininfo", "-id", window.id)
        return Box(**{name: int(re.search(rf"{words}: +(-?\d+)", told)[1]) for name, words in _GEOMETRY.items()})

    def place(self, window, box):
        """Move a window to a place, its title bar above or within it, and make it so large; wait until it is."""
        self._screen.ask("wmctrl", "-i", "-r", window.id, "-e", f"0,{box.x},{box.y},{box.width},{box.height}")

        def is_there():
            now = self.box(window)
            size = abs(now.width - box.width) + abs(now.height - box.height)
            return size <= 2 * _TITLE_BAR and abs(now.x - box.x) <= _TITLE_BAR and abs(now.y - box.y) <= 2 * _TITLE_BAR

        wait_until(is_there, f"{window.title} at {box}")

    def close_button(self, window):
        """Where the button in the title bar is that closes a window."""
        box = self.box(window)
        return box.right - 10, box.y - _TITLE_BAR // 2

    def minimise(self, window):
        """Make a window an entry in a task bar, as its button does."""
        self._screen.ask("xdotool", "windowminimize", window.id)

    def activate(self, window):
        """Bring a window to the front and give it the keyboard."""
        self._screen.ask("wmctrl", "-i", "-a", window.id)
        wait_until(lambda: int(self._screen.ask("xdotool", "getactivewindow") or 0) == int(window.id, 16), "the focus")
