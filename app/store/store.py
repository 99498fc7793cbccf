"""One queue's store: everything that can be done with it, in the rooms it is done in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.domain.job import Millis
from app.messages import Message
from app.paths import Home, UnusableHome
from app.store.bulk import Bulk
from app.store.changes import Changes
from app.store.database import Database, KillPoint, no_kill_point
from app.store.doorbell import Doorbell
from app.store.intake import Intake
from app.store.job_queries import Reads
from app.store.lost_outputs import LostOutputs
from app.store.migrations import MIGRATIONS, Migration
from app.store.notices import NoticeStore
from app.store.opening import Preparation, wall_clock
from app.store.option_store import OptionStore
from app.store.outputs import Outputs
from app.store.progress_note import ProgressNote
from app.store.retention import Retention
from app.store.runner_store import RunnerStore
from app.store.space import is_low
from app.store.work import Work

if TYPE_CHECKING:
    from app.store.ordered_jobs import OrderedJobs


class Store:
    """The store of one home.

    Each thread that uses it connects first. The rooms:
        intake: takes jobs in. work: what the runner does. changes: what a person does. bulk: what
        a person does to many jobs at once. reads: looks. options, notices, runner, outputs, retention, doorbell:
        as they are called.
    """

    def __init__(
        self,
        home: Home,
        *,
        clock: Callable[[], Millis] = wall_clock,
        make_token: Callable[[], str] = lambda: os.urandom(16).hex(),
        kill_point: KillPoint = no_kill_point,
        patience: float = 10.0,
        version: int = len(MIGRATIONS),
    ) -> None:
        self.home = home
        self.doorbell = Doorbell(home.ring)
        note, rang = ProgressNote(home.progress), self.doorbell.ring
        self.database = Database(home.database, version, note, rang, kill_point=kill_point, patience=patience)
        self.clock = clock
        self.intake = Intake(self.database, clock)
        self.work = Work(self.database, clock, make_token)
        self.changes = Changes(self.database, clock)
        self.bulk = Bulk(self.database, clock)
        self.reads = Reads(self.database)
        self.options = OptionStore(self.database)
        self.notices = NoticeStore(self.database, clock)
        self.runner = RunnerStore(self.database, clock)
        self.outputs = Outputs(home.outputs)
        self.retention = Retention(self.database, self.changes, self.outputs, LostOutputs(home.outputs), clock)

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Connect this thread for the length of a block."""
        with self.database.connected():
            yield

    def lacks_space(self) -> bool:
        """Whether less is free on the disk than option ``disk-floor`` says: then no job is started."""
        return is_low(self.home.root, int(self.options.values()["disk-floor"]))

    def ordered(self) -> OrderedJobs:
        """Return the jobs by position, for the calling thread, which closes it; it has a connection of its own.

        Raises:
            StoreError: the database can't be used.
        """
        from app.store.ordered_jobs import OrderedJobs  # a command of the command line does without

        return OrderedJobs(self.database.path)


def open_store(
    home: Home,
    *,
    told: Callable[[Message], None],
    is_old_worker: Callable[[int], bool],
    lock_is_held: bool = False,
    clock: Callable[[], Millis] = wall_clock,
    kill_point: KillPoint = no_kill_point,
    patience: float = 10.0,
    migrations: Sequence[Migration] = MIGRATIONS,
) -> Store:
    """Return the store of a home, its folders and database made or upgraded where need be.

    Args:
        home: where it lives.
        told: is given what an upgrade did.
        is_old_worker: whether a living process with this pid is a worker of 1.0.
        lock_is_held: whether the caller holds the runner lock.
        clock: gives the moment.
        kill_point: called at the places where tests kill.
        patience: seconds to wait for another writer.
        migrations: the schemas this program knows.

    Raises:
        KnownError: the home can't be used; what stood there was not touched.
    """
    home.make()
    Preparation(home, clock(), told, is_old_worker, lock_is_held, kill_point, migrations).run()
    store = Store(home, clock=clock, kill_point=kill_point, patience=patience, version=len(migrations))
    try:
        store.doorbell.hang()
    except OSError as error:
        raise UnusableHome(home.bell, error) from error
    return store
