"""Colours in what jobs wrote: sequences of terminals become formats of text, readable on the theme's background."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from msgspec import Struct, structs
from ochre import RGB, Ansi256  # type: ignore[import-untyped]
from PySide6.QtGui import QColor, QFont, QTextCharFormat
from stransi import Escape, SetAttribute, SetColor  # type: ignore[import-untyped]
from stransi.attribute import Attribute  # type: ignore[import-untyped]
from stransi.color import ColorRole  # type: ignore[import-untyped]

from app.domain.terminal_text import TerminalText
from app.ui.theme import Theme

_SEQUENCE = re.compile(r"(\x1b\[[0-9;:]*m)")
_COLONS = re.compile(":+")
_KIND_OF_LINE = re.compile(r"(?<![0-9:])4:([0-9])(?![0-9:])")
_COLOUR_OF_LINE = re.compile(r"(?<![0-9:])58[:;]+(?:5[:;]+[0-9]+|2[:;]+[0-9]+[:;]+[0-9]+[:;]+[0-9]+)(?![0-9])")
_NAMED = 16
_ALL = 256
_CONTRAST = 3.0
_STEP = 0.15

# The sixteen colours that programs name; each terminal chooses its own, and so does each theme.
_LIGHT = (
    *("#1b2330", "#c22a3a", "#15803d", "#a8580a", "#2563d9", "#9333b8", "#0e7490", "#707b8c"),
    *("#5d6878", "#d63747", "#178f45", "#b06f0c", "#3b76ea", "#a64bc9", "#138aa8", "#8a94a3"),
)
_DARK = (
    *("#4b5563", "#ff8088", "#5fd08b", "#f0b354", "#7fabff", "#d79bf0", "#5cc8dc", "#c9d1dd"),
    *("#8590a2", "#ffa0a6", "#83e0a7", "#f7cb83", "#a5c4ff", "#e5bdf6", "#8adcea", "#f2f5fa"),
)

Colour = int | str | None
"""One of the sixteen by number, any other as ``#rrggbb``, or None for the theme's own."""


class Style(Struct, frozen=True):
    """How text looks. ``aside``: it was not written by the job, but says something about what it wrote."""

    front: Colour = None
    back: Colour = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False
    hidden: bool = False
    aside: bool = False


PLAIN = Style()
ASIDE = Style(aside=True)

_SWITCHES = {
    Attribute.BOLD: {"bold": True},
    Attribute.DIM: {"dim": True},
    Attribute.NEITHER_BOLD_NOR_DIM: {"bold": False, "dim": False},
    Attribute.ITALIC: {"italic": True},
    Attribute.NOT_ITALIC: {"italic": False},
    Attribute.UNDERLINE: {"underline": True},
    Attribute.NOT_UNDERLINE: {"underline": False},
    Attribute.REVERSE: {"reverse": True},
    Attribute.NOT_REVERSE: {"reverse": False},
    Attribute.HIDDEN: {"hidden": True},
    Attribute.NOT_HIDDEN: {"hidden": False},
}


def styled(text: str, style: Style) -> Iterator[tuple[str, Style]]:
    """Yield the parts of a text without its sequences, each with its style; an empty one last tells how it goes on.

    Args:
        text: what ``domain.terminal_text`` let pass.
        style: in force at its beginning.
    """
    for part in _SEQUENCE.split(text):
        if part.startswith("\x1b"):
            style = _after(style, part)
        elif part:
            yield part, style
    yield "", style


def without_colours(text: str) -> str:
    """Return what a terminal would show of a text that is whole, in one colour; it holds no controls."""
    return _SEQUENCE.sub("", TerminalText()(text))


@lru_cache(4096)
def _after(style: Style, sequence: str) -> Style:
    """Return what a sequence makes of a style."""
    for instruction in Escape(_simplified(sequence)).instructions():
        if isinstance(instruction, SetAttribute):
            if instruction.attribute is Attribute.NORMAL:
                style = PLAIN
            else:
                style = structs.replace(style, **_SWITCHES.get(instruction.attribute, {}))
        elif isinstance(instruction, SetColor):
            place = "front" if instruction.role is ColorRole.FOREGROUND else "back"
            style = structs.replace(style, **{place: _colour(instruction.color)})
    return style


