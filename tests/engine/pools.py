"""A real pool on a real store inside the test process, and short ways to wait for what it does."""

import random
from contextlib import contextmanager, suppress

from PySide6.QtCore import QProcessEnvironment

from app.desktop.doorbell_listener import DoorbellListener
from app.domain.job import FINISHED
from app.domain.outcome import Reason
from app.domain.reports import RunEnded, RunStarted
from app.engine.alarm import Alarm
from app.engine.clocks import awake_seconds
from app.engine.deadlines import Deadlines
from app.engine.ending import Endings
from app.engine.output_cap import OutputCap
from app.engine.pool import WorkerPool
from app.engine.process_tree import process_trees
from app.engine.space_watch import SpaceWatch
from app.engine.surroundings import Surroundings
from app.engine.writer import Writer
from app.store.opening import wall_clock
from tests.store.jobs import opened

PATIENCE = 90_000


class Working:
    """A pool at work and what it said."""

    def __init__(self, store, pool, deadlines, reports, qtbot):
        self.store = store
        self.pool = pool
        self.deadlines = deadlines
        self._reports = reports
        self._qtbot = qtbot

    @property
    def started(self):
        return [report for report in self._reports if isinstance(report, RunStarted)]

    @property
    def ended(self):
        return [report for report in self._reports if isinstance(report, RunEnded)]

    def wait_for(self, true):
        self._qtbot.waitUntil(lambda: bool(true()), timeout=PATIENCE)

    def wait_for_states(self, **states):
        """Wait until each job, by id, is in its state."""
        self.wait_for(lambda: {id: str(self.job(id).state) for id in states} == states)

    def wait_until_finished(self):
        """Wait until every job is in a state that only a person leaves."""
        self.wait_for(lambda: sum(self.store.reads.counts()[state] for state in FINISHED) == self.store.reads.count())

    def wait_for_output(self, id, *parts):
        """Wait until each part stands in the output of the job's first run."""

        def are_there():
            with suppress(FileNotFoundError):
                return all(part in self.output(id) for part in parts)
            return False

        self.wait_for(are_there)

    def job(self, id):
        return self.store.reads.by_id(id)

    def runs(self, id):
        return self.store.reads.details(self.job(id).seq).runs

    def output(self, id, run=1):
        return self.store.outputs.path(self.job(id).seq, run).read_bytes()


@contextmanager
def working(
    home,
    qtbot,
    slots=2,
    *,
    grace=0.3,
    niceness="normal",
    output_cap=1 << 20,
    free=lambda: 2,
    awake=awake_seconds,
    now=wall_clock,
    platform=None,
    environment=None,
    **store_options,
):
    """A pool of so many workers; at the end everything it runs is ended, and put back."""
    platform = platform or process_trees()
    with opened(home, clock=now, **store_options) as store:
        endings = Endings(platform)
        deadlines = Deadlines(endings.expect, awake)
        writer = Writer(store)
        cap = OutputCap(lambda: output_cap)
        space = SpaceWatch(free, lambda: 1)
        around = Surroundings(
            trees=platform,
            endings=endings,
            deadlines=deadlines,
            outputs=store.outputs,
            environment=environment or QProcessEnvironment.systemEnvironment(),
            live=set(),
            now=now,
            cap=cap,
            space=space,
            grace=lambda: grace,
            niceness=lambda: niceness,
            kill_point=lambda _: None,
            awake=awake,
        )
        alarm = Alarm(now)
        reports = []
        pool = WorkerPool(around, writer, alarm, space, None, random.random, reports.append)
        bell = DoorbellListener(home.ring, store.doorbell.hang, lambda: False, 60.0)
        bell.rung.connect(pool.look)
        try:
            at_work = Working(store, pool, deadlines, reports, qtbot)
            pool.set_slots(slots)
            yield at_work
            with qtbot.waitSignal(pool.emptied, timeout=PATIENCE, raising=True):
                pool.stop_now(Reason.QUIT)
                pool.stop_now(Reason.QUIT)
        finally:
            endings.end_all_and_close(10)
            cap.close()
            writer.close()
            for one in (bell, pool, alarm, space, writer, cap, deadlines, endings):
                one.deleteLater()
