"""The program with the window and the tray icon, put together.

It is bootstrap's second half: what only the window needs is made here.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from types import TracebackType
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, QSettings, Qt, Signal
from PySide6.QtWidgets import QApplication, QMessageBox

from app import __version__
from app.desktop.autostart import OPTION as AUTOSTART
from app.desktop.autostart import Settling, autostart_of
from app.desktop.collecting import Collector
from app.desktop.single_instance import SingleInstance, Start
from app.desktop.window_session import WindowSession, record_end
from app.engine.signals import SignalEar
from app.launch import desktop_command
from app.logs import log_to
from app.messages import KnownError, Message
from app.no_screen import told_in_words
from app.paths import Home
from app.settings import Value
from app.store.opening import wall_clock
from app.store.store import Store
from app.ui.bug_report import BugReport
from app.ui.gateway import Gateway
from app.ui.icons import Icons, application_icon
from app.ui.in_the_tray import InTheTray
from app.ui.job_verbs import JobVerbs
from app.ui.leaving import Leaving
from app.ui.main_window import MainWindow
from app.ui.notifier import Notifier
from app.ui.options_watch import OptionsWatch
from app.ui.queue_watch import QueueWatch
from app.ui.recovering import Recovering
from app.ui.runner_control import RunnerControl
from app.ui.runner_keeping import RunnerKeeping
from app.ui.theme import Theme
from app.ui.tools import Tools
from app.ui.tray import Tray
from app.ui.update_notice import UpdateNotice
from app.ui.wording import said, said_error, tr

if sys.platform == "win32":
    from app.desktop.start_menu_windows import take_identity

_log = logging.getLogger(__name__)
_THEME, _AGREED = "window/theme", "autostart/agreed"


class Application(QApplication):
    """Asks nobody when the system wants the program to end.

    Qt would close every window instead, and stay where one of them refuses: the window itself, which goes into the
    tray, or a form in which something is typed. On macOS, which tells of a log-off by this event alone, that would hold
    it up.

    Signals:
        end_wanted: the system ends the program; on macOS also Quit in the Dock.
    """

    end_wanted = Signal()

    def event(self, event: QEvent) -> bool:
        """Take note of a request to end, and agree."""
        if event.type() != QEvent.Type.Quit:
            return super().event(event)
        event.accept()
        self.end_wanted.emit()
        return True


class OpenStore(Protocol):
    """Opens a home's store; ``told`` hears what an upgrade did."""

    def __call__(self, home: Home, *, told: Callable[[Message], None]) -> Store:
        """Open it."""


def make_application() -> Application:
    """Return the application of this process, which knows what it is called."""
    if sys.platform == "win32":
        take_identity()
    application = Application(sys.argv[:1])
    application.setApplicationName("queuectl")
    application.setApplicationDisplayName("QueueCTL")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("queuectl")
    application.setQuitOnLastWindowClosed(False)
    return application


def be_the_window(
    find: Callable[[], Home],
    files: Sequence[str],
    open_store: OpenStore,
    rescue: Callable[[Store], None],
    *,
    in_tray: bool = False,
) -> int:
    """Be in the tray and show the window of a home until the person quits; return the exit code.

    Args:
        find: tells whose queue it shows; what is wrong with that is said in a box.
        files: job files to review.
        open_store: opens the queue.
        rescue: puts back what a dead runner left; called with the runner lock held.
        in_tray: whether to begin without a window, where there is a tray.
    """
    with told_in_words():
        application = make_application()
    try:
        home = find()
        home.make()
    except KnownError as error:
        return _refuse(said_error(error))
    instance = SingleInstance(home, application)
    match instance.start(files, show=not in_tray):
        case Start.HANDED_OVER:
            return 0
        case Start.UNANSWERED:
            return _refuse(tr("QueueCTL is running already, but does not answer. End it, and start it again."))
    log_to(home.logs, "window")
    program = Program(application, home, open_store, rescue)
    instance.shown_asked.connect(program.show_again)
    instance.files_asked.connect(program.window.open_files)
    instance.leave_asked.connect(program.leave)
    program.begin(files, in_tray=in_tray)
    ear = SignalEar(application)
    ear.heard.connect(program.leave)
    application.end_wanted.connect(program.leave)
    code = application.exec()
    ear.close()
    program.close()
    instance.close()
    return code