def _simplified(sequence: str) -> str:
    """Return a sequence as the library reads it.

    It knows no colons between the parts of one colour, takes the kinds of underline for other styles, and the colour
    of one (58) too; 29 is a style that it lets pass.
    """
    without_kinds = _KIND_OF_LINE.sub(_line, _COLOUR_OF_LINE.sub("29", sequence))
    return _COLONS.sub(";", without_kinds)


def _line(kind: re.Match[str]) -> str:
    return "24" if kind[1] == "0" else "4"


def _colour(colour: object) -> Colour:
    if isinstance(colour, Ansi256):
        code = colour.code
        if code < _NAMED:
            return int(code)
        return _hex(colour.rgb) if code < _ALL else None
    return _hex(colour) if isinstance(colour, RGB) else None


def _hex(colour: Iterable[float]) -> str:
    return "#" + "".join(f"{round(min(max(part, 0.0), 1.0) * 255):02x}" for part in colour)


class Formats:
    """The formats of styles, in one theme's colours.

    Args:
        theme: asked whenever a style is met for the first time.
    """

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._made: dict[Style, QTextCharFormat] = {}

    def forget(self) -> None:
        """Make all anew: the theme has changed."""
        self._made.clear()

    def of(self, style: Style) -> QTextCharFormat:
        """Return the format of a style."""
        if style not in self._made:
            self._made[style] = self._make(style)
        return self._made[style]

    def _make(self, style: Style) -> QTextCharFormat:
        colours = self._theme.colours
        made = QTextCharFormat()
        if style.aside:
            made.setForeground(QColor(colours.dim))
            made.setFontItalic(True)
            return made
        front, back = self._known(style.front), self._known(style.back)
        if style.reverse:
            front, back = _or(back, colours.surface), _or(front, colours.text)
        behind = _or(back, colours.surface)
        if style.hidden:
            front = behind
        elif front is not None or back is not None:
            front = _readable(_or(front, colours.text), behind)
        if style.dim and not style.hidden:
            front = _mixed(_or(front, colours.text), behind, 0.35)
        if front is not None:
            made.setForeground(front)
        if back is not None:
            made.setBackground(back)
        if style.bold:
            made.setFontWeight(QFont.Weight.Bold)
        made.setFontItalic(style.italic)
        made.setFontUnderline(style.underline)
        return made

    def _known(self, colour: Colour) -> QColor | None:
        if isinstance(colour, int):
            return QColor((_DARK if self._theme.is_dark else _LIGHT)[colour])
        return None if colour is None else QColor(colour)


def _or(colour: QColor | None, other: str) -> QColor:
    return QColor(other) if colour is None else colour


def _readable(front: QColor, behind: QColor) -> QColor:
    """Return a colour, or one like it that stands out: programs choose theirs for a background they don't know."""
    end = QColor("black") if _light(behind) > 0.18 else QColor("white")  # noqa: PLR2004  as far from black as white
    for step in range(round(1 / _STEP) + 1):
        mixed = _mixed(front, end, step * _STEP)
        lighter, darker = sorted((_light(mixed), _light(behind)), reverse=True)
        if (lighter + 0.05) / (darker + 0.05) >= _CONTRAST:
            return mixed
    return end


def _light(colour: QColor) -> float:
    """Return the relative luminance of a colour (WCAG)."""
    parts = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004  the definition's numbers
        for part in (colour.redF(), colour.greenF(), colour.blueF())
    )
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def _mixed(one: QColor, other: QColor, share: float) -> QColor:
    share = min(share, 1.0)
    return QColor.fromRgbF(
        *(
            float(a) * (1 - share) + float(b) * share
            for a, b in (
                (one.redF(), other.redF()),
                (one.greenF(), other.greenF()),
                (one.blueF(), other.blueF()),
            )
        )
    )
