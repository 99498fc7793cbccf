"""What looking for leftovers costs at a job's normal end, with many foreign processes alive.

Compared in one run, in turns: the pool as it is, and the same pool told that nothing is ever left behind.
"""

import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer

from app.engine.process_tree import process_trees
from app.paths import Home
from tests.bench.figures import Figure
from tests.bench.foreign import foreign_processes
from tests.bench.script import be_a_script
from tests.engine.pools import working
from tests.store.jobs import new


@dataclass(frozen=True)
class Sizes:
    jobs: int = 300
    rounds: int = 6
    foreign: int = 400


class _NeverLooks:
    """The platform's trees, but for the look at a normal end."""

    def __init__(self, trees):
        self._trees = trees

    def __getattr__(self, name):
        return getattr(self._trees, name)

    def quiet(self, _tree, _live):
        return True


class Waiter:
    """The two ways of pytest-qt's qtbot to wait that the pool's test needs, outside a test."""

    def waitUntil(self, true, timeout):  # noqa: N802  as qtbot calls it
        until = time.monotonic() + timeout / 1000
        while not true():
            assert time.monotonic() < until
            loop = QEventLoop()
            QTimer.singleShot(2, loop.quit)
            loop.exec()

    @contextmanager
    def waitSignal(self, signal, timeout, raising):  # noqa: N802, ARG002  as qtbot calls it
        heard = []
        signal.connect(lambda: heard.append(1))
        yield
        self.waitUntil(lambda: heard, timeout)


def milliseconds_a_job(waiter, platform, jobs):
    with (
        tempfile.TemporaryDirectory() as folder,
        working(Home(Path(folder) / "h"), waiter, 4, platform=platform) as at_work,
    ):
        at_work.pool.set_slots(0)
        at_work.store.intake.enqueue([new(None, command="echo hi") for _ in range(jobs)])
        began = time.perf_counter()
        at_work.pool.set_slots(4)
        at_work.wait_until_finished()
        return (time.perf_counter() - began) / jobs * 1000


def measure(sizes):
    application = QCoreApplication(["bench"])
    waiter = Waiter()
    trees = process_trees()
    trees.adopt()
    looking, not_looking = [], []
    with foreign_processes(sizes.foreign):
        for _ in range(sizes.rounds):
            looking.append(milliseconds_a_job(waiter, trees, sizes.jobs))
            not_looking.append(milliseconds_a_job(waiter, _NeverLooks(trees), sizes.jobs))
    del application
    name = f"a job's share, {sizes.foreign} foreign processes"
    return [Figure(name, "ms", tuple(looking), tuple(not_looking), "without the look for leftovers")]


if __name__ == "__main__":
    be_a_script(__doc__, measure, Sizes(), Sizes(jobs=10, rounds=2, foreign=10))
