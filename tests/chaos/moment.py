"""At which moment of their work processes are killed: they are frozen, looked at, and killed as they are."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from tests.chaos.history import opened
from tests.chaos.victim import Victim, kill
from tests.chaos.witness import END, FAILURE, Line
from tests.runners import wait_for

_WRITE_LOCK, _CHECKPOINT_LOCK, _RECOVER_LOCK = 120, 121, 122
"""Bytes of the -shm file that SQLite locks (walIndex in os_unix.c: UNIX_SHM_BASE and on)."""

_LOCKS = {_WRITE_LOCK: "in a transaction", _CHECKPOINT_LOCK: "in a checkpoint", _RECOVER_LOCK: "in a recovery"}
_OPEN_RUNS = "SELECT run.token FROM run JOIN job ON job.seq = run.seq AND job.run = run.run WHERE run.outcome IS NULL"

CAN_LOOK = sys.platform == "linux"
"""Whether the system tells who holds which lock."""


class Moment:
    """What a kill has hit.

    Args:
        victim: whose processes they are.
        pids: who is killed.
        runner: the runner among them; None where it is not.
    """

    def __init__(self, victim: Victim, pids: Iterable[int], runner: int | None) -> None:
        self._victim = victim
        self._pids = list(pids)
        self._runner = runner
        self.hit: Counter[str] = Counter()

    def kill(self) -> Counter[str]:
        """Kill all of them at once; return what that hit, by name."""
        if CAN_LOOK:
            _freeze(self._pids)
            self.hit.update(locks_held(self._victim.home.database, self._pids))
        held = self._victim.runner_lives()
        lines = self._victim.witness.lines()
        for pid in self._pids:
            kill(pid)
        wait_for(lambda: not any(_lives(pid) for pid in self._pids), "the death of what was killed")
        if self._runner is not None:
            self.hit.update(self._runs_hit(lines) if held else ["a runner without its lock"])
        return self.hit

    def _runs_hit(self, lines: list[Line]) -> Iterator[str]:
        """What the open runs were about, once each; what the dead runner left shows it."""
        said: dict[str, str] = {}
        for line in lines:
            said[line.token] = said.get(line.token, "") + line.letter
        with _looked_at(self._victim) as database, opened(database) as history:
            tokens = [token for (token,) in history.rows(_OPEN_RUNS)]
            state = next(history.rows("SELECT state FROM runner"))[0]
        yield from {_stage(said.get(token, "")) for token in tokens} or {"an idle runner"}
        if state == "starting":
            yield "a runner that rescues"


def _stage(said: str) -> str:
    if not said:
        return "claimed, not started"
    return "ended, not recorded" if {END, FAILURE} & set(said) else "running"


def locks_held(database: Path, pids: Iterable[int]) -> set[str]:
    """What SQLite's locks say that these processes were doing; Linux only."""
    try:
        shared = database.with_name(f"{database.name}-shm").stat()
    except FileNotFoundError:
        return set()
    inode = f"{os.major(shared.st_dev):02x}:{os.minor(shared.st_dev):02x}:{shared.st_ino}"
    mine = {str(pid) for pid in pids}
    found = set()
    for line in Path("/proc/locks").read_text(encoding="ascii").splitlines():
        # 1: POSIX  ADVISORY  WRITE 1234 fe:00:99 120 120
        words = line.split()
        if words[1] == "POSIX" and words[3] == "WRITE" and words[4] in mine and words[5] == inode:
            first, last = int(words[6]), int(words[7])
            found |= {name for byte, name in _LOCKS.items() if first <= byte <= last}
    return found


class _looked_at:  # noqa: N801  used as a function
    """A database to look at: the queue's own while somebody works on it, else a copy: others are to recover it."""

    def __init__(self, victim: Victim) -> None:
        self._victim = victim
        self._copy: Path | None = None

    def __enter__(self) -> Path:
        database = self._victim.home.database
        if not all(process.is_jobs for process in self._victim.processes()):
            return database
        self._copy = Path(tempfile.mkdtemp(dir=self._victim.folder))
        for name in (database.name, f"{database.name}-wal"):
            with suppress(FileNotFoundError):
                shutil.copyfile(database.with_name(name), self._copy / name)
        return self._copy / database.name

    def __exit__(self, *_: object) -> None:
        if self._copy is not None:
            shutil.rmtree(self._copy)


def _freeze(pids: Iterable[int]) -> None:
    pids = list(pids)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    wait_for(lambda: not any(_runs(pid) for pid in pids), "the stop of what is killed")


def _runs(pid: int) -> bool:
    return _status(pid) not in {psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE, None}


def _lives(pid: int) -> bool:
    return _status(pid) not in {psutil.STATUS_ZOMBIE, None}


def _status(pid: int) -> str | None:
    try:
        return psutil.Process(pid).status()
    except psutil.NoSuchProcess:
        return None
