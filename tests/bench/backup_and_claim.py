"""How long a claim with its end takes alone, and while a backup of the same queue is made: both in one run.

python tests/bench/backup_and_claim.py [--jobs 1000000] [--rounds 300] [--folder F]
"""

import argparse
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from app.domain.outcome import Succeeded
from app.paths import Home
from app.store.backup_names import DAILY
from app.store.backups import back_up
from app.store.opening import wall_clock
from app.store.soundness import check_whole
from tests.store.jobs import POLICY, end, opened
from tests.store.many_jobs import fill

PAUSE = 0.002  # as in app/engine/daily_backup.py


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--folder", help="where the database is made; on a disk, or the figures mean little")
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=wish.folder) as folder, opened(Home(Path(folder) / "home")) as store:
        fill(store, wall_clock, pending=wish.jobs)
        began = time.perf_counter(), time.process_time()
        check_whole(store.database)
        wall, busy = time.perf_counter() - began[0], time.process_time() - began[1]
        print(f"{wish.jobs:,} jobs: looked through in {wall:.2f} s, {busy:.2f} s of one core")
        alone = claims(store, lambda done: done < wish.rounds)
        backup = threading.Thread(target=back_up, args=(store.home, wall_clock(), DAILY, lambda: time.sleep(PAUSE)))
        began = time.perf_counter()
        backup.start()
        beside = claims(store, lambda _: backup.is_alive())
        print(f"a backup, checked thoroughly: {time.perf_counter() - began:.1f} s, {len(beside)} claims meanwhile")
        for name, taken in (("alone", alone), ("beside a backup", beside)):
            median, p99 = statistics.median(taken), statistics.quantiles(taken, n=100)[-1]
            ratio = median / statistics.median(alone)
            print(f"{name:<16} median {median:7.2f} ms   p99 {p99:7.2f} ms   most {max(taken):7.2f} ms   x{ratio:.2f}")


def claims(store, goes_on):
    """Return the milliseconds of each claim with its end."""
    taken = []
    while goes_on(len(taken)):
        began = time.perf_counter()
        (claim,) = store.work.claim(1)
        store.work.finish([end(claim, Succeeded(), wall_clock())], POLICY)
        taken.append((time.perf_counter() - began) * 1000)
    return taken


if __name__ == "__main__":
    main()
