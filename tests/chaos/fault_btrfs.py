"""A disk that copies what is written anew gets full, and has room again: btrfs in a file, which needs root to mount it.

There a page of a mapped file must be copied before it is written, and for want of room the system ends who does so, by
a signal. The rounds are those of a full disk, made by a process of their own: ``python -m tests.chaos.fault_btrfs
FOLDER ROUNDS SEED``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.chaos.apart import NOT_FROM_SOURCE, made_apart, tell
from tests.chaos.attack import Attack, Place, Result
from tests.chaos.fault_disk import fill
from tests.lacking import lacks_btrfs

_MOUNT = """
truncate -s {size} "$1/disk" && mkfs.btrfs -q "$1/disk" >/dev/null 2>&1 && mkdir -p "$1/mount" "$1/home" &&
mount -o loop "$1/disk" "$1/mount" && btrfs subvolume create "$1/mount/home" >/dev/null && {then} &&
mount --bind "$1/mount/home" "$1/home"
""".strip().replace("\n", " ")


def run(rounds: int, seed: int, place: Place) -> Result:
    """Fill the disk of one queue once a round."""
    return made_on_btrfs("tests.chaos.fault_btrfs", rounds, seed, place, size="200M")


def made_on_btrfs(module: str, rounds: int, seed: int, place: Place, *, size: str, then: str = "true") -> Result:
    """Have a module make rounds where the home is a part of a small disk of btrfs.

    Args:
        module: its name, as for ``made_apart``.
        rounds: how many.
        seed: theirs.
        place: of the attack.
        size: of the disk, as truncate takes it.
        then: what the shell does with the disk; ``$1/mount/home`` is the home.
    """
    if (lacking := lacks_btrfs()) is not None:
        return Result(figures=[f"not carried out: {lacking}"])
    return made_apart(module, place.folder, rounds, seed, before=_MOUNT.format(size=size, then=then))


ATTACK = Attack(
    "btrfs",
    "a disk that copies what is written anew gets full under all three: none ends, nothing is lost, and it goes on",
    run,
    rounds=2,
    campaign=100,
    season=20,
    lacks=NOT_FROM_SOURCE,
)

if __name__ == "__main__":
    tell(fill(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), shortens=False))
