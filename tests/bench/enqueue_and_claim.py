"""How long enqueue and claim + finish take among few jobs and among many: medians, and the ratio to the few.

    python tests/bench/enqueue_and_claim.py [--many 1000000] [--rounds 400] [--folder F]

The queues take turns in each round, so that whatever else the machine does meets all of them alike.
"""

import argparse
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from app.domain.outcome import Succeeded
from app.paths import Home
from app.store.opening import wall_clock
from tests.store.jobs import POLICY, end, enqueue, opened
from tests.store.many_jobs import fill

FEW = 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--folder", help="where the databases are made; on a disk, or the figures mean little")
    wish = parser.parse_args()
    with ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(dir=wish.folder)))
        stores = {}
        for name, many in {
            f"{FEW:,} pending": {"pending": FEW},
            f"{wish.many:,} pending": {"pending": wish.many},
            f"{FEW:,} pending, {wish.many:,} failed of better rank": {"pending": FEW, "failed": wish.many},
        }.items():
            began = time.perf_counter()
            stores[name] = cleanup.enter_context(opened(Home(folder / str(len(stores)))))
            fill(stores[name], wall_clock, **many)
            sys.stdout.write(f"made {name} in {time.perf_counter() - began:.1f} s\n")
        show(measure(stores, wish.rounds))


def measure(stores, rounds):
    """Return milliseconds by name of the queue: of each enqueue, and of each claim with its end."""
    taken = {name: {"enqueue": [], "claim + finish": []} for name in stores}
    for number in range(rounds + 20):
        for name, store in stores.items():
            began = time.perf_counter()
            enqueue(store, None)
            middle = time.perf_counter()
            (claim,) = store.work.claim(1)
            store.work.finish([end(claim, Succeeded(), wall_clock())], POLICY)
            ended = time.perf_counter()
            if number >= 20:  # the first ones fill the caches
                taken[name]["enqueue"].append((middle - began) * 1000)
                taken[name]["claim + finish"].append((ended - middle) * 1000)
    return taken


def show(taken):
    base = {what: statistics.median(values) for what, values in next(iter(taken.values())).items()}
    for name, parts in taken.items():
        for what, values in parts.items():
            median = statistics.median(values)
            p95 = statistics.quantiles(values, n=20)[-1]
            line = f"{name:<55} {what:<15} median {median:7.3f} ms   p95 {p95:7.3f} ms   x{median / base[what]:.2f}"
            sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
