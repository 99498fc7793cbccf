"""The icon in the tray: the queue at a glance, and a menu for what is done most."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from app.domain.job import State
from app.ui.looks import QueueLook
from app.ui.queue_watch import QueueWatch
from app.ui.throttle import Throttle
from app.ui.tools import Tools
from app.ui.tray_icon import TrayState, tray_icon
from app.ui.tray_jobs import RunningLook, running_look
from app.ui.tray_menu import TrayMenu
from app.ui.tray_presence import TrayPresence
from app.ui.tray_words import state_of, tooltip

if sys.platform == "linux":
    from app.desktop.status_notifiers_linux import StatusNotifiers

_CALM: Final = 1000
"""Milliseconds between two changes of icon or tooltip: each is fetched anew by the panel, and must not flicker."""


class Tray(QObject):
    """Shows the queue in the tray; what the person wants of it its ``menu`` says.

    Signals:
        toggled: the icon was clicked: show the window, or hide it.
        message_clicked: the last message was.

    Args:
        tools: the window's things.
        watch: looks at the queue.
        presence: whether there is a tray; None for the one of this desktop.
        parent: its owner.
        monotonic: gives seconds.
    """

    toggled = Signal()
    message_clicked = Signal()

    def __init__(
        self,
        tools: Tools,
        watch: QueueWatch,
        presence: TrayPresence | None = None,
        parent: QObject | None = None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._gateway = tools.gateway
        self._monotonic = monotonic
        self._look: QueueLook | None = None
        self._others_know = False
        self._is_refused = False
        self._is_wanted = False
        self._clicked_at = float("-inf")
        self._icon: QSystemTrayIcon | None = None
        self._state: TrayState | None = None
        self._tooltip = ""
        self._has_panel: Callable[[], bool] = bool  # of the kind that says so; elsewhere there is none
        if sys.platform == "linux":
            panels = StatusNotifiers(self)
            panels.changed.connect(self._panels_changed)
            self._has_panel = panels.are_there
        self.presence = TrayPresence(self._is_there, parent=self) if presence is None else presence
        self.menu = TrayMenu(tools.now, self._is_exported)
        self._calm = Throttle(_CALM, self)
        self._calm.passed.connect(self._draw)
        self.presence.came.connect(self._make)
        watch.seen.connect(self._seen)
        self._gateway.refused.connect(self._refused)
        self._gateway.lost.connect(self._refused)
        self._gateway.opened.connect(self._opened)
        if self._gateway.is_refused:
            self._refused()
        elif watch.last is not None:
            self._seen(watch.last)

    @property
    def icon(self) -> QSystemTrayIcon | None:
        """The icon that Qt shows; None while there is no tray."""
        return self._icon

    def show(self) -> None:
        """Be in the tray, from now on and whenever there is one."""
        if not self._is_wanted:
            self._is_wanted = True
            self.presence.start()

    def hide(self) -> None:
        """Be in no tray any more."""
        self._is_wanted = False
        self.presence.stop()
        self._drop()

    def notify(
        self, title: str, words: str, kind: QSystemTrayIcon.MessageIcon = QSystemTrayIcon.MessageIcon.Information
    ) -> bool:
        """Tell something beside the tray, and return whether there is one to do it.

        Args:
            title: in a few words.
            words: plain text.
            kind: Warning has the icon of attention beside it, Critical the desktop's own sign, any other the icon that
                is shown now. On a StatusNotifier host only these two can be clicked.
        """
        if self._icon is None or not self.presence.is_there:
            return False
        is_warning = kind is QSystemTrayIcon.MessageIcon.Warning
        if self._is_exported():
            # [E] Qt 6.11 hands it to the notification daemon, which reads words as mark-up, though not every one knows
            # an entity. Only a Critical one is given something to click; its sign stands in our place for ten seconds.
            words = words.replace("<", "\u2039")
            kind, is_warning = (QSystemTrayIcon.MessageIcon.Critical if is_warning else kind), False
        if kind is QSystemTrayIcon.MessageIcon.Critical:
            self._icon.showMessage(title, words, kind)
        else:
            self._icon.showMessage(title, words, tray_icon(TrayState.ATTENTION) if is_warning else self._icon.icon())
        return True

    def set_window_shown(self, shown: bool) -> None:
        """Offer to hide the window, or to open it."""
        self.menu.set_window_shown(shown)

    def attention(self, wanted: bool) -> None:
        """Show that there is something to be looked at, beyond what the queue itself tells."""
        self._others_know = wanted
        self._calm.call()

    # What it hears

    def _seen(self, look: QueueLook) -> None:
        if self._is_refused:
            return
        self._look = look
        self.menu.take_look(look)
        self._calm.call()
        if look.counts[State.PROCESSING]:
            self._gateway.look(self, running_look, self.menu.take_running, key="tray")
        else:
            self.menu.take_running(RunningLook())

    def _opened(self) -> None:
        """There is a queue, perhaps again: how it stands comes with the next look."""
        self._is_refused = False

    def _refused(self) -> None:
        """There is no queue: nothing can be done but to open the window, which says why, or to quit."""
        self._is_refused = True
        self._look = None
        self.menu.take_look(None)
        self._calm.call()

    def _message_clicked(self) -> None:
        """Pass it on, unless it was the icon.

        [E] Of a click at an XEmbed icon under its message Qt 6.11 says both, this first: the window would come and go.
        """
        if self._icon is not None and not self._icon.geometry().contains(QCursor.pos()):
            self.message_clicked.emit()

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        # On macOS the click has opened the menu.
        if sys.platform == "darwin" or reason is not QSystemTrayIcon.ActivationReason.Trigger:
            return
        # The second click of a double one comes as DoubleClick, or from a StatusNotifier host as another Trigger.
        now = self._monotonic()
        if now - self._clicked_at >= QApplication.doubleClickInterval() / 1000:
            self._clicked_at = now
            self.toggled.emit()

    # What is shown

    def _make(self) -> None:
        """Show an icon in the tray that has come.

        A new one each time: Qt settles when it is made whether it is a StatusNotifier item or an XEmbed window, and the
        tray that comes may be of the other kind.
        """
        self._drop()
        if not self._is_wanted:
            return
        self._icon = QSystemTrayIcon(self)
        self._icon.activated.connect(self._activated)
        self._icon.messageClicked.connect(self._message_clicked)
        self._icon.setContextMenu(self.menu)
        self._draw()
        self._icon.show()

    def _is_there(self) -> bool:
        """Whether there is a tray; Qt is asked last, since that costs the most."""
        if self._has_panel():
            return True
        has_place = self._icon is not None and not self._icon.geometry().isEmpty()
        return has_place or QSystemTrayIcon.isSystemTrayAvailable()

    def _panels_changed(self) -> None:
        """A panel of one kind came or went: what there is now may be of the other."""
        self._drop()
        if self._is_wanted and self.presence.look() and self._icon is None:
            self._make()

    def _drop(self) -> None:
        if self._icon is not None:
            self._icon.hide()
            self._icon.deleteLater()
            self._icon = None
        self._state, self._tooltip = None, ""

    def _draw(self) -> None:
        if self._icon is None:
            return
        state = state_of(self._look, attention=self._others_know or self._is_refused)
        if state is not self._state:
            self._state = state
            self._icon.setIcon(tray_icon(state))
        words = tooltip(self._look)
        if words != self._tooltip:
            self._tooltip = words
            self._icon.setToolTip(words)

    def _is_exported(self) -> bool:
        """Whether a panel shows the menu: Qt does not say so, but knows the place of no other icon than its own."""
        return sys.platform == "linux" and self._icon is not None and self._icon.geometry().isEmpty()
