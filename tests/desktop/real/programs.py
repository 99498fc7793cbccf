"""Other programs that people have open beside the window."""

from tests.desktop.real.clean_picture import Box

_PCMANFM = """
[config]
bm_open_method=0

[ui]
always_show_tabs=0
win_width=380
win_height=400
splitter_pos=0
view_mode=compact
show_hidden=0
show_statusbar=0
side_pane_mode=none
sort=name;ascending;
toolbar=
pathbar_mode_buttons=0
"""


class FileManager:
    """pcmanfm, with one folder open."""

    def __init__(self, desk, folder, place):
        config = desk.screen.home / ".config" / "pcmanfm" / "default"
        config.mkdir(parents=True, exist_ok=True)
        (config / "pcmanfm.conf").write_text(_PCMANFM)
        desk.screen.start("pcmanfm", "--no-desktop", folder)
        self._desk = desk
        self._window = desk.window(folder.name, *place)

    def box(self):
        """Where it is on the screen."""
        return self._desk.windows.box(self._window)

    def spot(self, words):
        """Where a file with these words in its name is shown."""
        return self._desk.see(words, within=self._files).middle

    def _files(self):
        box = self.box()
        bars = 60  # the menu and the path above the files; the path holds names too
        return Box(box.x, box.y + bars, box.width, box.height - bars)


class TextEditor:
    """l3afpad, with one file open."""

    def __init__(self, desk, file, place):
        desk.screen.start("l3afpad", file)
        self._desk = desk
        self._window = desk.window(file.name, *place)

    def select_all(self):
        """Select the whole text."""
        self._desk.windows.activate(self._window)
        self._desk.hand.press("ctrl+a")

    def spot(self, words):
        """Where these words stand in the text."""
        return self._desk.see(words, within=lambda: self._desk.windows.box(self._window)).middle
