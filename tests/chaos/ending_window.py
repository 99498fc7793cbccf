"""The window, in which somebody presses the button that ends a runner which does not answer.

python -m tests.chaos.ending_window --home HOME
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QTimer

from app import bootstrap, window

_A_MOMENT = 1000


class _Program(window.Program):
    def _opened(self) -> None:
        super()._opened()
        QTimer.singleShot(_A_MOMENT, self._control.end_hanging)


if __name__ == "__main__":
    window.Program = _Program
    sys.exit(bootstrap.desktop())
