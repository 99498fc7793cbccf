"""The program's icon in a tray host, and the menu that it opens."""

from tests.desktop.real.clean_picture import Box
from tests.desktop.real.eye import NotSeenError
from tests.desktop.real.hand import RIGHT
from tests.desktop.real.targets import chosen

# The icon is the leftmost: its menu opens at it or below it, and fits in here. Windows are put elsewhere.
MENU = Box(0, 0, 320, 440)
SUBMENU = Box(0, 0, 900, 440)
_SOON = 20.0
"""Seconds after which a click has been lost, where that happens."""


class Tray:
    """What a person does with the icon."""

    def __init__(self, desk, host):
        self.host = host
        self._desk = desk

    def click(self):
        """Click at the icon."""
        place = self.host.wait_for_icon()
        self._desk.pictures.take("before a click at the icon")
        self._desk.hand.click(place)

    def open_menu(self):
        """Open the menu by a right click, and give its entries from the top."""
        for _ in range(chosen().loses_clicks):
            self._desk.hand.click(self.host.wait_for_icon(), RIGHT)
            if self._shows_menu():
                break
        else:
            self._desk.hand.click(self.host.wait_for_icon(), RIGHT)
            self._desk.see("Quit", within=MENU)
        return [piece.words for piece in sorted(self._desk.eye.read(MENU), key=lambda piece: piece.box.y)]

    def _shows_menu(self):
        try:
            self._desk.see("Quit", within=MENU, patience=_SOON)
        except NotSeenError:
            return False
        return True

    def close_menu(self):
        """Close the menu without choosing."""
        self._desk.hand.press("Escape")
        self._desk.see_no_more("Quit", within=MENU)

    def choose(self, entry, *more):
        """Open the menu, and click at an entry; at more of them where it opens further menus."""
        self.open_menu()
        self._desk.click(entry, within=MENU)
        for words in more:
            self._desk.click(words, within=SUBMENU)
