"""A queue that is attacked: its home, the real processes on it, and all that is known of it from outside."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from app.locks import ProcessLock
from app.paths import Home
from tests.chaos.checker import check_settled
from tests.chaos.history import Call, Deeds, opened
from tests.chaos.leftovers import HOME, Found, end_leftovers, processes_of
from tests.chaos.said import Said
from tests.chaos.witness import BEAT, END, Witness
from tests.desktop.real.targets import Target
from tests.runners import CHECKOUT, environment, wait_for

ENDED = frozenset({"completed", "dead", "cancelled"})
_CURRENT = (
    "SELECT (SELECT token FROM run WHERE run.seq = job.seq AND run.run = job.run AND outcome IS NULL)"
    " FROM job WHERE id = '{}'"
)
_BEATS = 4
_OPEN = "SELECT count(*) FROM job WHERE state IN ('pending', 'failed', 'processing') AND removed_at IS NULL"


class Victim:
    """One queue under attack.

    Args:
        folder: everything of it lies in here.
        target: the make of the program.
    """

    def __init__(self, folder: Path, target: Target) -> None:
        self.folder = folder
        self.home = Home(folder / "home")
        self.witness = Witness(folder / "witness")
        self.deeds = Deeds()
        self.said = Said(folder / "said", self.home.logs, target.harmless)
        self.target = target
        # sockets have short names only, and what is killed leaves its own behind
        self._temporary = Path(tempfile.mkdtemp(prefix="queuectl-chaos-"))
        self._files = 0
        self._starts: list[subprocess.Popen[bytes]] = []

    # Starting

    def start(self, *words: str, **variables: str) -> subprocess.Popen[bytes]:
        """Start the command line, and go on."""
        return self._start([*self.target.console, *words], words[0], variables)

    def start_window(self, *, module: str | None = None, **variables: str) -> subprocess.Popen[bytes]:
        """Start the window; with ``module`` one of this checkout's that is a window which does something by itself."""
        program = self.target.window if module is None else (*self.target.window[:-1], module)
        return self._start([*program, "--home", self._path(self.home.root)], "window", variables)

    def start_runner(self, slots: int, **variables: str) -> subprocess.Popen[bytes]:
        """Start the runner as the program itself starts it, but as a child of this process."""
        words = ["--runner", "--home", self._path(self.home.root), "--slots", str(slots)]
        return self._start([*self.target.window, *words], "runner", {"QUEUECTL_RUNNER": "1", **variables})

    def ask(self, *words: str, code: int = 0, **variables: str) -> str:
        """Call the command line, wait for its end, and return what it said on its standard output.

        Raises:
            AssertionError: its exit code is another.
        """
        process = self.start(*words, **variables)
        process.wait(120)
        out = self.said.output_of(process.pid)
        assert process.returncode == code, (words, process.returncode, out, self.said.errors_of(process.pid))
        return out

    def _start(self, command: Sequence[str], kind: str, variables: dict[str, str]) -> subprocess.Popen[bytes]:
        own = {HOME: str(self.home.root), "TMPDIR": str(self._temporary)}
        with self.said.streams(kind) as (out, err):
            process = subprocess.Popen(
                command,
                cwd=CHECKOUT,
                env=environment(**self.target.environment, **own, **variables),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
            self.said.belongs_to(process.pid)
        self._starts.append(process)
        return process

    def _path(self, path: Path) -> str:
        return str(self.target.path(path))

    # Bringing jobs

    def file_of(self, jobs: Sequence[dict[str, Any]]) -> Path:
        """Write a job file."""
        self._files += 1
        path = self.folder / f"jobs-{self._files}.json"
        path.write_text(json.dumps(jobs), encoding="utf-8")
        return path

    def bring(
        self, jobs: Sequence[dict[str, Any]], ends: Sequence[frozenset[str]], **variables: str
    ) -> tuple[Call, subprocess.Popen[bytes]]:
        """Start a call that brings jobs, each with the states in which it may end; return it and its process."""
        call = self.deeds.will_bring(jobs, ends)
        return call, self.start("enqueue", "--file", self._path(self.file_of(jobs)), **variables)

    def brought(self, call: Call, process: subprocess.Popen[bytes]) -> None:
        """Wait for the end of a call that brings jobs, and note what it said; one that was killed has said nothing.

        Raises:
            AssertionError: it was refused.
        """
        code = process.wait(120)
        said = self.said.output_of(process.pid)
        # whoever has read the sentence knows it, though the process was killed after it
        call.is_in = True if said else None
        assert code in {0, -signal.SIGKILL}, (code, self.said.errors_of(process.pid))
        assert code != 0 or said

    # Looking

    def pids(self, kind: str = "--home") -> list[int]:
        """The pids of the windows of this queue, or with ``--runner`` of its runners."""
        home = self._path(self.home.root)
        found = []
        for process in self.processes():
            with suppress(psutil.Error):
                words = [] if process.is_jobs else psutil.Process(process.pid).cmdline()
                if "--home" in words and home in words and ("--runner" in words) == (kind == "--runner"):
                    found.append(process.pid)
        return found

    def processes(self) -> list[Found]:
        """All living processes of this queue, its jobs included."""
        return processes_of(self.folder)

    def runner_lives(self) -> bool:
        """Whether some process holds the runner's lock."""
        return self.home.data.exists() and ProcessLock(self.home.runner_lock).is_held()

    def value(self, sql: str) -> Any:
        """The one value that a question to the database answers; None where it has no row."""
        with opened(self.home.database) as history:
            return next(history.rows(sql), (None,))[0]

    def wait_for_beats(self, ids: Sequence[str]) -> None:
        """Wait until a run of each of these jobs lives that no dead runner has left, and has said so several times.

        What an earlier run of theirs has left alive speaks in the same time.
        """

        def beats(id: str) -> bool:
            token = self.value(_CURRENT.format(id))
            said = [line.letter for line in self.witness.lines() if line.token == token]
            return said.count(BEAT) >= _BEATS

        wait_for(lambda: all(map(beats, ids)), "what was put back to run again")

    def wait_for_ends(self, ids: Sequence[str]) -> None:
        """Wait until a run of each of these jobs has said that it ends well, whether that can be recorded or not."""
        wait_for(
            lambda: {line.id for line in self.witness.lines() if line.letter == END} >= set(ids), "the end of jobs"
        )

    def wait_until_idle(self) -> None:
        """Wait until every job has ended, and nothing that one started lives."""
        wait_for(lambda: self.value(_OPEN) == 0, "the end of all jobs")
        wait_for(lambda: not any(process.is_jobs for process in self.processes()), "the end of the jobs' processes")

    def check(self, *, outputs: bool = True) -> list[str]:
        """What is wrong, now that nothing is left to do: with the history, and with what the program said.

        Args:
            outputs: whether all output files are still there.
        """
        found = check_settled(self.home, self.witness, self.deeds, outputs=outputs)
        return [*map(str, found), *self.said.trouble()]

    # Ending

    def end_runner(self) -> None:
        """Have the runner leave as at a log-off, without a word to the windows; nothing where none lives."""
        for pid in self.pids("--runner"):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not self.pids("--runner"), "the end of the runner")

    def close(self) -> None:
        """Kill all that is left of it."""
        end_leftovers(self.folder)
        for process in self._starts:
            process.wait()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def forget_dead(self) -> None:
        """Bury those of its processes that have ended."""
        self._starts = [process for process in self._starts if process.poll() is None]


@contextmanager
def attacked(folder: Path, target: Target) -> Iterator[Victim]:
    """A queue that is attacked for the length of a block."""
    folder.mkdir(parents=True, exist_ok=True)
    victim = Victim(folder, target)
    try:
        yield victim
    finally:
        victim.close()


def kill(pid: int) -> None:
    """Kill -9, whether it still lives or not."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
