"""One home's window and tray icon, put together: the window first, and all else when it is painted."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QSettings
from PySide6.QtWidgets import QApplication

from app.messages import KnownError, Message
from app.paths import Home
from app.ui.gateway import Gateway
from app.ui.icons import Icons, application_icon
from app.ui.job_verbs import JobVerbs
from app.ui.later import Later
from app.ui.main_window import MainWindow
from app.ui.queue_watch import QueueWatch
from app.ui.theme import Theme
from app.ui.tools import Tools
from app.ui.wording import said

if TYPE_CHECKING:
    from app.desktop.autostart import Settling
    from app.desktop.window_session import WindowSession
    from app.settings import Value
    from app.store.store import Store
    from app.ui.bug_report import BugReport
    from app.ui.in_the_tray import InTheTray
    from app.ui.leaving import Leaving
    from app.ui.notifier import Notifier
    from app.ui.options_watch import OptionsWatch
    from app.ui.recovering import Recovering
    from app.ui.runner_control import RunnerControl
    from app.ui.runner_keeping import RunnerKeeping
    from app.ui.tray import Tray
    from app.ui.update_notice import UpdateNotice

_log = logging.getLogger(__name__)
_THEME, _AGREED = "window/theme", "autostart/agreed"
_OF_THE_STORE = ("peewee", "playhouse.apsw_ext", "app.store.bulk", "app.store.store")
_OF_THE_LOG = ("rich.console", "rich.pretty", "structlog", "app.logs")
"""Imported one by one: together they would hold the window up for as long as it takes to notice.

Only what the built program has, too: structlog does without ``rich.traceback``, whose pygments is left out of it.
"""


class OpenStore(Protocol):
    """Opens a home's store; ``told`` hears what an upgrade did."""

    def __call__(self, home: Home, *, told: Callable[[Message], None]) -> Store:
        """Open it."""


