"""Eight processes claim from one queue as fast as they can: no job twice, none lost."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

from app.domain.job import NewJob
from app.paths import Home
from tests.chaos.attack import Attack, Place, Result
from tests.chaos.checker import check_rows
from tests.chaos.history import opened as history_of
from tests.chaos.leftovers import HOME
from tests.runners import CHECKOUT, environment
from tests.store.jobs import new, opened

PROCESSES = 8
JOBS_A_ROUND = 10_000

_RUNS = "SELECT seq, run, token FROM run ORDER BY seq, run"
_MOST = 10


def run(rounds: int, seed: int, place: Place) -> Result:
    """Have a queue of ``rounds`` times 10,000 jobs claimed to its end, and compare what each process noted."""
    jobs = rounds * JOBS_A_ROUND
    home = Home(place.folder / "home")
    with opened(home) as store:
        store.intake.enqueue(_jobs(jobs, Random(seed)))
    files = [place.folder / f"claimed-{number}" for number in range(1, PROCESSES + 1)]
    began = time.monotonic()
    codes = _claim_at_once(home, files)
    seconds = time.monotonic() - began
    noted = sorted(claim for file in files for claim in _claims_of(file))
    violations = [f"a process ended with {code}" for code in codes if code]
    violations += [str(violation) for violation in check_rows(home.database)]
    violations += _compare(noted, home, jobs)
    shares = ", ".join(str(sum(1 for _ in _claims_of(file))) for file in files)
    figure = f"{jobs:,} jobs in {seconds:.0f} s; each process claimed: {shares}"
    return Result(Counter(claims=len(noted)), violations, [figure])


def _jobs(count: int, chance: Random) -> Iterator[NewJob]:
    return (new(priority=chance.randint(1, 10)) for _ in range(count))


def _claim_at_once(home: Home, files: list[Path]) -> list[int]:
    """Let a process for each file go at one moment; return their exit codes."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.claimer", str(home.root), str(file)],
            cwd=CHECKOUT,
            env=environment(**{HOME: str(home.root)}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for file in files
    ]
    for process in processes:
        process.stdout.readline()
    for process in processes:
        process.stdin.write(b"\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
    return [process.returncode for process in processes]


def _claims_of(file: Path) -> Iterator[tuple[int, int, str]]:
    with file.open(encoding="ascii") as lines:
        for line in lines:
            seq, run, token = line.split()
            yield int(seq), int(run), token


def _compare(noted: list[tuple[int, int, str]], home: Home, jobs: int) -> Iterator[str]:
    """What the processes noted must be what the queue has recorded, and each job once."""
    times = Counter(seq for seq, _, _ in noted)
    twice = [seq for seq, count in times.items() if count > 1]
    lost = [seq for seq in range(1, jobs + 1) if seq not in times]
    if twice:
        yield f"claimed twice: {twice[:_MOST]}"
    if lost:
        yield f"never claimed: {lost[:_MOST]}"
    with history_of(home.database) as history:
        recorded = set(history.rows(_RUNS))
    if recorded != set(noted):
        yield f"noted and recorded differ: {sorted(recorded.symmetric_difference(noted))[:_MOST]}"


ATTACK = Attack(
    "claims",
    "8 processes claim from one queue: none twice, none lost",
    run,
    rounds=1,
    campaign=100,
    a_round=f"{JOBS_A_ROUND:,} jobs, all in one queue",
    in_memory=True,
    lacks={"built": "the claiming processes are Python's, on the same store"},
)
