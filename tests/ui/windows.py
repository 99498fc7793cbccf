"""A whole window for tests, over the same real store as everything else."""

import os

from app.ui.job_verbs import JobVerbs
from app.ui.main_window import MainWindow
from app.ui.queue_watch import QueueWatch
from app.ui.runner_control import RunnerControl


def make_window(tools, qtbot, rescue=lambda _store: None):
    """Return a window that is shown and knows its queue."""
    gateway = tools.gateway
    control, watch = RunnerControl(gateway, os.environ, gateway), QueueWatch(gateway, gateway)
    window = MainWindow(tools, JobVerbs(gateway, rescue, gateway), lambda: control, watch)
    qtbot.addWidget(window)
    window.resize(1100, 700)
    window.show()
    qtbot.waitExposed(window)
    for make in window.rest():
        make()
    qtbot.waitUntil(lambda: window.status.figures() != "")
    return window
