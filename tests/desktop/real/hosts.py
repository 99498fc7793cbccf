"""Programs that show tray icons: tint2 by XEmbed, lxqt-panel by StatusNotifier."""

from tests.desktop.real.clean_picture import Box, Grey, clean, pieces
from tests.desktop.real.screen import WIDTH, wait_until

_HEIGHT = 36
# [E] Wine 8 now and then believes that its icon is in this corner, and moves it there: so it had better be.
PANEL = Box(0, 0, WIDTH, _HEIGHT)
_ICON = range(8, _HEIGHT + 1)

_TINT2 = f"""
panel_items = S
panel_size = 100% {_HEIGHT}
panel_position = top center horizontal
panel_background_id = 1
panel_dock = 0
panel_layer = top
strut_policy = follow_size
systray_padding = 0 4 4
systray_icon_size = 28
systray_sort = left2right
rounded = 0
border_width = 0
background_color = #e8e8e8 100
"""
# A background stands before what uses it.
_TINT2_BACKGROUND = "rounded = 0\nborder_width = 0\nbackground_color = #e8e8e8 100\n"

_LXQT = f"""
[General]
__userfile__=true
panels=panel1

[panel1]
plugins=statusnotifier
position=Top
desktop=0
panelSize={_HEIGHT}
iconSize=24
lineCount=1
width=100
width-percent=true
alignment=0
animation-duration=0
background-color=@Variant(\\0\\0\\0\\x43\\x1\\xff\\xff\\xe8\\xe8\\xe8\\xe8\\xe8\\xe8\\0\\0)
hidable=false
reserve-space=true

[statusnotifier]
type=statusnotifier
alignment=Left
"""


class Host:
    """One tray host; it can be killed and started again.

    Attributes:
        name: its program.
        shows_messages: whether what the icon has to tell is shown without a further program.
    """

    name = ""
    shows_messages = False

    def __init__(self, screen):
        self._screen = screen
        self._process = None

    def start(self):
        """Start it, and wait until its panel is to be seen."""
        blank = self._panel()
        self._process = self._run()
        wait_until(lambda: self._panel() != blank or self._process.poll() is not None, f"the panel of {self.name}")
        code, said = self._process.poll(), self._screen.said(self._process)
        assert code is None, f"{self.name} ended with exit code {code}: {said}"
        return self

    def kill(self):
        """Kill -9; its panel is gone afterwards."""
        shown = self._panel()
        self._screen.end(self._process)
        self._process = None
        wait_until(lambda: self._panel() != shown, f"the end of {self.name}'s panel")

    def restart(self):
        """Kill it and start another."""
        self.kill()
        self.start()

    def icons(self):
        """The boxes of the icons that it shows now, from left to right."""
        grey = Grey.of(self._screen.picture(), PANEL)
        found = [box for box in pieces(clean(grey), gap=4) if box.width in _ICON and box.height in _ICON]
        return sorted(
            (Box(PANEL.x + box.x, PANEL.y + box.y, box.width, box.height) for box in found), key=lambda box: box.x
        )

    def wait_for_icon(self):
        """Wait until the one icon is shown; return where to click at."""
        return wait_until(lambda: len(icons := self.icons()) == 1 and icons, f"the icon in {self.name}")[0].middle

    def wait_for_no_icon(self):
        """Wait until no icon is shown."""
        wait_until(lambda: not self.icons(), f"no icon in {self.name}")

    def _panel(self):
        return Grey.of(self._screen.picture(), PANEL)


class Tint2(Host):
    """XEmbed: the icon is a small window of the program itself."""

    name = "tint2"
    shows_messages = True

    def _run(self):
        config = self._screen.home / "tint2rc"
        config.write_text(_TINT2_BACKGROUND + _TINT2)
        return self._screen.start("tint2", "-c", config)


class LxqtPanel(Host):
    """StatusNotifier: icon and menu are told over D-Bus, and drawn by the panel."""

    name = "lxqt-panel"

    def _run(self):
        config = self._screen.home / ".config" / "lxqt"
        config.mkdir(parents=True, exist_ok=True)
        (config / "panel.conf").write_text(_LXQT)
        return self._screen.start("lxqt-panel", "--config", config / "panel.conf")


HOSTS = {host.name: host for host in (Tint2, LxqtPanel)}
