"""How late the first signal of a timeout comes: from the moment it is due to the job's own signal handler.

Run: python tests/bench/first_signal.py [JOBS]

Due is the run's recorded start plus the timeout of 1 s; both clocks are the computer's, in milliseconds.
"""

import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.paths import Home
from tests.runners import running, wait_for
from tests.store.jobs import new, opened

TIMEOUT = 1.0
PROGRAM = """
import signal, sys, time
def heard(*_):
    print(time.time_ns() / 1e6, flush=True)
    sys.exit()
signal.signal(signal.SIGTERM, heard)
while True:
    signal.pause()
"""


def main():
    jobs = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        with opened(home) as store:
            argv = (sys.executable, "-S", "-E", "-c", PROGRAM)
            store.intake.enqueue([new(None, argv=argv, timeout=TIMEOUT, max_retries=1) for _ in range(jobs)])
            with running(home, slots=4):
                wait_for(lambda: store.reads.counts()["dead"] == jobs, "all to time out")
            late = []
            for seq in range(1, jobs + 1):
                run = store.reads.details(seq).runs[0]
                late.append(float(store.outputs.path(seq, 1).read_text()) - run.started_at - TIMEOUT * 1000)
    cuts = statistics.quantiles(late, n=100)
    print(f"{jobs} timeouts of {TIMEOUT:g} s, 4 workers: the first signal came late by")
    print(f"median {statistics.median(late):.1f} ms   p90 {cuts[89]:.1f}   p99 {cuts[98]:.1f}   least {min(late):.1f}")


if __name__ == "__main__":
    main()
