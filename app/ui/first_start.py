"""The first start with an empty queue: one line of greeting, and an example to try."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSettings, Signal

from app.paths import resource
from app.ui.slim_bar import SlimBar
from app.ui.wording import tr

if TYPE_CHECKING:
    from app.ui.looks import QueueLook

_GREETING: Final = "window/greeting"
_DUE, _OVER = "due", "over"
_OF_A_WINDOW: Final = ("window/geometry", "window/theme")
"""What a window has kept by the time it closes: with one of them, this is not the first."""


def example_file() -> str:
    """Return the path of the jobs to try, written for this system's shell.

    Raises:
        FileNotFoundError: the installation is not whole.
    """
    return str(resource(f"examples/first-jobs.{'windows' if os.name == 'nt' else 'posix'}.json"))


class Greeting(SlimBar):
    """Greets whoever opens a home for the first time, until it is dismissed or there is a job; then never again.

    Signals:
        example_wanted: the example is to be reviewed.

    Args:
        layout: ``data/window.ini``, which remembers that the greeting is over.
    """

    example_wanted = Signal()

    def __init__(self, layout: QSettings) -> None:
        super().__init__(kind="notice")
        self._layout = layout
        if not layout.contains(_GREETING):
            layout.setValue(_GREETING, _DUE if self.is_due(layout) else _OVER)
        self.accepted.connect(self.example_wanted)
        self.dismissed.connect(self._be_over)

    def show_look(self, look: QueueLook) -> None:
        """Greet if there is no job yet."""
        if not self.is_due(self._layout):
            return
        if look.total:
            self._be_over()
        elif self.isHidden():
            self.greet()

    def greet(self) -> None:
        """Greet."""
        self.say(
            tr("Welcome to QueueCTL. Drop a file of jobs here, or try the example."),
            yes=tr("Try the example"),
            no=tr("Dismiss"),
        )

    @staticmethod
    def is_due(layout: QSettings) -> bool:
        """Whether whoever opens this home is to be greeted, as long as there is no job."""
        if layout.contains(_GREETING):
            return str(layout.value(_GREETING)) == _DUE
        return not any(map(layout.contains, _OF_A_WINDOW))

    def _be_over(self) -> None:
        self._layout.setValue(_GREETING, _OVER)
        self.hide()
