"""What looking for leftovers costs at a job's normal end, with many foreign processes alive.

Run: python tests/bench/normal_end.py [JOBS]

Compared in one run, in turns: the pool as it is, and the same pool told that nothing is ever left behind.
"""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer

from app.engine.process_tree import process_trees
from app.paths import Home
from tests.engine.pools import working
from tests.store.jobs import new

FOREIGN = 400
ROUNDS = 6


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


def seconds_a_job(waiter, platform, jobs):
    with (
        tempfile.TemporaryDirectory() as folder,
        working(Home(Path(folder) / "h"), waiter, 4, platform=platform) as at_work,
    ):
        at_work.pool.set_slots(0)
        at_work.store.intake.enqueue([new(None, command="echo hi") for _ in range(jobs)])
        began = time.perf_counter()
        at_work.pool.set_slots(4)
        at_work.wait_until_finished()
        return (time.perf_counter() - began) / jobs


def main():
    jobs = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    application = QCoreApplication(["bench"])
    waiter = Waiter()
    trees = process_trees()
    trees.adopt()
    # children of somebody else: a runner has none but its jobs
    start = f"for n in $(seq {FOREIGN}); do sleep 1000 & done; wait"
    foreign = subprocess.Popen(["/bin/sh", "-c", start], start_new_session=True)
    try:
        looking, not_looking = [], []
        for _ in range(ROUNDS):
            looking.append(seconds_a_job(waiter, trees, jobs))
            not_looking.append(seconds_a_job(waiter, _NeverLooks(trees), jobs))
    finally:
        os.killpg(foreign.pid, signal.SIGKILL)
        foreign.wait()
    with_look, without = statistics.median(looking) * 1000, statistics.median(not_looking) * 1000
    print(f"{FOREIGN} foreign processes, {ROUNDS} rounds of {jobs} jobs each, 4 workers; medians of a job's share")
    print(f"with the look {with_look:.2f} ms   without {without:.2f} ms   difference {with_look - without:+.2f} ms")
    del application


if __name__ == "__main__":
    main()
