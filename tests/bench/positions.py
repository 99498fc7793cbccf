"""How long the reads of a table of a million jobs take, one line a figure: the median of some tries, and the worst.

The third figure is the processor's time alone, which says more where others use the machine too.

python tests/bench/positions.py [--many 1000000] [--tries 9] [--folder F]
"""

import argparse
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from threading import Timer

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from app.domain.job import State
from app.paths import Home
from app.store.opening import wall_clock
from app.store.views import Column, Filter, Interrupted, View
from tests.store.jobs import opened
from tests.store.many_jobs import fill

LENGTH = 60
# Most have run, as in a queue that is in use, for times that tell them apart.
_HAVE_RUN = """
UPDATE job SET state = CASE seq % 10 WHEN 0 THEN 'dead' ELSE 'completed' END, claimable = 0, ready_arrival = NULL,
    rank = NULL, started_at = created_at, finished_at = created_at + seq * 7919 % 1000003,
    error = CASE seq % 10 WHEN 0 THEN 'Exit code 1' END, error_key = CASE seq % 10 WHEN 0 THEN 'Exit code 1' END
WHERE state = 'pending' AND seq % 5 <> 0 OR seq % 10 = 0 AND state = 'pending'
"""


def one(state):
    return Filter(states=frozenset({state}))


LIVE = {
    "created (default)": View(),
    "created, oldest first": View(descending=False),
    "state": View(by=Column.STATE),
    "id": View(by=Column.ID),
    "priority": View(by=Column.PRIORITY),
    "completed, by created": View(filter=one(State.COMPLETED)),
    "one error among the dead": View(filter=Filter(states=frozenset({State.DEAD}), error_key="Exit code 1")),
}
ORDERED = {
    "command": View(by=Column.COMMAND),
    "duration": View(by=Column.DURATION),
    "progress": View(by=Column.PROGRESS),
    "effective": View(by=Column.EFFECTIVE),
    "search '77', by created": View(filter=Filter(text="77")),
    "search 'echo' (all match), by created": View(filter=Filter(text="echo")),
    "completed, by duration": View(filter=one(State.COMPLETED), by=Column.DURATION),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--tries", type=int, default=9)
    parser.add_argument("--folder", help="where the database is made; on a disk, or the figures mean little")
    wish = parser.parse_args()
    with ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(dir=wish.folder)))
        store = cleanup.enter_context(opened(Home(folder / "home")))
        began = time.perf_counter()
        fill(store, wall_clock, pending=wish.many * 7 // 10, failed=wish.many * 3 // 10)
        with store.database.writing():
            store.database.run(_HAVE_RUN)
        print(f"made {wish.many:,} jobs in {time.perf_counter() - began:.1f} s")
        before = psutil.Process().memory_full_info().uss
        ordered = store.ordered()
        measure_live(ordered, wish.tries)
        measure_ordered(ordered, max(2, wish.tries // 3))
        measure_interrupt(ordered)
        print(f"USS grew by {(psutil.Process().memory_full_info().uss - before) / 1e6:.1f} MB")
        ordered.close()


def measure_live(ordered, tries):
    for name, view in LIVE.items():
        total = ordered.page(view, 0, 1).total
        far = total * 777_777 // 1_000_000
        seq = ordered.page(view, far, 1).lines[0].seq
        middle = ordered.page(view, total // 2, 1).lines[0].seq
        print(f"{name}: {total:,} jobs")
        show("  first page", tries, lambda view=view: ordered.page(view, 0, LENGTH))
        show(f"  page at {far:,}", tries, lambda view=view, far=far: ordered.page(view, far, LENGTH))
        show("  page in the middle", tries, lambda view=view, far=total // 2: ordered.page(view, far, LENGTH))
        show("  position of that job", tries, lambda view=view, seq=seq: ordered.position(view, seq))
        show("  position in the middle", tries, lambda view=view, seq=middle: ordered.position(view, seq))
        show("  page around that job", tries, lambda view=view, seq=seq: ordered.page(view, 0, LENGTH, seq, 20))
        show("  1,000 between", tries, lambda view=view, ends=(seq, middle): ordered.between(view, *ends, 1000))
    show("every seq", 3, lambda: ordered.all_seqs(View()))


def measure_ordered(ordered, tries):
    for name, view in ORDERED.items():
        show(f"{name}: renewal", tries, lambda view=view: ordered.renew(view))
        total = ordered.page(view, 0, 1).total
        far = total * 777_777 // 1_000_000
        seq = ordered.page(view, far, 1).lines[0].seq
        show(f"  page at {far:,} of {total:,}", 9, lambda view=view, far=far: ordered.page(view, far, LENGTH))
        show("  position of that job", 1, lambda view=view, seq=seq: ordered.position(view, seq))
        show("  page around that job", 9, lambda view=view, seq=seq: ordered.page(view, 0, LENGTH, seq, 20))
        show("  every seq", 2, lambda view=view: ordered.all_seqs(view))


def measure_interrupt(ordered):
    """How long after ``interrupt`` a renewal ends, wherever in it that falls."""
    ended = []
    for view in ORDERED.values():
        for delay in (0.02, 0.1, 0.2, 0.3, 0.45, 0.6, 0.75, 0.9):
            asked = []

            def interrupt(asked=asked):
                asked.append(time.perf_counter())
                ordered.interrupt()

            timer = Timer(delay, interrupt)
            timer.start()
            try:
                ordered.renew(view)
            except Interrupted:
                ended.append((time.perf_counter() - asked[0]) * 1000)
            timer.cancel()
            timer.join()
    print(f"interrupted {len(ended)} times: median {statistics.median(ended):.1f} ms, worst {max(ended):.1f} ms")


def show(what, tries, do):
    taken, worked = [], []
    for _ in range(tries):
        began, began_work = time.perf_counter(), time.thread_time()
        do()
        worked.append((time.thread_time() - began_work) * 1000)
        taken.append((time.perf_counter() - began) * 1000)
    print(
        f"{what:<50} median {statistics.median(taken):9.2f} ms   worst {max(taken):9.2f}"
        f"   processor {statistics.median(worked):9.2f}"
    )


if __name__ == "__main__":
    main()
