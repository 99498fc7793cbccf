"""Fills a home's queue, in a process of its own: what that takes is no part of anybody's memory or caches.

Run: python tests/bench/filling.py HOME PENDING [FAILED]
"""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.paths import Home
from app.store.opening import wall_clock
from tests.store.jobs import opened
from tests.store.many_jobs import fill


def fill_home(home, pending, failed=0):
    """Put so many pending jobs, and failed ones that are not due, into a home's queue."""
    subprocess.run([sys.executable, __file__, str(home.root), str(pending), str(failed)], check=True)


if __name__ == "__main__":
    with opened(Home(Path(sys.argv[1]))) as store:
        fill(store, wall_clock, pending=int(sys.argv[2]), failed=int(sys.argv[3]))
