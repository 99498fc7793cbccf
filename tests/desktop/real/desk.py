"""A person at a desk: eye, hand and screen, with words for what people do."""

from tests.desktop.real.clean_picture import Box
from tests.desktop.real.eye import PATIENCE, Eye
from tests.desktop.real.hand import LEFT, RIGHT, Hand
from tests.desktop.real.pictures import Pictures
from tests.desktop.real.screen import wait_until
from tests.desktop.real.windows import Windows


class Desk:
    """One desktop, and who sits at it.

    ``within`` is where to look: a box, something that gives one, or None for the whole screen.

    Attributes:
        screen: the desktop.
        eye: reads it.
        hand: moves mouse and keys.
        windows: its windows.
        pictures: keeps what was to be seen.
    """

    def __init__(self, screen, test):
        self.screen = screen
        self.eye = Eye(screen)
        self.hand = Hand(screen)
        self.windows = Windows(screen)
        self.pictures = Pictures(screen, test)

    def see(self, *choices, within=None, beside="", patience=PATIENCE):
        """Wait until words, or one of several, are to be seen; return their spot.

        Args:
            choices: the words.
            within: where to look.
            beside: other words in whose row they must stand.
            patience: seconds.
        """
        spot = self.eye.wait_for(*choices, within=within, beside=beside, patience=patience)
        self.pictures.take(f"seen {spot.words}")
        return spot

    def see_no_more(self, words, within=None):
        """Wait until words are nowhere to be seen."""
        self.eye.wait_until_gone(words, within)
        self.pictures.take(f"gone {words}")

    def click(self, words, within=None, beside="", button=LEFT):
        """Wait until words are to be seen, and click at them."""
        spot = self.see(words, within=within, beside=beside)
        self.hand.click(spot.middle, button)

    def right_click(self, words, within=None, beside=""):
        """Click at words with the right button."""
        self.click(words, within, beside, RIGHT)

    def drag(self, begin, end):
        """Drag from one place to another."""
        self.hand.drag(begin, end)
        self.pictures.take("dropped")

    def window(self, title, *place):
        """Wait for a window and, where a place is given (x, y, width, height), move it there; return it."""
        window = self.windows.wait_for(title)
        if place:
            self.windows.place(window, Box(*place))
        return window

    def put_on_clipboard(self, text):
        """Copy some text, as another program would."""
        # xclip stays as long as the clipboard is its own.
        source = self.screen.folder / "clipboard"
        source.write_text(text, encoding="utf-8")
        self.screen.start("xclip", "-quiet", "-selection", "clipboard", source)
        wait_until(lambda: self.screen.ask("xclip", "-o", "-selection", "clipboard") == text, "the clipboard")

    def close_window(self):
        """Close the program's window by the button in its title bar."""
        self.hand.click(self.windows.close_button(self.windows.wait_for("QueueCTL")))
