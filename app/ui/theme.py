"""Light and dark: following the system, or as the person chose."""

from __future__ import annotations

import re

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from app.paths import resource
from app.ui.colours import DARK, LIGHT, Colours

_DISABLED = QPalette.ColorGroup.Disabled


class Theme(QObject):
    """The look of one application; all that draws itself asks for ``colours`` and hears ``changed``.

    Args:
        application: whose palette and style sheet it sets.
        choice: option ``theme``: system, light or dark.
        dress: whether it is dressed at once. The style sheet is looked through for every widget that is put into
            another one, so a window is made without it, and dressed before it is shown. There the application has begun
            with Fusion: ``setStyle`` gives the style back as an object, which takes 8 ms.
    """

    changed = Signal()

    def __init__(self, application: QApplication, choice: str = "system", *, dress: bool = True) -> None:
        super().__init__(application)
        self._application = application
        self._choice = choice
        self._is_dressed = dress
        if dress:
            application.setStyle("Fusion")
        application.styleHints().colorSchemeChanged.connect(self._system_changed)
        self._colours = LIGHT
        self._apply()

    @property
    def colours(self) -> Colours:
        """The colours in force."""
        return self._colours

    @property
    def is_dark(self) -> bool:
        """Whether they are the dark ones."""
        return self._colours is DARK

    def dress(self) -> None:
        """Set the style sheet, from now on."""
        self._is_dressed = True
        self._application.setStyleSheet(_style_sheet(self._colours))

    def choose(self, choice: str) -> None:
        """Follow the system, or be light or dark for good.

        Args:
            choice: system, light or dark.
        """
        if choice != self._choice:
            self._choice = choice
            self._apply()

    def _system_changed(self, _scheme: Qt.ColorScheme) -> None:
        if self._choice == "system":
            self._apply()

    def _apply(self) -> None:
        system = self._application.styleHints().colorScheme()
        dark = self._choice == "dark" or (self._choice == "system" and system is Qt.ColorScheme.Dark)
        self._colours = DARK if dark else LIGHT
        self._application.setPalette(_palette(self._colours))
        if self._is_dressed:
            self._application.setStyleSheet(_style_sheet(self._colours))
        self.changed.emit()


def _palette(colours: Colours) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for place, colour in (
        (role.Window, colours.window),
        (role.WindowText, colours.text),
        (role.Base, colours.surface),
        (role.AlternateBase, colours.raised),
        (role.Text, colours.text),
        (role.Button, colours.raised),
        (role.ButtonText, colours.text),
        (role.BrightText, colours.bad),
        (role.ToolTipBase, colours.raised),
        (role.ToolTipText, colours.text),
        (role.PlaceholderText, colours.dim),
        (role.Highlight, colours.selected),
        (role.HighlightedText, colours.on_selected),
        (role.Accent, colours.accent),
        (role.Link, colours.accent),
        (role.LinkVisited, colours.accent),
        (role.Light, colours.surface),
        (role.Midlight, colours.hover),
        (role.Mid, colours.line),
        (role.Dark, colours.line),
        (role.Shadow, colours.line),
    ):
        palette.setColor(place, QColor(colour))
    for place in (role.WindowText, role.Text, role.ButtonText):
        faint = QColor(colours.dim)
        faint.setAlpha(150)
        palette.setColor(_DISABLED, place, faint)
    return palette


def _style_sheet(colours: Colours) -> str:
    """Return resources/window.css with this set's colours in it: a place is ``@name``.

    The arrows and marks of fields are files, of which there is one for each set.
    """
    text = resource("window.css").read_text(encoding="utf-8")
    text = text.replace("@scheme", "dark" if colours is DARK else "light")
    for name in sorted(Colours.__dataclass_fields__, key=len, reverse=True):
        text = text.replace(f"@{name}", getattr(colours, name))
    # last, since a folder may be called anything
    return text.replace("@marks", re.sub(r'(["\\])', r"\\\1", resource("marks").as_posix()))
