"""From the commit of an enqueue elsewhere to the start of the process, of a runner with nothing to do.

Measured is from just after the commit, in this process, to what the job's own ``date`` says: the start of /bin/sh and
of date are in it. Beside it stands, from the same run, what a bare QProcess takes from start() to the same ``date``.
"""

import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import QCoreApplication, QProcess

from app.paths import Home
from tests.bench.figures import Figure, Of, at_most
from tests.bench.script import be_a_script
from tests.runners import running, wait_for
from tests.store.jobs import enqueue, opened

COMMAND = "date +%s%N"
MARK = " after the enqueue's commit"


@dataclass(frozen=True)
class Sizes:
    rounds: int = 300


def measure(sizes):
    application = QCoreApplication(["bench"])
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        with opened(home) as store, running(home):
            through_the_queue(store)  # what is used for the first time takes longer
            pairs = [(through_the_queue(store), bare()) for _ in range(sizes.rounds)]
    del application
    ours, theirs = zip(*pairs, strict=True)
    for reach in (at_most(10, Of.MEDIAN), at_most(30, Of.P99)):
        yield Figure(f"process started{MARK}, {reach.of}", "ms", ours, theirs, "bare QProcess", reach)


def through_the_queue(store):
    seq = enqueue(store, None, command=COMMAND)
    committed = time.time_ns()
    wait_for(lambda: store.reads.by_seq(seq).state == "completed")
    return (int(store.outputs.path(seq, 1).read_text()) - committed) / 1e6


def bare():
    process = QProcess()
    before = time.time_ns()
    process.start("/bin/sh", ["-c", COMMAND])
    process.waitForFinished()
    return (int(bytes(process.readAllStandardOutput()).decode()) - before) / 1e6


if __name__ == "__main__":
    be_a_script(__doc__, measure, Sizes(), Sizes(rounds=5))
