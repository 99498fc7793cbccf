"""A coverage-guided fuzzer on all that takes in foreign texts: what reaches a new line of code is bred on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random

from tests.chaos.attack import Attack, Place, Result
from tests.chaos.fuzz_documents import good
from tests.chaos.fuzz_targets import TARGETS
from tests.runners import CHECKOUT, environment

VARIABLE = "QUEUECTL_FUZZER"
"""Names the folder that holds atheris; ``packaging/fuzzer.py`` installs it."""

_MINUTE = 60
_SEEDS = 200
_LONGEST_DOCUMENT = 4096
_LONGEST_ANSWER = 20
"""Seconds that one document may take."""
_MOST_MEMORY = 1024
"""MiB."""


def run(rounds: int, seed: int, place: Place) -> Result:
    """Fuzz for so many minutes, beginning with good documents."""
    fuzzer = os.environ.get(VARIABLE)
    if fuzzer is None:
        return Result(
            figures=["not carried out: there is no wheel of atheris for this machine, or it was not installed"]
        )
    corpus, crashes = place.folder / "corpus", place.folder / "crashes"
    corpus.mkdir()
    crashes.mkdir()
    _sow(corpus, Random(seed))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.chaos.fuzzer", str(corpus), f"-artifact_prefix={crashes}/"),
            *(f"-max_total_time={rounds * _MINUTE}", f"-seed={seed % 2**31 + 1}", f"-max_len={_LONGEST_DOCUMENT}"),
            *(f"-timeout={_LONGEST_ANSWER}", f"-rss_limit_mb={_MOST_MEMORY}"),
        ],
        cwd=CHECKOUT,
        env=environment(PYTHONPATH=f"{CHECKOUT}{os.pathsep}{fuzzer}"),
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    runs = re.findall(r"^#(\d+)", done.stderr, re.MULTILINE)
    counts = Counter(documents=int(runs[-1]) if runs else 0)
    if done.returncode == 0:
        covered = re.findall(r"cov: (\d+)", done.stderr)
        return Result(counts, figures=[f"{covered[-1] if covered else 'no'} places in the code were reached"])
    (place.folder / "said.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    found = sorted(path.name for path in crashes.iterdir())
    return Result(counts, [f"the fuzzer ended with {done.returncode} and found {found}: {_last_error(done.stdout)}"])


def _sow(corpus: Path, chance: Random) -> None:
    for number in range(_SEEDS):
        place = number % len(TARGETS)
        (corpus / str(number)).write_bytes(bytes([place]) + good(chance, list(TARGETS)[place])[:_LONGEST_DOCUMENT])


def _last_error(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else "it says nothing"


ATTACK = Attack(
    "coverage",
    "a coverage-guided fuzzer on all that takes in foreign texts; bounded in time and memory",
    run,
    rounds=1,
    campaign=60,
    a_round="a minute",
    lacks=dict.fromkeys(("built", "wine", "wine-built"), "functions of the program are called"),
)
