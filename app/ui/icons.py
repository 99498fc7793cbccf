"""Icons from the SVG files in resources/icons, drawn in the theme's colours and crisp at each size."""

from __future__ import annotations

import re
from functools import cache

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap

from app.domain.states import State
from app.paths import resource
from app.ui.theme import Theme

OF_STATE = {
    State.PENDING: "circle-dashed",
    State.PROCESSING: "loader-circle",
    State.COMPLETED: "circle-check",
    State.FAILED: "rotate-cw",
    State.DEAD: "circle-x",
    State.CANCELLED: "ban",
}
"""The icon of each state, by name."""

_SIZES = (16, 20, 24, 32, 48, 64, 128, 256)
_FAINT = 0.5


class Icons:
    """Draws icons for one theme; ask again when the theme has changed."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme

    def icon(self, name: str, colour: str | None = None) -> QIcon:
        """Return an icon.

        Args:
            name: a file's name in resources/icons, without its end.
            colour: ``#rrggbb``; None for the colour of text.
        """
        colours = self._theme.colours
        return _icon(name, colour or colours.text, colours.dim)

    def of_state(self, state: State) -> QIcon:
        """Return the icon of a state, in its colour."""
        return self.icon(OF_STATE[state], self._theme.colours.of_state(state))

    def pixmap(self, name: str, size: int, ratio: float = 1.0, colour: str | None = None) -> QPixmap:
        """Return an icon as a picture.

        Args:
            name: as in ``icon``.
            size: width and height in logical pixels.
            ratio: of the device's pixels to logical ones.
            colour: as in ``icon``.
        """
        picture = _drawn(name, colour or self._theme.colours.text, round(size * ratio))
        picture.setDevicePixelRatio(ratio)
        return picture


def application_icon() -> QIcon:
    """Return the program's own icon."""
    text = resource("queuectl.svg").read_text(encoding="utf-8")
    icon = QIcon()
    for size in _SIZES:
        icon.addPixmap(_rendered(text, size))
    return icon


class _Drawing(QIconEngine):
    """Draws one icon when it is looked at, in the size that is asked for.

    Drawn in every size and mode as they are made, the icons of a window took 0.2 s of its start.
    """

    def __init__(self, name: str, colour: str, faint: str) -> None:
        super().__init__()
        self._name = name
        self._colour = colour
        self._faint = faint

    def clone(self) -> QIconEngine:
        """Return another that draws the same."""
        return _Drawing(self._name, self._colour, self._faint)

    def pixmap(self, size: QSize, mode: QIcon.Mode, _state: QIcon.State) -> QPixmap:
        """Return the picture of a size in pixels of the device."""
        side = min(size.width(), size.height())
        if mode == QIcon.Mode.Disabled:
            return _drawn(self._name, self._faint, side, _FAINT)
        return _drawn(self._name, self._colour, side)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw it in the middle of a place."""
        ratio = painter.deviceTransform().m11()
        picture = self.pixmap(rect.size() * ratio, mode, state)
        picture.setDevicePixelRatio(ratio)
        place = QRect(0, 0, round(picture.width() / ratio), round(picture.height() / ratio))
        place.moveCenter(rect.center())
        painter.drawPixmap(place.topLeft(), picture)


@cache
def _icon(name: str, colour: str, faint: str) -> QIcon:
    return QIcon(_Drawing(name, colour, faint))


@cache
def _text(name: str) -> str:
    return resource(f"icons/{name}.svg").read_text(encoding="utf-8")


@cache
def _picture(name: str, colour: str, size: int, opacity: float) -> QPixmap:
    text = _text(name).replace("currentColor", colour)
    if opacity != 1.0:
        text = text.replace("<svg ", f'<svg opacity="{opacity}" ', 1)
    return _rendered(text, size)


def _drawn(name: str, colour: str, size: int, opacity: float = 1.0) -> QPixmap:
    """Return a picture of the caller's own; what has been drawn once is not drawn again."""
    return QPixmap(_picture(name, colour, size, opacity))


def _rendered(text: str, size: int) -> QPixmap:
    """Return a drawing, so many pixels wide and high as its first width and height are made to say."""
    for side in ("width", "height"):
        text = re.sub(f'{side}="[0-9]+"', f'{side}="{size}"', text, count=1)
    picture = QPixmap()
    picture.loadFromData(text.encode(), "svg")
    return picture