class Program(QObject):
    """All that belongs to one home's window and tray icon, and what happens between its parts.

    Args:
        application: of this process.
        home: the queue's.
        open_store: opens the queue.
        rescue: as for ``be_the_window``.
        minds_log_in: whether what the system starts at log-in is looked at, and kept in line with the option.
    """

    def __init__(
        self,
        application: QApplication,
        home: Home,
        open_store: OpenStore,
        rescue: Callable[[Store], None],
        *,
        minds_log_in: bool = True,
    ) -> None:
        super().__init__(application)
        self._told: list[Message] = []
        self._layout = _layout(home, application)
        self._theme = Theme(application, str(self._layout.value(_THEME, "system")))
        self._gateway = Gateway(lambda: open_store(home, told=self._told.append), self)
        self._was_opened = False
        tools = Tools(
            gateway=self._gateway, theme=self._theme, icons=Icons(self._theme), layout=self._layout, now=wall_clock
        )
        self._control = RunnerControl(self._gateway, os.environ, self)
        watch = QueueWatch(self._gateway, self)
        verbs = self._verbs = JobVerbs(self._gateway, rescue, self)
        self.window = MainWindow(tools, verbs, self._control, watch)
        self.window.setWindowIcon(application_icon())
        self._tray = Tray(tools, watch, parent=self)
        self._keeping = RunnerKeeping(self._gateway, self._control, watch, self)
        self._notifier = Notifier(tools, self)
        has_tray = self._tray.presence.look
        self._leaving = Leaving(tools, self.window, self._control, watch, self._keeping, has_tray, self)
        self._in_the_tray = InTheTray(self._tray, self.window, verbs, self._control, self._leaving, self)
        self._session = WindowSession(application, self)
        self._options = OptionsWatch(self._gateway, self)
        opener = partial(open_store, home, told=self._told.append)
        self._recovering = Recovering(tools, self.window, home, opener, self._keeping)
        self._updates = UpdateNotice(tools, self._options, self)
        self._settle_autostart: Settling | None = None
        if minds_log_in:
            self._settle_autostart = Settling(
                autostart_of(home, os.environ),
                str(self._layout.value(_AGREED, "")),
                desktop_command(home, os.environ, frozen=bool(getattr(sys, "frozen", False))),
            )
        self._bugs = BugReport(self.window)
        sys.excepthook = self._bug
        self._connect()
        self._collector = Collector(application)

    def _connect(self) -> None:
        self._gateway.opened.connect(self._opened)
        self._gateway.refused.connect(self.window.refuse)
        self._options.changed.connect(self._options_changed)
        self.window.add_bar(self._leaving.bar)
        self.window.add_bar(self._updates.bar)
        self.window.close_wanted.connect(self._leaving.close_window)
        self.window.quit_wanted.connect(self._leaving.quit)
        self._leaving.left.connect(_end)
        self._keeping.died.connect(self._notifier.runner_failed)
        self._keeping.died.connect(self._runner_died)
        self._keeping.died.connect(self._recovering.look_for_damage)
        self._keeping.given_up.connect(self._recovering.look_for_damage)
        self._control.failed.connect(self._recovering.look_for_damage)
        self._keeping.given_up.connect(self._runner_given_up)
        self._keeping.given_up.connect(self._verbs.put_back)
        self._notifier.shown.connect(self._in_the_tray.show_notice)
        self._session.ending.connect(self._session_ends)
        self._bugs.report_wanted.connect(self.window.dialogs.show_report)
        self._session.went_on.connect(self.window.hold)
        self._session.went_on.connect(self._leaving.session_goes_on)

    def begin(self, files: Sequence[str], *, in_tray: bool) -> None:
        """Be in the tray; show the window unless only the tray is wanted, and there is one; review files."""
        self._tray.show()
        if files or not in_tray:
            self.window.show()
        if files:
            self.window.open_files([os.path.abspath(file) for file in files])

    def show_again(self) -> None:
        """Bring the window to the front, also where it was just about to go for good."""
        self._leaving.come_back()
        self.window.show_again()

    def leave(self) -> None:
        """End at a signal; jobs go on."""
        self._leaving.leave_at_once()

    def close(self) -> None:
        """End all threads; what is being added is not."""
        self._tray.hide()
        self.window.reviewing.stop()
        self.window.may_close()  # the settings store what was typed last
        self.window.keep_layout()
        self._layout.sync()
        for widget in QApplication.topLevelWidgets():  # nobody answers in them any more
            widget.hide()
        self._gateway.close()

    def _opened(self) -> None:
        self._recovering.look_for_damage()
        if not self._was_opened or self._recovering.has_restored:
            self._control.start_if_chosen()
        self._was_opened = True
        for line in self._told:
            self.window.tell(said(line))
        self._told.clear()

    def _options_changed(self, changed: dict[str, Value]) -> None:
        if "theme" in changed:
            choice = str(changed["theme"])
            self._theme.choose(choice)
            self._layout.setValue(_THEME, choice)  # known before the first frame of the next start
        if AUTOSTART in changed and self._settle_autostart is not None:
            self._gateway.change(self, self._settle_autostart, self._autostart_settled)

    def _autostart_settled(self, agreed: str) -> None:
        self._layout.setValue(_AGREED, agreed)

    def _runner_died(self, words: Message) -> None:
        self.window.tell_trouble(said(words))

    def _runner_given_up(self, error: KnownError) -> None:
        self.window.tell_error(error)
        self._notifier.runner_failed(error.message)

    def _session_ends(self, what: str) -> None:
        self._gateway.change(self, partial(record_end, what=what))
        self.window.let_go()
        self._leaving.session_ends()

    def _bug(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self.leave()
            return
        _log.critical("a bug in the window", exc_info=error)
        self._bugs.show(kind, error, trace)


def _end() -> None:
    # not quit(): that asks every window whether it may be closed
    QApplication.exit(0)


def _layout(home: Home, parent: QObject) -> QSettings:
    home.window_ini.touch(mode=0o600)
    return QSettings(str(home.window_ini), QSettings.Format.IniFormat, parent)


def _refuse(words: str) -> int:
    box = QMessageBox(QMessageBox.Icon.Warning, "QueueCTL", words)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowIcon(application_icon())
    box.exec()
    return 1
