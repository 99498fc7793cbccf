"""The real window on a real store, offscreen, in this process; and how late its event loop is."""

import os
import time
from contextlib import contextmanager

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QElapsedTimer, QEventLoop, QObject, QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication

from app.bootstrap import open_a_store
from app.desktop.collecting import Collector
from app.store.opening import wall_clock
from app.ui.gateway import Gateway
from app.ui.icons import Icons
from app.ui.job_verbs import JobVerbs
from app.ui.main_window import MainWindow
from app.ui.queue_watch import QueueWatch
from app.ui.runner_control import RunnerControl
from app.ui.theme import Theme
from app.ui.tools import Tools

_EVERY = 5  # milliseconds


class Late(QObject):
    """How late a timer of 5 ms comes, again and again: what a click would have to wait."""

    def __init__(self):
        super().__init__()
        self.delays = []
        self._clock = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_EVERY)
        self._timer.timeout.connect(self._look)

    def start(self):
        self.delays = []
        self._clock.start()
        self._timer.start()

    def stop(self):
        """The delays since the start, in milliseconds beyond the interval."""
        self._timer.stop()
        return tuple(self.delays)

    def _look(self):
        self.delays.append(max(0.0, self._clock.nsecsElapsed() / 1e6 - _EVERY))
        self._clock.restart()


@contextmanager
def shown(home):
    """The window of a home, shown; it has no runner of its own."""
    application = QApplication([])
    theme = Theme(application, "light")
    gateway = Gateway(lambda: open_a_store(home))
    gateway.begin()
    layout = QSettings(f"{home.root}/window.ini", QSettings.Format.IniFormat)
    tools = Tools(gateway=gateway, theme=theme, icons=Icons(theme), layout=layout, now=wall_clock)
    verbs = JobVerbs(gateway, lambda _store: None, application)
    control = RunnerControl(gateway, os.environ, application)
    window = MainWindow(tools, verbs, lambda: control, QueueWatch(gateway))
    Collector(application)
    window.show()
    try:
        yield window
    finally:
        gateway.close()


def has_rows(table):
    """Whether all rows in sight are there."""
    first, last = table.rows.rows_in_sight()
    return table.model.has(first, min(last, table.total - 1))


def spin(milliseconds):
    """Let the window work for a time."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def until(true, limit=60.0):
    """Let the window work until a condition holds; return the milliseconds it took."""
    began = time.monotonic()
    while not true():
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 5)
        if time.monotonic() - began > limit:
            raise TimeoutError("the window hangs")
    return (time.monotonic() - began) * 1000
