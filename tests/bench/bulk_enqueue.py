"""One bulk enqueue of JSON Lines, the whole process, beside a plain executemany of the same rows.

The reference writes the same rows of jobs and events into the same schema with all its indexes and triggers, in one
transaction that is written through to the disk, from lists that are ready: it starts nothing, reads nothing and checks
nothing.
"""

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.paths import Home
from app.store.database import raw_connection
from tests.bench.figures import Figure, at_least
from tests.bench.script import be_a_script
from tests.runners import environment
from tests.store.jobs import opened

QUEUECTL = Path(sys.executable).with_name("queuectl")


@dataclass(frozen=True)
class Sizes:
    jobs: int = 100_000
    rounds: int = 5


def measure(sizes):
    rates = []
    for _ in range(sizes.rounds):
        with tempfile.TemporaryDirectory() as folder:
            taken = through_the_command_line(Path(folder), sizes.jobs)
            rates.append((sizes.jobs / taken, sizes.jobs / plainly(Path(folder))))
    mine, theirs = zip(*rates, strict=True)
    name = f"{sizes.jobs:,} jobs from JSON Lines, whole process"
    return [Figure(name, "jobs/s", mine, theirs, "plain executemany", at_least(0.5))]


def through_the_command_line(folder, jobs):
    file, home = folder / "jobs.jsonl", Home(folder / "ours")
    lines = (json.dumps({"id": f"render-{n}", "command": f"echo {n}", "priority": 1 + n % 10}) for n in range(jobs))
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    with opened(home):
        pass  # the database is made before
    began = time.perf_counter()
    enqueue = [QUEUECTL, "--home", home.root, "enqueue", "--file", file]
    subprocess.run(enqueue, check=True, cwd=folder, env=environment(), stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def plainly(folder):
    """The seconds for the rows that the command line has just written, put into a database of their own."""
    tables = {}
    source = raw_connection(Home(folder / "ours").database)
    for name in ("job", "event"):
        rows = source.execute(f"SELECT * FROM {name}")
        tables[name] = ([column for column, *_ in rows.get_description()], rows.fetchall())
    source.close()
    home = Home(folder / "plain")
    with opened(home):
        pass
    target = raw_connection(home.database)
    # as ours has it: a larger or smaller cache would be another measurement
    target.execute("PRAGMA cache_size = -8192; PRAGMA temp_store = memory; PRAGMA foreign_keys = on")
    began = time.perf_counter()
    with target:
        for name, (columns, rows) in tables.items():
            words = f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
            target.executemany(words, rows)
    taken = time.perf_counter() - began
    target.close()
    return taken


if __name__ == "__main__":
    be_a_script(__doc__, measure, Sizes(), Sizes(jobs=500, rounds=2))
