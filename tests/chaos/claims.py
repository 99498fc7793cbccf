"""Eight processes claim from one queue as fast as they can: no job twice, none lost."""

from __future__ import annotations

from collections import Counter

from app.paths import Home
from tests.chaos.attack import Attack, Place, Result
from tests.store.jobs import new, opened
from tests.store.processes import at_once

PROCESSES = 8
JOBS_A_ROUND = 10_000

_CLAIM_ALL = """
claimed = []
with opened(home, patience=600) as store:  # SQLite lets waiting writers in by chance, and cores are shared
    go()
    while claims := store.work.claim(1 + len(claimed) % 7):
        claimed += [[claim.job.seq, claim.run, claim.token] for claim in claims]
answer(claimed)
"""


def run(rounds: int, seed: int, place: Place) -> Result:  # noqa: ARG001
    """Have a queue of ``rounds`` times 10,000 jobs claimed to its end."""
    jobs = rounds * JOBS_A_ROUND
    home = Home(place.folder / "home")
    with opened(home) as store:
        store.intake.enqueue(new(priority=1 + number % 10) for number in range(jobs))
        answers = at_once(home, PROCESSES, _CLAIM_ALL)
    claimed = Counter(seq for (claims,) in answers for seq, _, _ in claims)
    twice = [seq for seq, times in claimed.items() if times > 1]
    lost = [seq for seq in range(1, jobs + 1) if seq not in claimed]
    violations = [f"claimed twice: {twice[:10]}"] * bool(twice) + [f"never claimed: {lost[:10]}"] * bool(lost)
    return Result(Counter(claims=claimed.total()), violations)


ATTACK = Attack(
    "claims",
    "8 processes claim from one queue; none twice, none lost",
    run,
    rounds=1,
    campaign=100,
    a_round=f"{JOBS_A_ROUND:,} jobs",
    lacks=dict.fromkeys(("built", "wine", "wine-built"), "processes of its own, in Python, claim"),
)
