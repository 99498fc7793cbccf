"""A job writes a gigabyte, under a cap of 16 MiB: head, gap and tail are kept, and the disk takes little meanwhile."""

from __future__ import annotations

import time

from tests.chaos.attack import Attack, Place, Result, rounds_of
from tests.chaos.load import COMPLETED
from tests.chaos.victim import attacked
from tests.chaos.witness import END, START
from tests.runners import select_nothing

_GIGABYTE = 2**30
_CAP = 16 * 2**20
_GAP_LINE = 100
_LOOK = 0.05
_PATIENCE = 600


def run(rounds: int, seed: int, place: Place) -> Result:
    """Have one job a round write a gigabyte, and look at what becomes of its output."""
    result = Result()
    most = 0
    with attacked(place.folder, place.target) as victim:
        victim.start_runner(1)
        for number, _ in rounds_of(rounds, seed):
            say = victim.witness.command(START, f"head -c {_GIGABYTE} /dev/zero", "echo", "echo the end", END)
            job = {"id": f"large-{number}", "command": say, "timeout": 0}
            victim.brought(*victim.bring([job], [COMPLETED]))
            path = victim.home.outputs / str(number) / "1.log"
            until = time.monotonic() + _PATIENCE
            while victim.value(f"SELECT state FROM job WHERE id = 'large-{number}'") != "completed":
                assert time.monotonic() < until, "waited in vain for the end of a gigabyte"
                if path.exists():
                    most = max(most, path.stat().st_blocks * 512)
                select_nothing(_LOOK)
            victim.wait_until_idle()
            data = path.read_bytes()
            if not _CAP <= len(data) <= _CAP + _GAP_LINE or not data.endswith(b"\nthe end\n"):
                result.violations.append(f"round {number}: {len(data)} bytes are kept, ending with {data[-20:]!r}")
            if b"bytes are left out here]" not in data:
                result.violations.append(f"round {number}: nothing says what is left out")
            result.counts["gigabytes"] += 1
    # the history's checker compares files with what was written, which is more here
    result.violations += victim.said.trouble()
    result.figures.append(f"an output took at most {most / 2**20:.0f} MiB of the disk while it was written")
    return result


ATTACK = Attack(
    "output",
    "a job writes a gigabyte under a cap of 16 MiB: the beginning and the end are kept",
    run,
    rounds=1,
    campaign=10,
    a_round="a gigabyte",
    lacks=dict.fromkeys(("wine", "wine-built"), "the job is POSIX shell, and blocks are counted"),
)
