"""A small button that shows an icon; its words stand in its tip."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QToolButton

from app.ui.tools import Tools

_ICON = 16


class ToolButton(QToolButton):
    """A button with an icon in the colours of the theme.

    Args:
        tools: icons and colours.
        icon: its name.
        words: its tip, and what a screen reader calls it.
        checkable: whether it stays down.
    """

    def __init__(self, tools: Tools, icon: str, words: str, *, checkable: bool = False) -> None:
        super().__init__()
        self._tools = tools
        self._icon_name = icon
        self.setToolTip(words)
        self.setAccessibleName(words)
        self.setCheckable(checkable)
        self.setIconSize(QSize(_ICON, _ICON))
        tools.theme.changed.connect(self._draw)
        self._draw()

    def _draw(self) -> None:
        self.setIcon(self._tools.icons.icon(self._icon_name))
