"""From one bulk enqueue to the last finish: ours beside task-spooler, nq, GNU parallel and huey with SQLite.

All do ``/bin/sh -c 'echo hi'``, four at a time, in turns. Of ours it is one `queuectl enqueue --file` to a runner that
has nothing to do; of the others the quickest way in that each has: a call a job for task-spooler (4 slots) and nq (4
queues, since a queue of nq is one slot), standard input for parallel (-j4 --joblog), a loop in one process for huey (4
process workers). Only ours writes every commit through to the disk.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.paths import Home
from tests.bench.figures import Figure, at_least
from tests.bench.script import be_a_script
from tests.runners import environment, running, select_nothing, wait_for
from tests.store.jobs import opened

QUEUECTL = Path(sys.executable).with_name("queuectl")
COMMAND = "echo hi"
SLOTS = 4
_LOOK = 0.002


@dataclass(frozen=True)
class Sizes:
    jobs: int = 1000
    rounds: int = 5


def measure(sizes):
    there = {name: queue for name, queue in QUEUES.items() if queue.why_not() is None}
    mine, theirs = [], {name: [] for name in there}
    # Removed at the end only, see jobs_a_second.py; and short, since the names of sockets have little room.
    with tempfile.TemporaryDirectory() as root:
        folders = (Path(root) / str(number) for number in range(sizes.rounds * (1 + len(there))))
        for _ in range(sizes.rounds):
            mine.append(sizes.jobs / seconds_of_ours(made(next(folders)), sizes.jobs))
            for name, queue in there.items():
                theirs[name].append(sizes.jobs / queue.seconds(made(next(folders)), sizes.jobs))
    for name, queue in QUEUES.items():
        what, reach = f"jobs enqueued and worked, beside {name}", at_least(queue.ahead)
        if name in there:
            yield Figure(what, "jobs/s", tuple(mine), tuple(theirs[name]), name, reach)
        else:
            yield Figure(what, "jobs/s", beside=name, reach=reach, missing=queue.why_not())


def made(folder):
    folder.mkdir()
    return folder


def seconds_of_ours(folder, jobs):
    home = Home(folder / "home")
    file = folder / "jobs.jsonl"
    file.write_text("".join(f"{json.dumps({'command': COMMAND})}\n" for _ in range(jobs)), encoding="utf-8")
    with opened(home) as store, running(home, SLOTS):
        wait_for(lambda: store.runner.row().state == "running", "the runner")
        began = time.time_ns() / 1e6
        enqueue = [QUEUECTL, "--home", home.root, "enqueue", "--file", file]
        subprocess.run(enqueue, check=True, cwd=folder, env=environment(), stdout=subprocess.DEVNULL)
        wait_for(lambda: store.reads.counts()["completed"] == jobs, "all jobs")
        ((over,),) = store.database.run("SELECT max(finished_at) FROM run")
    return (over - began) / 1000


class Queue:
    """Another queue. ``ahead``: how many times as many jobs a second ours is to work."""

    program = ""
    ahead = 1.0

    def why_not(self):
        """Why it can't be had here, or None."""
        return None if shutil.which(self.program) else f"{self.program} is not installed here"

    def seconds(self, folder, jobs):
        """How long it takes from the first enqueue to the end of the last job."""
        raise NotImplementedError


class TaskSpooler(Queue):
    program = "tsp"
    ahead = 1.3

    def seconds(self, folder, jobs):
        own = environment(TS_SOCKET=str(folder / "socket"), TMPDIR=str(folder), TS_SLOTS=str(SLOTS))
        self._do(own, "-S", str(SLOTS))  # starts the server, as our runner is started before
        try:
            began = time.perf_counter()
            for _ in range(jobs):
                self._do(own, "sh", "-c", COMMAND)
            for back in range(min(SLOTS, jobs)):
                self._do(own, "-w", str(jobs - 1 - back))
            return time.perf_counter() - began
        finally:
            self._do(own, "-K")

    def _do(self, own, *words):
        # -w tells of the job by its exit code, where 0 is success
        subprocess.run(["tsp", *words], env=own, check=True, stdout=subprocess.DEVNULL)


class Nq(Queue):
    program = "nq"

    def seconds(self, folder, jobs):
        lanes = [folder / str(number) for number in range(SLOTS)]
        for lane in lanes:
            lane.mkdir()
        began = time.perf_counter()
        for number in range(jobs):
            own = environment(NQDIR=str(lanes[number % SLOTS]))
            subprocess.run(["nq", "-q", "sh", "-c", COMMAND], env=own, check=True)
        for lane in lanes[:jobs]:
            subprocess.run(["nq", "-w"], env=environment(NQDIR=str(lane)), check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - began


class Parallel(Queue):
    program = "parallel"
    ahead = 3.0

    def seconds(self, folder, jobs):
        words = ["parallel", "--will-cite", f"-j{SLOTS}", "--joblog", folder / "log"]
        lines = f"{COMMAND}\n" * jobs
        own = environment(HOME=str(folder))
        began = time.perf_counter()
        subprocess.run(words, input=lines, text=True, env=own, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - began


class Huey(Queue):
    """Its Python is that of the bench-only packages, which `dev.py bench` names."""

    _TASKS = """
import subprocess, sys
from huey import SqliteHuey
queue = SqliteHuey(filename=sys.path[0] + "/huey.db")
done = open(sys.path[0] + "/done", "ab", buffering=0)
@queue.task()
def work():
    subprocess.run(["/bin/sh", "-c", "echo hi"], stdout=subprocess.DEVNULL)
    done.write(b".")
"""
    _ENQUEUE = "import sys; sys.path.insert(0, '.'); import tasks\nfor _ in range(int(sys.argv[1])): tasks.work()"

    def __init__(self):
        self._python = os.environ.get("QUEUECTL_BENCH_PYTHON", "")

    def why_not(self):
        return None if self._python else "only `dev.py bench` brings huey"

    def seconds(self, folder, jobs):
        (folder / "tasks.py").write_text(self._TASKS, encoding="utf-8")
        done = folder / "done"
        with self._consumer(folder):
            began = time.perf_counter()
            subprocess.run([self._python, "-c", self._ENQUEUE, str(jobs)], cwd=folder, env=environment(), check=True)
            while done.stat().st_size < jobs:
                select_nothing(_LOOK)
            return time.perf_counter() - began

    @contextmanager
    def _consumer(self, folder):
        start = "import sys; sys.path.insert(0, '.'); from huey.bin.huey_consumer import consumer_main; consumer_main()"
        options = ["tasks.queue", "-k", "process", "-w", str(SLOTS), "-q"]
        with (folder / "said").open("wb") as said:
            consumer = subprocess.Popen(
                [self._python, "-c", start, *options], cwd=folder, env=environment(), stderr=said
            )
        try:
            wait_for((folder / "huey.db").exists, "huey")
            yield
        finally:
            consumer.terminate()
            consumer.wait()


QUEUES = {"task-spooler": TaskSpooler(), "nq": Nq(), "GNU parallel": Parallel(), "huey": Huey()}


if __name__ == "__main__":
    be_a_script(__doc__, measure, Sizes(), Sizes(jobs=20, rounds=2))
