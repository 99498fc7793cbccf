"""The program with the window, put together. It is bootstrap's second half: what only the window needs is made here."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Protocol

from PySide6.QtCore import QObject, QSettings
from PySide6.QtWidgets import QApplication, QMessageBox

from app import __version__
from app.desktop.collecting import Collector
from app.desktop.single_instance import SingleInstance, Start
from app.engine.signals import SignalEar
from app.logs import log_to
from app.messages import KnownError, Message
from app.paths import Home
from app.store.opening import wall_clock
from app.store.store import Store
from app.ui.bug_report import BugReport
from app.ui.gateway import Gateway
from app.ui.icons import Icons, application_icon
from app.ui.job_verbs import JobVerbs
from app.ui.main_window import MainWindow
from app.ui.queue_watch import QueueWatch
from app.ui.runner_control import RunnerControl
from app.ui.theme import Theme
from app.ui.tools import Tools
from app.ui.wording import said, said_error, tr

_log = logging.getLogger(__name__)
_THEME = "window/theme"


class OpenStore(Protocol):
    """Opens a home's store; ``told`` hears what an upgrade did."""

    def __call__(self, home: Home, *, told: Callable[[Message], None]) -> Store:
        """Open it."""


def be_the_window(
    find: Callable[[], Home], files: Sequence[str], open_store: OpenStore, rescue: Callable[[Store], None]
) -> int:
    """Show the window of a home until the person quits; return the exit code.

    Args:
        find: tells whose queue it shows; what is wrong with that is said in a box.
        files: job files to review.
        open_store: opens the queue.
        rescue: puts back what a dead runner left; called with the runner lock held.
    """
    application = QApplication(sys.argv[:1])
    application.setApplicationName("queuectl")
    application.setApplicationDisplayName("QueueCTL")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("queuectl")
    try:
        home = find()
        home.make()
    except KnownError as error:
        return _refuse(said_error(error))
    instance = SingleInstance(home, application)
    match instance.start(files):
        case Start.HANDED_OVER:
            return 0
        case Start.UNANSWERED:
            return _refuse(tr("QueueCTL is running already, but does not answer. End it, and start it again."))
    log_to(home.logs, "window")
    program = _Program(application, home, open_store, rescue)
    instance.shown_asked.connect(program.window.show_again)
    instance.files_asked.connect(program.window.open_files)
    program.show(files)
    ear = SignalEar(application)
    ear.heard.connect(program.leave)
    code = application.exec()
    ear.close()
    program.close()
    instance.close()
    return code


class _Program(QObject):
    """All that belongs to one window, and what happens between its parts."""

    def __init__(
        self, application: QApplication, home: Home, open_store: OpenStore, rescue: Callable[[Store], None]
    ) -> None:
        super().__init__(application)
        self._told: list[Message] = []
        layout = _layout(home, application)
        self._theme = Theme(application, str(layout.value(_THEME, "system")))
        self._layout = layout
        self._gateway = Gateway(lambda: open_store(home, told=self._told.append), self)
        icons = Icons(self._theme)
        tools = Tools(gateway=self._gateway, theme=self._theme, icons=icons, layout=layout, now=wall_clock)
        self._control = RunnerControl(self._gateway, os.environ, self)
        self._watch = QueueWatch(self._gateway, self)
        self.window = MainWindow(tools, JobVerbs(self._gateway, rescue, self), self._control, self._watch)
        self.window.setWindowIcon(application_icon())
        self._bugs = BugReport(self.window)
        sys.excepthook = self._bug
        self._gateway.opened.connect(self._opened)
        self._gateway.refused.connect(self.window.refuse)
        self.window.quit_wanted.connect(self.leave)
        self.window.theme_chosen.connect(self._theme_chosen)
        self._collector = Collector(application)

    def show(self, files: Sequence[str]) -> None:
        """Show the window, and review files."""
        self.window.show()
        if files:
            self.window.open_files([os.path.abspath(file) for file in files])

    def leave(self) -> None:
        """Close the window, and with it the program, unless something typed would be lost; jobs go on."""
        self.window.close()

    def close(self) -> None:
        """End all threads; what is being added is not."""
        self.window.reviewing.stop()
        self._layout.sync()
        self._gateway.close()

    def _opened(self) -> None:
        self._control.start_if_chosen()
        self._gateway.look(self, lambda store: store.options.text("theme"), self._theme_chosen)
        for line in self._told:
            self.window.tell(said(line))

    def _theme_chosen(self, choice: str) -> None:
        self._theme.choose(choice)
        self._layout.setValue(_THEME, choice)  # known before the first frame of the next start

    def _bug(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        _log.critical("a bug in the window", exc_info=error)
        self._bugs.show(kind, error, trace)


def _layout(home: Home, parent: QObject) -> QSettings:
    home.window_ini.touch(mode=0o600)
    return QSettings(str(home.window_ini), QSettings.Format.IniFormat, parent)


def _refuse(words: str) -> int:
    box = QMessageBox(QMessageBox.Icon.Warning, "QueueCTL", words)
    box.setWindowIcon(application_icon())
    box.exec()
    return 1
