"""How many jobs a second a runner works, beside bare QProcesses with the same flags, environment and output files.

Both do ``/bin/sh -c 'echo hi'`` with four at a time, in turns, while many foreign processes live. The runner's jobs
are enqueued before, and everything it is for is on: every commit is written through to the disk, and each end looks for
what the job left behind. The loop of bare processes has no database, no deadline and no look.
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
from app.store.outputs import Outputs
from tests.bench.figures import Figure, at_least
from tests.bench.foreign import foreign_processes
from tests.bench.script import be_a_script
from tests.runners import environment, running, wait_for
from tests.store.jobs import new, opened

COMMAND = "echo hi"


@dataclass(frozen=True)
class Sizes:
    jobs: int = 1000
    rounds: int = 5
    workers: int = 4
    foreign: int = 400


def measure(sizes):
    rates = []
    # All is removed at the end only: ext4 looks for a new file's place among those removed in the last seconds, one by
    # one, and that took a quarter of the runner's time where the round before had just been removed.
    with tempfile.TemporaryDirectory() as folder, foreign_processes(sizes.foreign):
        for number in range(sizes.rounds):
            one, other = (Path(folder) / f"{name}-{number}" for name in ("ours", "bare"))
            one.mkdir()
            other.mkdir()
            rates.append((ours(str(one), sizes), bare(str(other), sizes)))
    mine, theirs = zip(*rates, strict=True)
    name = f"jobs worked, enqueued before, {sizes.workers} workers"
    return [Figure(name, "jobs/s", mine, theirs, "bare QProcess loop", at_least(0.85))]


def ours(folder, sizes):
    """Jobs a second from the first claim to the last recorded end."""
    home = Home(Path(folder) / "home")
    with opened(home) as store:
        store.intake.enqueue([new(None, command=COMMAND, cwd=folder) for _ in range(sizes.jobs)])
        with running(home, sizes.workers):
            wait_for(lambda: store.reads.counts()["completed"] == sizes.jobs, "all jobs")
        ((began, over),) = store.database.run("SELECT min(claimed_at), max(finished_at) FROM run")
    return sizes.jobs / (over - began) * 1000


def bare(folder, sizes):
    """The same of the loop, which has a process of its own as the runner has."""
    command = [sys.executable, __file__, "--bare", folder, str(sizes.jobs), str(sizes.workers)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment())
    return sizes.jobs / json.loads(done.stdout)


def be_the_loop(folder, jobs, workers):
    """Work all jobs in bare QProcesses; print the seconds."""
    from PySide6.QtCore import QCoreApplication, QIODevice, QProcess, QProcessEnvironment

    application = QCoreApplication(["loop"])
    outputs = Outputs(Path(folder) / "outputs")
    inherited = QProcessEnvironment.systemEnvironment()
    flag = QProcess.UnixProcessFlag
    flags = flag.CreateNewSession | flag.ResetSignalHandlers | flag.CloseFileDescriptors
    running, counts = {}, {"started": 0, "ended": 0}

    def start():
        counts["started"] += 1
        number = counts["started"]
        variables = QProcessEnvironment(inherited)
        for name in ("QUEUECTL_JOB_ID", "QUEUECTL_RUN", "QUEUECTL_TOKEN"):
            variables.insert(name, str(number))
        process = running[number] = QProcess()
        process.setProgram("/bin/sh")
        process.setArguments(["-c", COMMAND])
        process.setWorkingDirectory(folder)
        process.setProcessEnvironment(variables)
        process.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
        process.setStandardOutputFile(str(outputs.create(number, 1)), QIODevice.OpenModeFlag.Append)
        process.setStandardInputFile(QProcess.nullDevice())
        process.setUnixProcessParameters(flags)
        process.finished.connect(lambda *_: ended(number))
        process.start(QIODevice.OpenModeFlag.ReadOnly)

    def ended(number):
        running.pop(number).deleteLater()
        counts["ended"] += 1
        if counts["started"] < jobs:
            start()
        elif counts["ended"] == jobs:
            application.quit()

    began = time.perf_counter()
    for _ in range(min(jobs, workers)):
        start()
    application.exec()
    print(time.perf_counter() - began)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--bare"]:
        be_the_loop(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        be_a_script(__doc__, measure, Sizes(), Sizes(jobs=24, rounds=2, foreign=10))
