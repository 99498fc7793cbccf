"""A process that claims from a queue until nothing is left, and notes each claim once it is committed.

python -m tests.chaos.claimer HOME FILE: it says "ready", waits for a line, and works then.
"""

from __future__ import annotations

import sys
from pathlib import Path

from app.paths import Home
from tests.store.jobs import opened

_PATIENCE = 600.0
"""Seconds: SQLite lets waiting writers in by chance, and cores are shared."""


def main(home: Home, noted: Path) -> None:
    """Claim one to seven at a time."""
    claimed = 0
    with opened(home, patience=_PATIENCE) as store, noted.open("w", encoding="ascii") as file:
        print("ready", flush=True)
        sys.stdin.readline()
        while claims := store.work.claim(1 + claimed % 7):
            claimed += len(claims)
            file.writelines(f"{claim.job.seq} {claim.run} {claim.token}\n" for claim in claims)


if __name__ == "__main__":
    main(Home(Path(sys.argv[1])), Path(sys.argv[2]))
