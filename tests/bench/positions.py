"""How long the reads of a table of a million jobs take: counts, pages, positions, orders that must be made first."""

import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from app.domain.job import State
from app.paths import Home
from app.store.opening import wall_clock
from app.store.views import Column, Filter, Interrupted, View
from tests.bench.figures import Figure, Of, at_most
from tests.bench.script import be_a_script
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


@dataclass(frozen=True)
class Sizes:
    many: int = 1_000_000
    tries: int = 9
    folder: str = ""  # where the database is made; on a disk, or the figures mean little


def measure(sizes):
    with ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(dir=sizes.folder or None)))
        store = cleanup.enter_context(opened(Home(folder / "home")))
        fill(store, wall_clock, pending=sizes.many * 7 // 10, failed=sizes.many * 3 // 10)
        with store.database.writing():
            store.database.run(_HAVE_RUN)
        before = psutil.Process().memory_full_info().uss
        ordered = store.ordered()
        yield timed(f"counts at {sizes.many:,}", sizes.tries, store.reads.counts, most=1)
        yield from measure_live(ordered, sizes)
        yield from measure_ordered(ordered, max(2, sizes.tries // 3))
        yield measure_interrupt(ordered)
        grown = (psutil.Process().memory_full_info().uss - before) / 2**20
        yield Figure("the reader's memory grew by", "MB", (grown,))
        ordered.close()


def measure_live(ordered, sizes):
    tries = sizes.tries
    for number, (name, view) in enumerate(LIVE.items()):
        total = ordered.page(view, 0, 1).total
        far, half = total * 777_777 // 1_000_000, total // 2
        seq = ordered.page(view, far, 1).lines[0].seq
        middle = ordered.page(view, half, 1).lines[0].seq
        of_default = number == 0
        what = f"{name}, {total:,} jobs:"
        yield timed(f"{what} first page", tries, ordered.page, view, 0, LENGTH, most=10 if of_default else None)
        yield timed(
            f"{what} page in the middle", tries, ordered.page, view, half, LENGTH, most=50 if of_default else None
        )
        yield timed(f"{what} page at {far:,}", tries, ordered.page, view, far, LENGTH)
        yield timed(f"{what} position of that job", tries, ordered.position, view, seq)
        yield timed(f"{what} position in the middle", tries, ordered.position, view, middle)
        yield timed(f"{what} page around that job", tries, ordered.page, view, 0, LENGTH, seq, 20)
        yield timed(f"{what} 1,000 between", tries, ordered.between, view, seq, middle, 1000)
    yield timed("every seq", 3, ordered.all_seqs, View())


def measure_ordered(ordered, tries):
    for name, view in ORDERED.items():
        yield timed(f"{name}: renewal", tries, ordered.renew, view)
        total = ordered.page(view, 0, 1).total
        far = total * 777_777 // 1_000_000
        seq = ordered.page(view, far, 1).lines[0].seq
        yield timed(f"{name}: page at {far:,} of {total:,}", 9, ordered.page, view, far, LENGTH)
        yield timed(f"{name}: position of that job", 1, ordered.position, view, seq)
        yield timed(f"{name}: page around that job", 9, ordered.page, view, 0, LENGTH, seq, 20)
        yield timed(f"{name}: every seq", 2, ordered.all_seqs, view)


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
    name = "an interrupted renewal ends after"
    return Figure(name, "ms", tuple(ended), missing="" if ended else "each was over before it was interrupted")


def timed(name, tries, do, *args, most=None):
    taken = []
    for _ in range(tries):
        began = time.perf_counter()
        do(*args)
        taken.append((time.perf_counter() - began) * 1000)
    return Figure(name, "ms", tuple(taken), reach=None if most is None else at_most(most, Of.MEDIAN))


if __name__ == "__main__":
    be_a_script(__doc__, measure, Sizes(), Sizes(many=2000, tries=2))
