"""Rounds that are made by a process of their own, in a namespace where it may mount what harms nobody else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.chaos.attack import Result
from tests.runners import CHECKOUT

NOT_FROM_SOURCE = dict.fromkeys(
    ("built", "wine", "wine-built"), "the rounds are made by a process of their own, from source"
)
"""What an attack lacks that is made so."""


def can_mount() -> bool:
    """Whether this account may have a mount of its own here."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode == 0


def made_apart(module: str, folder: Path, rounds: int, seed: int, *, before: str = "true") -> Result:
    """Have a module make rounds: ``python -m MODULE FOLDER ROUNDS SEED`` calls ``tell`` with what came of them.

    Args:
        module: its name.
        folder: of the attack.
        rounds: how many.
        seed: theirs.
        before: what a shell does in the namespace first; the folder is its ``$1``.
    """
    if not can_mount():
        return Result(figures=["not carried out: this account may not mount a disk of its own (unshare -rm)"])
    words = [sys.executable, "-m", module, str(folder), str(rounds), str(seed)]
    namespace = "-m" if os.geteuid() == 0 else "-rm"  # root stays root, who alone can make a file immutable
    done = subprocess.run(
        ["unshare", namespace, "sh", "-c", f'{before} && shift && exec "$@"', "sh", str(folder), *words],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        return Result(violations=[f"The attack could not go on: {done.stderr}"])
    told = json.loads(done.stdout)
    return Result(Counter(told["counts"]), told["violations"], told["figures"])


def tell(result: Result) -> None:
    """Tell who had the rounds made what came of them."""
    print(json.dumps({"counts": result.counts, "violations": result.violations, "figures": result.figures}))
