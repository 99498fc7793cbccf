"""How long enqueue, claim and finish take in queues of a thousand jobs and of more, up to ten million.

Two kinds of queue: all jobs pending, and a thousand pending among so many failed ones of better rank that are not
due. The queues take turns in each round, so that whatever else the machine does meets all of them alike; the reference
is the smallest of its kind. Ten million jobs need 10 GB of disk for both kinds.
"""

import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.domain.outcome import Succeeded
from app.paths import Home
from app.store.opening import wall_clock
from tests.bench.figures import Figure, at_most
from tests.bench.filling import fill_home
from tests.bench.script import be_a_script
from tests.store.jobs import POLICY, end, enqueue, opened

FEW = 1000
VERBS = ("enqueue", "claim", "finish")
KINDS = ("pending", "failed, not due")
_WARM = 20  # rounds that fill the caches, and do not count


@dataclass(frozen=True)
class Sizes:
    largest: int = 10_000_000
    rounds: int = 400
    folder: str = ""


def measure(sizes):
    sizes_of_queues = [FEW * 10**power for power in range(9) if FEW * 10**power <= sizes.largest]
    with ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(dir=sizes.folder or None)))
        stores = {}
        for kind in KINDS:
            for many in sizes_of_queues:
                home = Home(folder / f"{len(stores)}")
                pending, failed = (many, 0) if kind == KINDS[0] else (FEW, many)
                fill_home(home, pending, failed)
                stores[kind, many] = cleanup.enter_context(opened(home))
        taken = in_turns(stores, sizes.rounds)
    for kind, many in stores:
        for verb in VERBS:
            few = taken[kind, FEW][verb]
            reach = at_most(1.5) if many > FEW else None
            name = f"{verb}, {many:,} jobs {kind}"
            curve = f"scaling: {verb}, {kind}"
            yield Figure(name, "ms", taken[kind, many][verb], few, f"at {FEW:,}", reach, curve, many)


def in_turns(stores, rounds):
    """Milliseconds by queue and verb."""
    taken = {key: {verb: [] for verb in VERBS} for key in stores}
    for number in range(rounds + _WARM):
        for key, store in stores.items():
            moments = [time.perf_counter()]
            enqueue(store, None)
            moments.append(time.perf_counter())
            (claim,) = store.work.claim(1)
            moments.append(time.perf_counter())
            store.work.finish([end(claim, Succeeded(), wall_clock())], POLICY)
            moments.append(time.perf_counter())
            if number >= _WARM:
                for verb, began, ended in zip(VERBS, moments, moments[1:], strict=False):
                    taken[key][verb].append((ended - began) * 1000)
    return taken


if __name__ == "__main__":
    be_a_script(__doc__, measure, Sizes(), Sizes(largest=10_000, rounds=5))
