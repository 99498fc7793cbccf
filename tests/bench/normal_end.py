"""What looking for leftovers costs at a job's normal end, with many foreign processes alive.

Run: python tests/bench/normal_end.py [JOBS]

Compared in one run, in turns: the pool as it is, and the same pool told that nothing is ever left behind.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from pytestqt.qt_compat import qt_api
from pytestqt.qtbot import QtBot

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


def seconds_a_job(qtbot, platform, jobs):
    with (
        tempfile.TemporaryDirectory() as folder,
        working(Home(Path(folder) / "h"), qtbot, 4, platform=platform) as at_work,
    ):
        at_work.pool.set_slots(0)
        at_work.store.intake.enqueue([new(None, command="echo hi") for _ in range(jobs)])
        began = time.perf_counter()
        at_work.pool.set_slots(4)
        at_work.wait_until_finished()
        return (time.perf_counter() - began) / jobs


def main():
    from PySide6.QtCore import QCoreApplication

    jobs = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    qt_api.set_qt_api("pyside6")
    application = QCoreApplication(["bench"])
    qtbot = QtBot(None)
    trees = process_trees()
    trees.adopt()
    foreign = [subprocess.Popen(["sleep", "1000"]) for _ in range(FOREIGN)]
    try:
        looking, not_looking = [], []
        for _ in range(ROUNDS):
            looking.append(seconds_a_job(qtbot, trees, jobs))
            not_looking.append(seconds_a_job(qtbot, _NeverLooks(trees), jobs))
    finally:
        for process in foreign:
            process.kill()
            process.wait()
    with_look, without = statistics.median(looking) * 1000, statistics.median(not_looking) * 1000
    print(f"{FOREIGN} foreign processes, {ROUNDS} rounds of {jobs} jobs each, 4 workers; medians of a job's share")
    print(f"with the look {with_look:.2f} ms   without {without:.2f} ms   difference {with_look - without:+.2f} ms")
    del application


if __name__ == "__main__":
    main()
