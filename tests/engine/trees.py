"""Trees of real processes for tests, and their certain end."""

import ctypes
import os
import secrets
import select
import signal
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from PySide6.QtCore import QProcess, QProcessEnvironment

from app.desktop.process_facts import created
from app.engine.process_tree import MARK, Tree, process_trees

PROGRAMS = Path(__file__).with_name("nasty.py")
PATIENCE = 20.0


@contextmanager
def adopting_platform():
    """The platform's trees, with this process as the runner. Afterwards it adopts no more orphans."""
    platform = process_trees()
    platform.adopt()
    yield platform
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(36, 0, 0, 0, 0)


def finish(qtbot, job):
    """Let the direct child of a job end."""
    if job.process.state() != QProcess.ProcessState.NotRunning:
        with qtbot.waitSignal(job.process.finished):
            pass


class LifeLine:
    """A FIFO that every process of a tree holds open. What they write says who is there; its end, that none is."""

    def __init__(self, path):
        self.path = path
        os.mkfifo(path)
        self._reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self._data = b""

    def pids(self, count):
        """Wait until `count` processes are in place; their pids by name."""
        while self._data.count(b"\n") < count:
            assert self._read(), f"no word from all {count}: {self._data!r}"
        return {name: int(pid) for name, pid in (line.split() for line in self._data.decode().splitlines())}

    def wait_for_end(self):
        """Wait until every process that held it is dead."""
        while self._read():
            pass

    def is_held(self):
        """Whether any process holds it now."""
        poll = select.poll()
        poll.register(self._reader, 0)
        return not any(event & select.POLLHUP for _, event in poll.poll(0))

    def close(self):
        os.close(self._reader)

    def _read(self):
        ready, _, _ = select.select([self._reader], [], [], PATIENCE)
        assert ready, f"processes still hold the line after {PATIENCE} s: {self._data!r}"
        part = os.read(self._reader, 65536)
        self._data += part
        return part


@dataclass(eq=False)
class Job:
    process: QProcess
    tree: Tree
    line: LifeLine

    @property
    def pid(self):
        return self.tree.pid


class Nursery:
    """Starts jobs the way a pool does. close() leaves no process behind, whatever the test did."""

    def __init__(self, platform, folder):
        self.platform = platform
        self._folder = folder
        self._jobs = []
        self._lines = []

    def line(self):
        line = LifeLine(self._folder / f"line{len(self._lines)}")
        self._lines.append(line)
        return line

    def start(self, program, *arguments, started=True, named=True):
        """Start a program of nasty.py as a job.

        With started=False the platform is told nothing, with named=False it has no token.
        """
        line = self.line()
        command = ["-S", "-E", str(PROGRAMS), program, str(line.path), *map(str, arguments)]
        return self.start_command(sys.executable, command, line=line, started=started, named=named)

    def start_command(self, program, arguments, *, line=None, started=True, named=True):
        token = secrets.token_hex(16)
        process = QProcess()
        environment = QProcessEnvironment.systemEnvironment()
        if named:
            environment.insert(MARK, token)
        process.setProcessEnvironment(environment)
        self.platform.configure(process)
        process.start(program, arguments)
        pid = process.processId()
        tree = Tree(token, pid, created(pid))
        if started:
            self.platform.started(tree)
        job = Job(process, tree, line)
        self._jobs.append(job)
        return job

    def live(self):
        """The pids of all QProcesses that run, as the pool knows them."""
        return [
            job.process.processId() for job in self._jobs if job.process.state() != QProcess.ProcessState.NotRunning
        ]

    def close(self):
        """Kill by what the processes themselves said, so that no error of the code under test leaves any."""
        for job in self._jobs:
            job.process.kill()
            job.process.waitForFinished()
            self.platform.forget(job.tree)
        deadline = time.monotonic() + PATIENCE
        while (left := self._survivors()) and time.monotonic() < deadline:
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        for line in self._lines:
            line.close()
        self.platform.reap([])
        assert not left, f"processes outlived their test: {left}"

    def _survivors(self):
        """Whoever was called with a line of this test: a fork and an emptied environment don't change that."""
        if not any(line.is_held() for line in self._lines):
            return []
        return [
            process.pid
            for process in psutil.process_iter(["cmdline"])
            if any(word.startswith(str(self._folder)) for word in process.info["cmdline"] or ())
        ]
