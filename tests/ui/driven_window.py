"""A window in a process of its own that does one thing, says so, and stays until it is killed.

python -m tests.ui.driven_window HOME remove|undo [SEQ]
"""

import os
import sys
from pathlib import Path

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication

from app.bootstrap import open_a_store
from app.paths import Home
from app.store.opening import wall_clock
from app.ui.gateway import Gateway
from app.ui.icons import Icons
from app.ui.job_verbs import JobVerbs
from app.ui.main_window import MainWindow
from app.ui.queue_watch import QueueWatch
from app.ui.runner_control import RunnerControl
from app.ui.theme import Theme
from app.ui.tools import Tools

LOOK = 20


def main():
    folder, what, *seqs = sys.argv[1:]
    home = Home(Path(folder))
    application = QApplication([])
    theme = Theme(application, "light")
    gateway = Gateway(lambda: open_a_store(home))
    gateway.begin()
    layout = QSettings(str(home.window_ini), QSettings.Format.IniFormat)
    tools = Tools(gateway=gateway, theme=theme, icons=Icons(theme), layout=layout, now=wall_clock)
    verbs = JobVerbs(gateway, lambda _store: None, application)
    control = RunnerControl(gateway, os.environ, application)
    window = MainWindow(tools, verbs, lambda: control, QueueWatch(gateway))
    window.show()
    action = getattr(window.actions_, what)
    timer = QTimer(interval=LOOK)

    def act():
        window.jobs.table.selection.choose(map(int, seqs))
        if action.isEnabled():
            timer.stop()
            action.trigger()

    timer.timeout.connect(act)
    timer.start()
    verbs.told.connect(lambda words, _undo: print(words, flush=True))  # noqa: T201
    application.exec()


if __name__ == "__main__":
    main()
