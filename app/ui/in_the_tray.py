"""What the tray icon and the window have to do with each other."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QSystemTrayIcon

from app.store.notices import Notice, NoticeKind
from app.ui.job_verbs import JobVerbs
from app.ui.leaving import Leaving
from app.ui.main_window import MainWindow
from app.ui.runner_control import RunnerControl
from app.ui.sidebar import Place
from app.ui.tray import Tray
from app.ui.wording import tr

_Icon = QSystemTrayIcon.MessageIcon
_ICON_OF = {NoticeKind.DIED: _Icon.Warning, NoticeKind.DONE: _Icon.Information, NoticeKind.RUNNER: _Icon.Critical}


class InTheTray(QObject):
    """Does what is asked of the tray icon, and tells there what the window has to say while it is hidden.

    Args:
        tray: the icon.
        window: comes and goes.
        verbs: changes jobs.
        control: acts on the runner.
        leaving: ends the program.
        parent: its owner.
    """

    def __init__(
        self,
        tray: Tray,
        window: MainWindow,
        verbs: JobVerbs,
        control: RunnerControl,
        leaving: Leaving,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tray = tray
        self._window = window
        self._control = control
        self._told: Notice | None = None
        menu = tray.menu
        tray.toggled.connect(self._toggle)
        menu.open_wanted.connect(window.show_again)
        menu.hide_wanted.connect(self._hide)
        menu.add_wanted.connect(self._add)
        menu.paste_wanted.connect(self._paste)
        menu.pause_wanted.connect(verbs.set_paused)
        menu.workers_wanted.connect(control.set_workers)
        menu.runner_start_wanted.connect(self._start_runner)
        menu.runner_stop_wanted.connect(self._stop_runner)
        menu.workers_page_wanted.connect(self._show_workers)
        menu.dead_letters_wanted.connect(self._show_dead_letters)
        menu.job_wanted.connect(self._reveal)
        menu.cancel_wanted.connect(self._cancel)
        menu.settings_wanted.connect(self._show_settings)
        menu.quit_wanted.connect(leaving.quit)
        tray.message_clicked.connect(self._open_what_was_told)
        tray.presence.went.connect(self._come_back)
        window.seen_changed.connect(self._seen_changed)
        self._seen_changed(window.is_seen)
        leaving.first_hidden.connect(self._say)
        leaving.postponed.connect(self._say_while_hidden)

    def show_notice(self, notice: Notice, title: str, words: str) -> None:
        """Tell a notice beside the tray; in the window where there is none."""
        if self._tray.notify(title, words, _ICON_OF[notice.kind]):
            self._told = notice
        elif self._window.is_seen and notice.kind is not NoticeKind.RUNNER:  # of that a bar in the window tells longer
            self._window.tell(f"{title}. {words}" if words else title)
        if notice.kind is NoticeKind.RUNNER and not self._window.is_seen:
            self._tray.attention(True)

    def _open_what_was_told(self) -> None:
        self._window.show_again()
        if self._told is not None:
            self._window.open_notice(self._told)

    def _say(self, words: str) -> None:
        self._told = None
        self._tray.notify(tr("QueueCTL"), words)

    def _say_while_hidden(self, words: str) -> None:
        if not self._window.is_seen:
            self._say(words)

    def _toggle(self) -> None:
        if self._window.is_seen:
            self._hide()
        else:
            self._window.show_again()

    def _hide(self) -> None:
        if self._window.may_close():
            self._window.hide()

    def _come_back(self) -> None:
        """There is no tray, or none any more: no way back to a hidden window."""
        if not self._window.isVisible():
            self._window.show_again()

    def _seen_changed(self, is_seen: bool) -> None:
        self._tray.set_window_shown(is_seen)
        if is_seen:
            self._tray.attention(False)

    def _add(self) -> None:
        self._window.show_again()
        self._window.job_actions.add()

    def _paste(self) -> None:
        self._window.show_again()
        self._window.paste()

    def _start_runner(self) -> None:
        self._control.start()

    def _stop_runner(self) -> None:
        self._control.stop()

    def _show_workers(self) -> None:
        self._window.show_again()
        self._window.show_workers()

    def _show_dead_letters(self) -> None:
        self._window.show_again()
        self._window.sidebar.go_to(Place.DEAD_LETTERS)

    def _reveal(self, seq: int) -> None:
        self._window.show_again()
        self._window.reveal(seq)

    def _cancel(self, seq: int) -> None:
        self._window.show_again()
        self._window.job_actions.cancel_running(seq)

    def _show_settings(self) -> None:
        self._window.show_again()
        self._window.dialogs.show_settings()
