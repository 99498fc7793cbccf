"""How long a claim waits while a million old jobs are swept away: as a ratio to a claim with nothing else going on.

Claims go the way that the runner's go, through the writer's thread. The time of one step of the sweep stands beside
them: a claim may wait for one, and for no more.
"""

import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from PySide6.QtCore import QCoreApplication, QEventLoop

from app.domain.outcome import Succeeded
from app.engine.retention import Sweep
from app.engine.writer import Writer
from app.paths import Home
from app.store.opening import wall_clock
from app.store.retention import Keep
from tests.bench.figures import Figure
from tests.bench.script import be_a_script
from tests.store.jobs import POLICY, end, enqueue, opened
from tests.store.many_jobs import fill_finished

DAY = 86_400_000


@dataclass(frozen=True)
class Sizes:
    many: int = 1_000_000
    rounds: int = 300
    folder: str = ""


def measure(sizes):
    application = QCoreApplication([])
    with tempfile.TemporaryDirectory(dir=sizes.folder or None) as folder, opened(Home(Path(folder))) as store:
        fill_finished(store, lambda: wall_clock() - 31 * DAY, completed=sizes.many)
        for _ in range(2 * sizes.rounds + 20):
            enqueue(store, None)
        writer = Writer(store)
        turn_times(writer, application, 10)
        alone = turn_times(writer, application, sizes.rounds)
        sweeping = Sweeping(writer)
        meanwhile = turn_times(writer, application, sizes.rounds)
        swept = sweeping.steps
        sweeping.stop()
        writer.close()
    return [
        Figure("a step of the sweep of old jobs", "ms", tuple(swept)),
        Figure("claim and end while old jobs are swept", "ms", tuple(meanwhile), tuple(alone), "alone"),
    ]


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


if __name__ == "__main__":
    be_a_script(__doc__, measure, Sizes(), Sizes(many=2000, rounds=5))
