"""How long a claim with its end takes alone, and while a backup of the same queue is made: both in one run."""

import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from app.domain.outcome import Succeeded
from app.paths import Home
from app.store.backup_names import DAILY
from app.store.backups import back_up
from app.store.opening import wall_clock
from app.store.soundness import check_whole
from tests.bench.figures import Figure
from tests.bench.script import be_a_script
from tests.store.jobs import POLICY, end, opened
from tests.store.many_jobs import fill

PAUSE = 0.002  # as in app/engine/daily_backup.py


@dataclass(frozen=True)
class Sizes:
    jobs: int = 1_000_000
    rounds: int = 300
    folder: str = ""  # where the database is made; on a disk, or the figures mean little


def measure(sizes):
    with (
        tempfile.TemporaryDirectory(dir=sizes.folder or None) as folder,
        opened(Home(Path(folder) / "home")) as store,
    ):
        fill(store, wall_clock, pending=sizes.jobs)
        began = time.perf_counter()
        check_whole(store.database)
        looked = (time.perf_counter() - began,)
        alone = claims(store, lambda done: done < sizes.rounds)
        backup = threading.Thread(target=back_up, args=(store.home, wall_clock(), DAILY, lambda: time.sleep(PAUSE)))
        began = time.perf_counter()
        backup.start()
        beside = claims(store, lambda _: backup.is_alive())
        made = (time.perf_counter() - began,)
    return [
        Figure(f"{sizes.jobs:,} jobs looked through", "s", looked),
        Figure(f"backup of {sizes.jobs:,} jobs, checked thoroughly", "s", made),
        Figure("claim and end beside a backup", "ms", tuple(beside), tuple(alone), "alone"),
    ]


def claims(store, goes_on):
    """Return the milliseconds of each claim with its end."""
    taken = []
    while not taken or goes_on(len(taken)):
        began = time.perf_counter()
        (claim,) = store.work.claim(1)
        store.work.finish([end(claim, Succeeded(), wall_clock())], POLICY)
        taken.append((time.perf_counter() - began) * 1000)
    return taken


if __name__ == "__main__":
    be_a_script(__doc__, measure, Sizes(), Sizes(jobs=2000, rounds=5))
