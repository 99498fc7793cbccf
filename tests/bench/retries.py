"""A thousand retries due within one second: none is missed, they start as fast as the pool allows, the window is calm.

The reference is as many jobs that were pending from the start, worked in the same run by a runner of its own with as
many workers. While the retries are worked, the event loop of a window that shows them is watched.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.paths import Home
from app.store.opening import wall_clock
from tests.bench.figures import Figure, Of, at_least, at_most
from tests.bench.filled_window import Late, has_rows, shown, spin, until
from tests.bench.filling import fill_home
from tests.bench.script import be_a_script
from tests.runners import running, wait_for
from tests.store.jobs import opened

_AHEAD = 4000  # milliseconds until the first is due: by then the runner waits for it
_DUE = """
UPDATE job SET command = 'echo hi', next_retry_at = ? + seq * 1000 / (SELECT count(*) FROM job), retry_delay = 8000
WHERE state = 'failed'
"""


@dataclass(frozen=True)
class Sizes:
    jobs: int = 1000
    rounds: int = 3
    workers: int = 4


def measure(sizes):
    with tempfile.TemporaryDirectory() as folder:
        homes = (Home(Path(folder) / str(number)) for number in range(2 * sizes.rounds + 1))
        found = [(work_retries(next(homes), sizes), work_pending(next(homes), sizes)) for _ in range(sizes.rounds)]
        delays = watch_a_window(next(homes), sizes)
    retried, pending = zip(*found, strict=True)
    rates, missed = zip(*retried, strict=True)
    name = f"{sizes.jobs:,} retries due in one second"
    return [
        Figure(f"{name}: missed", "jobs", missed, reach=at_most(0, Of.MOST)),
        Figure(f"{name}: worked", "jobs/s", rates, pending, "pending jobs", at_least(0.9)),
        Figure(f"{name}: window's event loop late", "ms", delays, reach=at_most(50, Of.P999)),
    ]


def work_retries(home, sizes):
    """Return the jobs a second from the first claim to the last end, and how many were not worked."""
    fill_home(home, 0, sizes.jobs)
    with opened(home) as store, running(home, sizes.workers):
        make_due(store)
        wait_for(lambda: is_over(store), "all retries")
        return rate(store, sizes.jobs), sizes.jobs - store.reads.counts()["completed"]


def work_pending(home, sizes):
    fill_home(home, sizes.jobs)
    with opened(home) as store:
        with running(home, sizes.workers):
            wait_for(lambda: is_over(store), "all jobs")
        return rate(store, sizes.jobs)


def watch_a_window(home, sizes):
    """The delays of the event loop of a window while retries are worked; nothing of this is in the rates."""
    fill_home(home, 0, sizes.jobs)
    with shown(home) as window, opened(home) as store, running(home, sizes.workers):
        table = window.jobs.table
        until(lambda: table.total == sizes.jobs and has_rows(table))
        make_due(store)
        spin(_AHEAD // 2)
        late = Late()
        late.start()
        until(lambda: is_over(store))
        return late.stop()


def make_due(store):
    with store.database.writing():
        store.database.run(_DUE, (wall_clock() + _AHEAD,))


def is_over(store):
    counts = store.reads.counts()
    return counts["failed"] + counts["pending"] + counts["processing"] == 0


def rate(store, jobs):
    ((began, over),) = store.database.run("SELECT min(claimed_at), max(finished_at) FROM run")
    return jobs / (over - began) * 1000


if __name__ == "__main__":
    be_a_script(__doc__, measure, Sizes(), Sizes(jobs=20, rounds=1))
