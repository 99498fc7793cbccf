"""From an enqueue on the command line to the start of the process: how long a runner with nothing to do takes.

Run: python tests/bench/enqueue_to_start.py [ROUNDS]

Measured is from the moment just before the commit of ``queuectl enqueue`` (the job's created_at) to what the job's own
``date`` says, so the commit with its fsync and the start of /bin/sh and date are in it. Beside it stands, from the same
run, what a bare QProcess takes from start() to the same ``date``.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.paths import Home
from tests.runners import CHECKOUT, environment, running, wait_for
from tests.store.jobs import opened

COMMAND = "date +%s%N"
CALL = "from app.bootstrap import console; import sys; sys.exit(console())"


def through_the_queue(store, home, number):
    subprocess.run(
        [sys.executable, "-c", CALL, "--home", str(home.root), "enqueue", "--id", f"j{number}", "--command", COMMAND],
        check=True,
        cwd=CHECKOUT,
        env=environment(),
        stdout=subprocess.DEVNULL,
    )
    wait_for(lambda: store.reads.by_id(f"j{number}").state == "completed")
    job = store.reads.by_id(f"j{number}")
    return int(store.outputs.path(job.seq, 1).read_text()) / 1e6 - job.created_at


def bare(process_class):
    process = process_class()
    before = time.time_ns()
    process.start("/bin/sh", ["-c", COMMAND])
    process.waitForFinished()
    return (int(bytes(process.readAllStandardOutput()).decode()) - before) / 1e6


def main():
    from PySide6.QtCore import QCoreApplication, QProcess

    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    application = QCoreApplication(["bench"])
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        with opened(home) as store, running(home):
            queue, process = [], []
            for number in range(rounds):
                queue.append(through_the_queue(store, home, number))
                process.append(bare(QProcess))
    for name, times in (("enqueue to start", queue), ("bare QProcess", process)):
        cuts = statistics.quantiles(times, n=100)
        print(f"{name:18} median {statistics.median(times):6.1f} ms   p90 {cuts[89]:6.1f}   p99 {cuts[98]:6.1f}")
    del application


if __name__ == "__main__":
    main()
