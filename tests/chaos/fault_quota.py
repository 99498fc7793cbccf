"""What a person may take of the disk is used up, of which the system says nothing but EDQUOT, and there is room again.

A quota needs a file system that has one, and root to mount it: btrfs in a file, of whose subvolumes each has its limit.
It counts what is written about files too. So a page of a mapped file, which SQLite's -shm file is, may find no room
although it is not copied, and the system ends who writes it, by SIGBUS. No program can keep that off: it is counted,
and as after every other end nothing may be lost, and all goes on.

The rounds are those of a full disk, made by a process of their own: ``python -m tests.chaos.fault_quota FOLDER ROUNDS
SEED``.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from tests.chaos.apart import NOT_FROM_SOURCE, tell
from tests.chaos.attack import Attack, Place, Result
from tests.chaos.fault_btrfs import made_on_btrfs
from tests.chaos.fault_disk import fill


def run(rounds: int, seed: int, place: Place) -> Result:
    """Use up the quota of one queue once a round."""
    limit = 'btrfs quota enable "$1/mount" && btrfs qgroup limit 24M "$1/mount/home"'
    return made_on_btrfs("tests.chaos.fault_quota", rounds, seed, place, size="512M", then=limit)


ATTACK = Attack(
    "quota",
    "a quota is used up under runner, window and command line: words, nothing lost, and it goes on by itself",
    run,
    rounds=2,
    campaign=200,
    season=40,
    lacks=NOT_FROM_SOURCE,
)

if __name__ == "__main__":
    ends = frozenset({signal.SIGBUS})
    tell(fill(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), tells_room=False, shortens=False, ends=ends))
