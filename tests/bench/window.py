"""What the window does with a million jobs, one line a figure. A real window, a real store, a real runner.

The delay of the event loop is measured from inside by a timer of 5 ms: how late it comes, beyond its interval. Its
control is the same window in the same run while nothing happens.

python tests/bench/window.py [--many 1000000] [--seconds 60] [--workers 4]
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import psutil
from PySide6.QtCore import QCoreApplication, QElapsedTimer, QEventLoop, QObject, QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication

from app.bootstrap import open_a_store
from app.desktop.collecting import Collector
from app.domain.job import MAX_PRIORITY, State
from app.paths import Home
from app.store.opening import wall_clock
from app.store.views import Column, Filter, View
from app.ui.gateway import Gateway
from app.ui.icons import Icons
from app.ui.job_verbs import JobVerbs
from app.ui.main_window import MainWindow
from app.ui.queue_watch import QueueWatch
from app.ui.runner_control import RunnerControl
from app.ui.theme import Theme
from app.ui.tools import Tools
from tests.runners import running
from tests.store.jobs import opened
from tests.store.many_jobs import fill

TRIES = 5


class Late(QObject):
    """How late a timer of 5 ms comes, again and again."""

    def __init__(self):
        super().__init__()
        self.delays = []
        self._clock = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(5)
        self._timer.timeout.connect(self._look)

    def start(self):
        self.delays = []
        self._clock.start()
        self._timer.start()

    def stop(self):
        self._timer.stop()
        return sorted(self.delays)

    def _look(self):
        self.delays.append(max(0.0, self._clock.nsecsElapsed() / 1e6 - 5))
        self._clock.restart()


def spin(milliseconds):
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def until(true, limit=30.0):
    """Let the window work until a condition holds; return the milliseconds it took."""
    began = time.monotonic()
    while not true():
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 5)
        if time.monotonic() - began > limit:
            raise TimeoutError("the window hangs")
    return (time.monotonic() - began) * 1000


def told(name, figures, bound):
    print(
        f"{name:<58} median {statistics.median(figures):8.1f}  worst {max(figures):8.1f}  (asked: {bound})", flush=True
    )


def has_rows(table):
    first, last = table.rows.rows_in_sight()
    return table.model.has(first, min(last, table.total - 1))


def scroll(table, row):
    table.rows.verticalScrollBar().setValue(row * table.rows.verticalHeader().defaultSectionSize())
    return until(lambda: has_rows(table) and row <= table.rows.rows_in_sight()[1])


def sort(table, view):
    table.set_view(view)
    return until(lambda: table.view == view and has_rows(table))


def look_around(table, many):
    told(
        "bar dragged to row 777,777: shown after, ms",
        [drag(table, many) for _ in range(TRIES)],
        300,
    )
    for by in (Column.CREATED, Column.STATE, Column.ID, Column.PRIORITY):
        figures = [sort(table, View(by=by, descending=down)) for down in (False, True) * TRIES]
        told(f"first rows by {by} (live), ms", figures, 100)
        told("  then scrolled, ms", [scroll(table, row) for row in places(many)], 50)
    for by in (Column.COMMAND, Column.DURATION, Column.EFFECTIVE):
        sort(table, View())
        figures = [sort(table, View(by=by, descending=down)) for down in (False, True, False)]
        told(f"first rows by {by} (sorted), ms", figures, 2500)
        told("  then scrolled, ms", [scroll(table, row) for row in places(many)], 50)
    sort(table, View())
    told("first rows of a search, ms", [sort(table, View(filter=Filter(text="77")))], 2500)
    sort(table, View())


def drag(table, many):
    sort(table, View(descending=not table.view.descending))  # so that nothing is here yet
    return scroll(table, many * 777_777 // 1_000_000)


def places(many):
    return [many * part // 11 for part in (3, 8, 1, 5, 10, 2)]


def change_by_others(table, home):
    figures = []
    for by in (Column.CREATED, Column.STATE, Column.ID, Column.PRIORITY):
        sort(table, View(by=by))
        with opened(home) as store:
            for _ in range(TRIES):
                line = table.model.line(2)
                began = time.monotonic()
                store.bulk.change_priority([line.seq], 1 if line.priority < MAX_PRIORITY else -1)
                until(partial(changed, table, line))
                figures.append((time.monotonic() - began) * 1000)
                spin(150)
    told("a change by another process is on screen after, ms", figures, 250)


def changed(table, before):
    row = table.model.row_of(before.seq)
    return row is None or table.model.line(row).priority != before.priority


def loop_delay(home, seconds, workers):
    late = Late()
    spin(2000)
    late.start()
    spin(seconds * 1000)
    idle = late.stop()
    with opened(home) as store:
        before = store.reads.counts()[State.COMPLETED]
        with running(home, slots=workers):
            until(lambda: store.reads.counts()[State.COMPLETED] > before, 60)
            late.start()
            spin(seconds * 1000)
            busy = late.stop()
            done = store.reads.counts()[State.COMPLETED] - before
    for name, delays in (("idle", idle), ("busy", busy)):
        p99, p999 = (delays[int(len(delays) * part)] for part in (0.99, 0.999))
        print(f"event loop's delay, {name:<5} p99 {p99:6.1f}  p99.9 {p999:6.1f}  worst {delays[-1]:6.1f} ms")
    print(f"  (asked: p99.9 at most 50); {done} jobs were finished meanwhile, {done / seconds:.0f}/s")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--fill", help=argparse.SUPPRESS)
    wish = parser.parse_args()
    if wish.fill:
        with opened(Home(Path(wish.fill))) as store:
            fill(store, wall_clock, pending=wish.many)
        return
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        # in a process of its own, whose memory is not the window's
        subprocess.run([sys.executable, __file__, "--fill", str(home.root), "--many", str(wish.many)], check=True)
        application = QApplication([])
        theme = Theme(application, "light")
        gateway = Gateway(lambda: open_a_store(home))
        gateway.begin()
        layout = QSettings(f"{folder}/window.ini", QSettings.Format.IniFormat)
        tools = Tools(gateway=gateway, theme=theme, icons=Icons(theme), layout=layout, now=wall_clock)
        verbs = JobVerbs(gateway, lambda _store: None, application)
        control = RunnerControl(gateway, os.environ, application)
        window = MainWindow(tools, verbs, lambda: control, QueueWatch(gateway))
        Collector(application)
        began = time.monotonic()
        window.show()
        table = window.jobs.table
        until(lambda: table.total == wish.many and has_rows(table))
        print(f"first rows after the window is made, ms: {(time.monotonic() - began) * 1000:.0f}")
        spin(500)
        look_around(table, wish.many)
        change_by_others(table, home)
        sort(table, View())
        loop_delay(home, wish.seconds, wish.workers)
        print(f"memory of its own (USS): {psutil.Process().memory_full_info().uss / 2**20:.0f} MB (asked: 150)")
        gateway.close()


if __name__ == "__main__":
    main()
