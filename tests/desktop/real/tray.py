"""The program's icon in a tray host, and the menu that it opens."""

from tests.desktop.real.clean_picture import Box
from tests.desktop.real.hand import RIGHT

# The icon is the leftmost: its menu opens at it or below it, and fits in here. Windows are put elsewhere.
MENU = Box(0, 0, 320, 440)
SUBMENU = Box(0, 0, 900, 440)


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
        self._desk.hand.click(self.host.wait_for_icon(), RIGHT)
        self._desk.see("Quit", within=MENU)
        return [piece.words for piece in sorted(self._desk.eye.read(MENU), key=lambda piece: piece.box.y)]

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
