"""What a person may take of the disk is used up, of which the system says nothing but EDQUOT, and there is room again.

A quota needs a file system that has one, and root to mount it: btrfs in a file, of whose subvolumes each has its limit.
The rounds are those of a full disk, made by a process of their own: ``python -m tests.chaos.fault_quota FOLDER ROUNDS
SEED``.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from tests.chaos.apart import NOT_FROM_SOURCE, made_apart, tell
from tests.chaos.attack import Attack, Place, Result
from tests.chaos.fault_disk import fill

_MOUNT = """
truncate -s 512M "$1/disk" && mkfs.btrfs -q "$1/disk" >/dev/null 2>&1 && mkdir -p "$1/mount" "$1/home" &&
mount -o loop "$1/disk" "$1/mount" && btrfs quota enable "$1/mount" &&
btrfs subvolume create "$1/mount/home" >/dev/null && btrfs qgroup limit 24M "$1/mount/home" &&
mount --bind "$1/mount/home" "$1/home"
""".strip().replace("\n", " ")


def run(rounds: int, seed: int, place: Place) -> Result:
    """Use up the quota of one queue once a round."""
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("mkfs.btrfs") is None:
        return Result(figures=["not carried out: it needs root, and btrfs (Debian's package btrfs-progs)"])
    if not (Path("/dev/loop-control").exists() and "btrfs" in Path("/proc/filesystems").read_text(encoding="ascii")):
        return Result(figures=["not carried out: this system has no loop devices, or knows no btrfs"])
    return made_apart("tests.chaos.fault_quota", place.folder, rounds, seed, before=_MOUNT)


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
    tell(fill(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), tells_room=False))
