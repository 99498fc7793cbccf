"""A hundred timeouts at once, under load: how late the first signal comes, and how late what ignores it is killed.

The jobs tell when they were asked to end, and go on. Due is the run's recorded start plus the timeout; killed, as the
run's recorded end has it, it is at most the grace later. All clocks are the computer's, in milliseconds. The load is
short jobs, worked by further workers all the time.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.paths import Home
from tests.bench.figures import Figure, Of, at_most
from tests.bench.script import NotHereError, be_a_script
from tests.runners import running, wait_for
from tests.store.jobs import new, opened

GRACE = 5.0  # the option's default
LOAD_WORKERS = 4
PROGRAM = """
import signal, time
signal.signal(signal.SIGTERM, lambda *_: print(time.time_ns() / 1e6, flush=True))
while True:
    signal.pause()
"""


@dataclass(frozen=True)
class Sizes:
    jobs: int = 100
    timeout: float = 8.0
    load: int = 10_000


def measure(sizes):
    if sys.platform == "win32":
        raise NotHereError("there are no signals on Windows")
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        with opened(home) as store:
            argv = (sys.executable, "-S", "-E", "-c", PROGRAM)
            late = [new(None, argv=argv, timeout=sizes.timeout, max_retries=1, priority=10) for _ in range(sizes.jobs)]
            store.intake.enqueue([*late, *(new(None, priority=1) for _ in range(sizes.load))])
            with running(home, slots=sizes.jobs + LOAD_WORKERS):
                wait_for(lambda: store.reads.counts()["dead"] == sizes.jobs, "all to time out")
                loaded = store.reads.counts()["pending"] > 0
            asked, killed = zip(*(times(store, seq, sizes.timeout) for seq in range(1, sizes.jobs + 1)), strict=True)
    load = "under load" if loaded else "under load that ended too early"
    name = f"{sizes.jobs} timeouts at once, {load}"
    return [
        Figure(f"{name}: first signal late by", "ms", asked, reach=at_most(20, Of.MEDIAN)),
        Figure(f"{name}: first signal late by, p99", "ms", asked, reach=at_most(100, Of.P99)),
        Figure(f"{name}: killed after the signal and the grace", "ms", killed, reach=at_most(200, Of.MOST)),
    ]


def times(store, seq, timeout):
    """How late a job was asked, and how late it was killed, in milliseconds."""
    run = store.reads.details(seq).runs[0]
    first = float(store.outputs.path(seq, 1).read_text().split()[0])
    return first - run.started_at - timeout * 1000, run.finished_at - first - GRACE * 1000


if __name__ == "__main__":
    be_a_script(__doc__, measure, Sizes(), Sizes(jobs=5, timeout=3.0, load=1000))
