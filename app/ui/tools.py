"""What every page and dialog of the window is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings

from app.domain.moments import Millis
from app.ui.icons import Icons
from app.ui.theme import Theme

if TYPE_CHECKING:
    from app.ui.gateway import Gateway


@dataclass(frozen=True)
class Tools:
    """Made once by bootstrap.

    Attributes:
        gateway: the way to the store.
        theme: colours.
        icons: drawn in them.
        layout: geometry, columns and splitters, as the person left them (``data/window.ini``).
        now: the moment.
    """

    gateway: Gateway
    theme: Theme
    icons: Icons
    layout: QSettings
    now: Callable[[], Millis]
