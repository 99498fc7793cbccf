"""How long a claim waits while a million old jobs are swept away: as a ratio to a claim with nothing else going on.

    python tests/bench/retention.py [--many 1000000] [--rounds 300] [--folder F]

Claims go the way that the runner's go, through the writer's thread. The time of one step of the sweep stands beside
them: a claim may wait for one, and for no more.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from PySide6.QtCore import QCoreApplication, QEventLoop

from app.domain.outcome import Succeeded
from app.engine.retention import Sweep
from app.engine.writer import Writer
from app.paths import Home
from app.store.opening import wall_clock
from app.store.retention import Keep
from tests.store.jobs import POLICY, end, enqueue, opened
from tests.store.many_jobs import fill_finished

DAY = 86_400_000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--folder", help="where the database is made; on a disk, or the figures mean little")
    wish = parser.parse_args()
    application = QCoreApplication([])
    with tempfile.TemporaryDirectory(dir=wish.folder) as folder, opened(Home(Path(folder))) as store:
        fill_finished(store, lambda: wall_clock() - 31 * DAY, completed=wish.many)
        for _ in range(2 * wish.rounds + 20):
            enqueue(store, None)
        writer = Writer(store)
        turn_times(writer, application, 10)
        alone = turn_times(writer, application, wish.rounds)
        sweeping = Sweeping(writer)
        meanwhile = turn_times(writer, application, wish.rounds)
        swept = sweeping.steps
        sweeping.stop()
        writer.close()
        left = store.reads.count()
    show("a step of the sweep", swept, swept)
    show("claim + end alone", alone, alone)
    show("claim + end meanwhile", meanwhile, alone)
    sys.stdout.write(f"{len(swept):,} steps in the meantime; {left:,} jobs are left\n")


class Sweeping:
    """Sweeps as the runner does: the next step is asked for when the one before is done."""

    def __init__(self, writer):
        self._writer = writer
        self._sweep = Sweep(Keep(completed=30 * 86_400, cancelled=0, completed_count=0, outputs=0))
        self._goes_on = True
        self.steps = []
        self._next(True)

    def stop(self):
        self._goes_on = False

    def _next(self, goes_on):
        if goes_on and self._goes_on:
            self._writer.submit(self._step, self._next)

    def _step(self, store):
        began = time.perf_counter()
        goes_on = self._sweep.step(store)
        self.steps.append((time.perf_counter() - began) * 1000)
        return goes_on


def turn_times(writer, application, rounds):
    """Return the milliseconds from asking for a claim, whose job then ends at once, to hearing that it is done."""
    taken = []
    for _ in range(rounds):
        done = []
        began = time.perf_counter()
        writer.submit(claim_and_end, done.append)
        while not done:
            application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def claim_and_end(store):
    (claim,) = store.work.claim(1)
    return store.work.finish([end(claim, Succeeded(), wall_clock())], POLICY)


def show(name, values, base):
    median = statistics.median(values)
    p95, most = statistics.quantiles(values, n=20)[-1], max(values)
    ratio = median / statistics.median(base)
    sys.stdout.write(f"{name:<25} median {median:7.3f} ms   p95 {p95:7.3f} ms   max {most:7.3f} ms   x{ratio:.2f}\n")


if __name__ == "__main__":
    main()
