"""What one ``queuectl enqueue`` costs as a whole process, beside ``python -c "import click"`` in the same run.

Run: .venv/bin/python tests/bench/start_cost.py [ROUNDS]
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

QUEUECTL = Path(sys.executable).with_name("queuectl")


def milliseconds(command, environment):
    began = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - began) * 1000


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "QUEUECTL_HOME": str(Path(folder) / "home")}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # compiled modules are what a person has
        enqueue, click = [QUEUECTL, "enqueue", "--command", "true"], [sys.executable, "-c", "import click"]
        for command in (enqueue, click):
            milliseconds(command, environment)  # compiles, and makes the database
        costs = [(milliseconds(enqueue, environment), milliseconds(click, environment)) for _ in range(rounds)]
    ours, theirs = (statistics.median(column) for column in zip(*costs, strict=True))
    print(f"enqueue {ours:.0f} ms   import click {theirs:.0f} ms   ratio {ours / theirs:.2f}   (medians of {rounds})")


if __name__ == "__main__":
    main()