class Program(QObject):
    """All that belongs to one home's window and tray icon, and what happens between its parts.

    The window comes first. All else is made in steps when that is painted, or when it is needed before.

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
        sys.excepthook = self._bug
        self._first_line = _FirstLine(self._begin_log)
        logging.getLogger().addHandler(self._first_line)
        self._application = application
        self._home = home
        self._minds_log_in = minds_log_in
        self._told: list[Message] = []
        self._has_log = self._was_opened = False
        self._layout = _layout(home, application)
        self._theme = Theme(application, str(self._layout.value(_THEME, "system")), dress=False)
        self._open_store = partial(open_store, home, told=self._told.append)
        self._gateway = Gateway(self._open_store, self)
        self._tools = Tools(
            gateway=self._gateway, theme=self._theme, icons=Icons(self._theme), layout=self._layout, now=_wall_clock
        )
        self._watch = QueueWatch(self._gateway, self)
        self._verbs = JobVerbs(self._gateway, rescue, self)
        self.window = MainWindow(self._tools, self._verbs, self._get_control, self._watch)
        self._theme.dress()
        self._later = Later(self)
        self._gateway.opened.connect(self._opened)
        self._gateway.refused.connect(self.window.refuse)
        self.window.close_wanted.connect(self._close_window)
        self.window.quit_wanted.connect(self._quit)
        self.window.painted.connect(self._later.begin)

    @property
    def is_complete(self) -> bool:
        """Whether all of it is made."""
        return self._later.is_done

    def begin(self, files: Sequence[str], *, in_tray: bool, hear: Callable[[], None] | None = None) -> None:
        """Be in the tray; show the window unless only the tray is wanted, and there is one; review files.

        Args:
            files: job files; relative ones are meant from this process's folder.
            in_tray: whether to begin without a window.
            hear: lets others reach this program, as soon as the window is painted.
        """
        paths = [os.path.abspath(file) for file in files]
        self._later.plan(self._steps(paths, hear))
        if files or not in_tray:
            self.window.show()
        else:
            self._later.begin()

    def _steps(self, paths: list[str], hear: Callable[[], None] | None) -> list[Callable[[], object]]:
        """Return what is done after the first frame: what a person waits for first, each step a short one."""
        make = partial(partial, getattr, self)
        return [
            *([] if hear is None else [hear]),
            *(partial(import_module, module) for module in _OF_THE_STORE),
            self._gateway.begin,
            *([partial(self.window.open_files, paths)] if paths else []),
            make("_tray"),
            make("_in_the_tray"),
            make("_recovering"),
            *self.window.rest(),
            make("_session"),
            make("_notifier"),
            make("_options"),
            make("_updates"),
            *(partial(import_module, module) for module in _OF_THE_LOG),
            self._begin_log,
            partial(_set_icon, self._application),
            self._begin_collecting,
        ]

    # What is made later

    @cached_property
    def _control(self) -> RunnerControl:
        from app.ui.runner_control import RunnerControl

        return RunnerControl(self._gateway, os.environ, self)

    @cached_property
    def _tray(self) -> Tray:
        from app.ui.tray import Tray

        tray = Tray(self._tools, self._watch, parent=self)
        tray.show()
        return tray

    @cached_property
    def _keeping(self) -> RunnerKeeping:
        from app.ui.runner_keeping import RunnerKeeping

        keeping = RunnerKeeping(self._gateway, self.window.control, self._watch, self)
        keeping.died.connect(self._runner_died)
        keeping.hindered.connect(self.window.tell_error)
        keeping.given_up.connect(self._runner_given_up)
        keeping.given_up.connect(self._verbs.put_back)
        return keeping

    @cached_property
    def _leaving(self) -> Leaving:
        from app.ui.leaving import Leaving

        has_tray = self._tray.presence.look
        leaving = Leaving(self._tools, self.window, self.window.control, self._watch, self._keeping, has_tray, self)
        leaving.left.connect(_end)
        self.window.add_bar(leaving.bar)
        return leaving

    @cached_property
    def _in_the_tray(self) -> InTheTray:
        from app.ui.in_the_tray import InTheTray

        return InTheTray(self._tray, self.window, self._verbs, self.window.control, self._leaving, self)

    @cached_property
    def _notifier(self) -> Notifier:
        from app.ui.notifier import Notifier

        notifier = Notifier(self._tools, self)
        notifier.shown.connect(self._in_the_tray.show_notice)
        return notifier

    @cached_property
    def _session(self) -> WindowSession:
        from app.desktop.window_session import WindowSession

        session = WindowSession(self._application, self)
        session.ending.connect(self._session_ends)
        session.went_on.connect(self.window.hold)
        session.went_on.connect(self._leaving.session_goes_on)
        return session

    @cached_property
    def _options(self) -> OptionsWatch:
        from app.ui.options_watch import OptionsWatch

        options = OptionsWatch(self._gateway, self)
        options.changed.connect(self._options_changed)
        return options

    @cached_property
    def _recovering(self) -> Recovering:
        from app.ui.recovering import Recovering

        recovering = Recovering(self._tools, self.window, self._home, self._open_store, self._keeping)
        self._keeping.died.connect(recovering.look_for_damage)
        self._keeping.given_up.connect(recovering.look_for_damage)
        self.window.control.failed.connect(recovering.look_for_damage)
        return recovering

    @cached_property
    def _updates(self) -> UpdateNotice:
        from app.ui.update_notice import UpdateNotice

        updates = UpdateNotice(self._tools, self._options, self)
        self.window.add_bar(updates.bar)
        return updates

    @cached_property
    def _settle_autostart(self) -> Settling:
        from app.desktop.autostart import Settling, autostart_of
        from app.launch import desktop_command

        return Settling(
            autostart_of(self._home, os.environ),
            str(self._layout.value(_AGREED, "")),
            desktop_command(self._home, os.environ, frozen=bool(getattr(sys, "frozen", False))),
        )

    @cached_property
    def _bugs(self) -> BugReport:
        from app.ui.bug_report import BugReport

        bugs = BugReport(self.window)
        bugs.report_wanted.connect(self.window.dialogs.show_report)
        return bugs

    def _begin_log(self) -> None:
        if not self._has_log:
            from app.logs import log_to

            self._has_log = True
            logging.getLogger().removeHandler(self._first_line)
            log_to(self._home.logs, "window")

    def _begin_collecting(self) -> None:
        from app.desktop.collecting import Collector

        Collector(self._application)

    # What is asked of it

    def show_again(self) -> None:
        """Bring the window to the front, also where it was just about to go for good."""
        self._leaving.come_back()
        self.window.show_again()

    def leave(self) -> None:
        """End at a signal; jobs go on."""
        self._leaving.leave_at_once()

    def close(self) -> None:
        """End all threads; what is being added is not."""
        self._later.stop()
        logging.getLogger().removeHandler(self._first_line)
        if "_tray" in self.__dict__:
            self._tray.hide()
        self.window.stop_reviewing()
        self.window.may_close()  # the settings store what was typed last
        self.window.keep_layout()
        self._layout.sync()
        for widget in QApplication.topLevelWidgets():  # nobody answers in them any more
            widget.hide()
        self._gateway.close()

    # What it hears

    def _close_window(self) -> None:
        self._leaving.close_window()

    def _quit(self) -> None:
        self._leaving.quit()

    def _get_control(self) -> RunnerControl:
        return self._control

    def _opened(self) -> None:
        self._recovering.look_for_damage()
        if not self._was_opened or self._recovering.has_restored:
            self.window.control.start_if_chosen()
        self._was_opened = True
        for line in self._told:
            self.window.tell(said(line))
        self._told.clear()

    def _options_changed(self, changed: dict[str, Value]) -> None:
        if "theme" in changed:
            choice = str(changed["theme"])
            self._theme.choose(choice)
            self._layout.setValue(_THEME, choice)  # known before the first frame of the next start
        if "autostart" in changed and self._minds_log_in:
            self._gateway.change(self, self._settle_autostart, self._autostart_settled)

    def _autostart_settled(self, agreed: str) -> None:
        self._layout.setValue(_AGREED, agreed)

    def _runner_died(self, words: Message) -> None:
        self._notifier.runner_failed(words)
        self.window.tell_trouble(said(words))

    def _runner_given_up(self, error: KnownError) -> None:
        self.window.tell_error(error)
        self._notifier.runner_failed(error.message)

    def _session_ends(self, what: str) -> None:
        from app.desktop.window_session import record_end

        self._gateway.change(self, partial(record_end, what=what))
        self.window.let_go()
        self._leaving.session_ends()

    def _bug(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self.leave()
            return
        self._begin_log()
        _log.critical("a bug in the window", exc_info=error)
        self._bugs.show(kind, error, trace)


class _FirstLine(logging.Handler):
    """Has the log begun when there is a line for it already; without it that would go to standard error.

    Args:
        begin: begins the log, and takes this away.
    """

    def __init__(self, begin: Callable[[], None]) -> None:
        super().__init__()
        self._begin = begin

    def emit(self, record: logging.LogRecord) -> None:
        """Hand a line to the log."""
        self._begin()
        logging.getLogger(record.name).handle(record)


def _end() -> None:
    # not quit(): that asks every window whether it may be closed
    QApplication.exit(0)


def _layout(home: Home, parent: QObject) -> QSettings:
    # Qt's own dialog for files keeps there which folders were looked at; a portable home keeps that too
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, str(home.data))
    home.window_ini.touch(mode=0o600)
    return QSettings(str(home.window_ini), QSettings.Format.IniFormat, parent)


def _set_icon(application: QApplication) -> None:
    application.setWindowIcon(application_icon())


def _wall_clock() -> int:
    from app.store.opening import wall_clock

    return wall_clock()
