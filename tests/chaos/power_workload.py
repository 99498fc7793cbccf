"""The work of a real store, of every kind, a commit at a time; and what it held after each commit."""

from __future__ import annotations

import hashlib
from contextlib import closing
from random import Random

import apsw

from app.domain.job import State
from app.domain.outcome import Failed, Succeeded
from app.messages import message
from app.store.notices import NoticeKind
from app.store.progress_note import PROGRESS
from app.store.runner_store import RunnerState
from tests.store.jobs import POLICY, end, new, open_now

TABLES = ("queue", "job", "run", "event", "option", "runner", "session", "command", "notice", "state_count")


def digest(connection) -> str:
    """Return what tells one state of a database from any other."""
    found = hashlib.sha256()
    for table in TABLES:
        found.update(repr(connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()).encode())
    return found.hexdigest()


class Workload:
    """Two stores on one home, as a runner and a command line have it, and what each commit left.

    Args:
        home: where.
        clock: moved on by it.
        chance: what it does next.
        disk: told where each commit began, and when it was acknowledged.

    Attributes:
        digests: of the database after each acknowledged commit, the first being that of the beginning.
        progress: how far the database had come after each of them.
        done: how often each kind of work was done.
    """

    def __init__(self, home, clock, chance: Random, disk):
        self._home, self._clock, self._chance, self._disk = home, clock, chance, disk
        self.digests: list[str] = []
        self.progress: list[int] = []
        self.done: dict[str, int] = {}
        self._claims = []
        self._open()
        self._acknowledged()

    def work(self, commits: int) -> None:
        """Make so many commits."""
        kinds = [
            *(self.enqueue, self.enqueue, self.claim, self.claim, self.finish, self.finish, self.edit, self.run_next),
            *(self.remove, self.undo, self.cancel, self.retry, self.import_many, self.option, self.pause, self.notice),
            *(self.runner, self.purge, self.checkpoint, self.begin_again),
        ]
        while len(self.digests) <= commits:
            kind = self._chance.choice(kinds)
            self._clock.forward(1)
            self._disk.mark("began", len(self.digests))
            kind()
            self.done[kind.__name__] = self.done.get(kind.__name__, 0) + 1
            self._acknowledged()
        self._close()

    def enqueue(self):
        """As the command line."""
        self._other.intake.enqueue(new(command="x" * self._chance.randrange(1, 3000)) for _ in range(3))

    def import_many(self):
        """More than a page of the cache."""
        self._other.intake.enqueue(new(command="y" * 200) for _ in range(40))

    def claim(self):
        """As the runner."""
        self._claims += self._runner.work.claim(2)

    def finish(self):
        """The ends of some runs, and claims with them, as in a turn."""
        ending = self._claims[:2]
        outcomes = [self._chance.choice([Succeeded(), Failed(1)]) for _ in ending]
        ends = [
            end(claim, outcome, self._clock(), tail="t" * 2000) for claim, outcome in zip(ending, outcomes, strict=True)
        ]
        del self._claims[:2]
        self._claims += self._runner.work.turn(ends, 1, POLICY)[1]

    def edit(self):
        """A job that waits."""
        self._with_one(State.PENDING, lambda seq: self._other.changes.edit(seq, lambda spec: spec))

    def run_next(self):
        """A job that waits."""
        self._with_one(State.PENDING, self._other.changes.run_next)

    def remove(self):
        """A job that has completed."""
        self._with_one(State.COMPLETED, lambda seq: self._other.changes.remove([seq]))

    def undo(self):
        """The last removal."""
        self._other.changes.undo()

    def cancel(self):
        """A job that waits."""
        self._with_one(State.PENDING, self._other.changes.cancel)

    def retry(self):
        """All dead letters."""
        self._other.changes.retry_all_dead()

    def purge(self):
        """What was removed more than a day ago."""
        if self._chance.random() < 0.3:
            self._clock.forward(90_000)
        self._runner.changes.purge()

    def option(self):
        """Any."""
        self._other.options.set("workers", str(self._chance.randrange(1, 200)))

    def pause(self):
        """And go on."""
        self._other.changes.set_paused(self._chance.random() < 0.2)

    def notice(self):
        """As the window."""
        self._other.notices.add(NoticeKind.DONE, message("Queue done"))

    def runner(self):
        """What it says of itself."""
        self._runner.runner.say(RunnerState.RUNNING, self._chance.randrange(1, 9))

    def checkpoint(self):
        """By hand, of each kind."""
        mode = self._chance.choice(["PASSIVE", "FULL", "RESTART", "TRUNCATE"])
        self._runner.database.run(f"PRAGMA wal_checkpoint({mode})")

    def begin_again(self):
        """Everybody leaves, which moves the WAL into the database and deletes it, and comes again."""
        self._close()
        self._open()

    def _with_one(self, state, verb):
        rows = self._other.database.run(
            "SELECT seq FROM job WHERE state = ? AND removed_at IS NULL ORDER BY seq", (state,)
        )
        if rows:
            verb(self._chance.choice(rows)[0])

    def _open(self):
        self._runner, self._other = stores = [open_now(self._home, clock=self._clock) for _ in range(2)]
        for store in stores:
            store.database.connect()
            store.database.run("PRAGMA wal_autocheckpoint = 40")  # else there were few of them

    def _close(self):
        for store in (self._other, self._runner):
            store.database.close()

    def _acknowledged(self):
        with closing(apsw.Connection(str(self._home.database), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
            self.digests.append(digest(connection))
        self.progress.append(self._runner.database.run(PROGRESS)[0][0])
        self._disk.mark("acknowledged", len(self.digests) - 1)
