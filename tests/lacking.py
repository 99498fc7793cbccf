"""What a test needs and a machine lacks."""

import os
import shutil
import sys
from pathlib import Path

import pytest


def missing(words):
    """End this test; in CI as a failure, since there it should not be missing."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(words)


def lacks_btrfs() -> str | None:
    """Why no disk of btrfs can be had here; None where one can."""
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("mkfs.btrfs") is None:
        return "it needs root, and btrfs (Debian's package btrfs-progs)"
    if not (Path("/dev/loop-control").exists() and "btrfs" in Path("/proc/filesystems").read_text(encoding="ascii")):
        return "this system has no loop devices, or knows no btrfs"
    return None
