"""What one ``queuectl enqueue`` costs as a whole process, beside ``python -c "import click"`` in the same run."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.figures import Figure, at_most
from tests.bench.script import be_a_script

QUEUECTL = Path(sys.executable).with_name("queuectl")


@dataclass(frozen=True)
class Sizes:
    rounds: int = 40


def measure(sizes):
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "QUEUECTL_HOME": str(Path(folder) / "home")}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # compiled modules are what a person has
        enqueue, click = [QUEUECTL, "enqueue", "--command", "true"], [sys.executable, "-c", "import click"]
        for command in (enqueue, click):
            milliseconds(command, environment)  # compiles, and makes the database
        costs = [(milliseconds(enqueue, environment), milliseconds(click, environment)) for _ in range(sizes.rounds)]
    ours, theirs = zip(*costs, strict=True)
    return [Figure("one `queuectl enqueue`, whole process", "ms", ours, theirs, "import click", at_most(2.5))]


def milliseconds(command, environment):
    began = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    be_a_script(__doc__, measure, Sizes(), Sizes(rounds=3))
