"""Telling that there is a newer version, and where. Nothing is downloaded, nor asked unless the person wants it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QObject, QTimer, QUrl
from PySide6.QtGui import QDesktopServices

from app import __version__
from app.desktop.latest_release import LatestRelease, Version, releases_page
from app.settings import Value
from app.ui.options_watch import OptionsWatch
from app.ui.slim_bar import SlimBar
from app.ui.tools import Tools
from app.ui.wording import tr

OPTION: Final = "check-updates"
_ASKED, _NEWEST, _REFUSED = "updates/asked", "updates/newest", "updates/refused"
_DAY: Final = 86_400_000
_LOOK: Final = 3_600_000
"""Milliseconds between two looks whether a day has passed: a window lives for weeks in the tray."""


class UpdateNotice(QObject):
    """Asks at most once a day while option ``check-updates`` is on, and says in its ``bar`` what it finds.

    Args:
        tools: the window's things.
        options: tells whether the person wants it.
        parent: its owner.
        page: where the releases are; None for where this build says, which may be nowhere.
    """

    def __init__(
        self, tools: Tools, options: OptionsWatch, parent: QObject | None = None, page: str | None = None
    ) -> None:
        super().__init__(parent)
        self._layout = tools.layout
        self._now = tools.now
        self._page = page or releases_page()
        self._is_asking = False
        self.bar = SlimBar(kind="notice")
        self.bar.accepted.connect(self._open)
        self.bar.dismissed.connect(self._refuse)
        self._again = QTimer(self)
        self._again.setInterval(_LOOK)
        self._again.timeout.connect(self._ask_once_a_day)
        if self._page is not None:
            self._release = LatestRelease(self._page, self)
            self._release.found.connect(self._found)
            self._release.ended.connect(self._ended)
            options.changed.connect(self._options_changed)

    def _options_changed(self, changed: Mapping[str, Value]) -> None:
        if OPTION not in changed:
            return
        if changed[OPTION]:
            self._again.start()
            self._tell()
            self._ask_once_a_day()
        else:
            self._again.stop()
            self.bar.hide()

    def _ask_once_a_day(self) -> None:
        now = self._now()
        asked = sum(_numbers(str(self._layout.value(_ASKED, 0)))[:1])  # the file may hold anything
        if 0 <= now - asked < _DAY:  # a clock that was set back must not keep it from asking for years
            return
        if not self._is_asking:
            self._is_asking = True
            self._release.ask()

    def _ended(self, was_answered: bool) -> None:
        self._is_asking = False
        if was_answered:  # else it is asked at the next look
            self._layout.setValue(_ASKED, self._now())

    def _found(self, newest: Version) -> None:
        self._layout.setValue(_NEWEST, ".".join(map(str, newest)))
        if self._again.isActive():
            self._tell()

    def _tell(self) -> None:
        """Tell what was found, today or at an earlier start."""
        newest = self._newest()
        if newest not in {"", str(self._layout.value(_REFUSED, ""))} and _numbers(newest) > _numbers(__version__):
            self.bar.say(
                tr("There is a newer version: {newest}. This is {version}.").format(newest=newest, version=__version__),
                yes=tr("Show it in the browser"),
                no=tr("Not this one"),
            )

    def _open(self) -> None:
        # put together here, and not as the answer had it: no answer may lead elsewhere
        QDesktopServices.openUrl(QUrl(f"{self._page}/tag/v{self._newest()}"))
        self.bar.hide()

    def _refuse(self) -> None:
        self._layout.setValue(_REFUSED, self._newest())
        self.bar.hide()

    def _newest(self) -> str:
        return str(self._layout.value(_NEWEST, ""))


def _numbers(version: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", version)[:3]]
