"""What runner and window hold of memory for themselves (USS), beside bare programs of the same Python and Qt.

The bare ones are an event loop without a window, and a window with an empty table. All windows are on Qt's platform
without a screen.
"""

import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import psutil

from app.paths import Home
from tests.bench.figures import Figure, Of, at_most
from tests.bench.filling import fill_home
from tests.bench.script import be_a_script
from tests.runners import CHECKOUT, environment, running, select_nothing
from tests.store.jobs import opened

BARE_LOOP = """
from PySide6.QtCore import QCoreApplication
application = QCoreApplication([])
application.exec()
"""
BARE_WINDOW = """
from PySide6.QtWidgets import QApplication, QMainWindow, QTableView
application = QApplication([])
window = QMainWindow()
window.setCentralWidget(QTableView())
window.resize(1000, 700)
window.show()
application.exec()
"""
MEGABYTE = 2**20


@dataclass(frozen=True)
class Sizes:
    many: int = 1_000_000
    rounds: int = 3
    settling: float = 6.0


def measure(sizes):
    found = {what: [] for what in ("loop", "runner", "bare", "empty", "full")}
    with tempfile.TemporaryDirectory() as folder:
        full, empty = Home(Path(folder) / "full"), Home(Path(folder) / "empty")
        fill_home(full, sizes.many)
        with opened(empty) as store:
            store.options.set("start-runner", "off")
        with opened(full) as store:
            store.options.set("start-runner", "off")
        for _ in range(sizes.rounds):
            with started([sys.executable, "-c", BARE_LOOP]) as process:
                found["loop"].append(own(process, sizes))
            with running(empty) as process:
                found["runner"].append(own(process, sizes))
            with started([sys.executable, "-c", BARE_WINDOW]) as process:
                found["bare"].append(own(process, sizes))
            for name, home in (("empty", empty), ("full", full)):
                with started([sys.executable, "-m", "app", "--home", str(home.root)]) as process:
                    found[name].append(own(process, sizes))
    loop, runner, bare, empty, full = (tuple(samples) for samples in found.values())
    more = Of.DIFFERENCE
    return [
        Figure("runner with nothing to do: memory", "MB", runner, loop, "bare QCoreApplication", at_most(35, more)),
        Figure("window, no jobs: memory", "MB", empty, bare, "bare window with a table", at_most(60, more)),
        Figure(f"window, {sizes.many:,} jobs: memory", "MB", full, reach=at_most(150, Of.MEDIAN)),
    ]


@contextmanager
def started(command):
    with subprocess.Popen(command, cwd=CHECKOUT, env=environment(), stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()


def own(process, sizes):
    """The memory that is a process's own, once it has settled."""
    select_nothing(sizes.settling)
    return psutil.Process(process.pid).memory_full_info().uss / MEGABYTE


if __name__ == "__main__":
    be_a_script(__doc__, measure, Sizes(), Sizes(many=1000, rounds=1, settling=3.0))
