"""A runner that a window keeps, and what is told of it."""

import psutil

from app.store.runner_state import RunnerState
from app.ui.queue_watch import QueueWatch
from app.ui.runner_control import RunnerControl
from app.ui.runner_keeping import RunnerKeeping
from tests.runners import environment, holds_lock

LONG = 60_000


class Kept:
    """A runner, its keeper, and what was told of them."""

    def __init__(self, gateway, store):
        self.store = store
        self.control = RunnerControl(gateway, environment(), gateway)
        self.watch = QueueWatch(gateway, gateway)
        self.keeping = RunnerKeeping(gateway, self.control, self.watch, gateway)
        self.told, self.given_up = [], []
        self.keeping.died.connect(lambda words: self.told.append(str(words)))
        self.keeping.given_up.connect(self.given_up.append)

    @property
    def pid(self):
        return self.store.runner.row().pid

    def works(self, *, after=None):
        """Whether a runner works that is another than this one, and the watch knows."""
        row, last = self.store.runner.row(), self.watch.last
        seen = last is not None and last.runner.state is RunnerState.RUNNING and last.runner.pid == row.pid
        return row.pid != after and row.state is RunnerState.RUNNING and holds_lock(self.store.home) and seen

    def kill(self):
        pid = self.pid
        psutil.Process(pid).kill()
        return pid

    def clear(self, home, qtbot):
        """Leave no process."""
        self.keeping.rest()
        if holds_lock(home):
            with qtbot.waitSignal(self.control.stopped, timeout=LONG):
                self.control.stop(now=True)
        qtbot.waitUntil(lambda: not self.control.has_child, timeout=LONG)
