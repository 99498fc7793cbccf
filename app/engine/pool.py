"""The worker pool: a number of slots, a run in each, and one turn at the database at a time.

Everything here happens on the event loop and takes no time: the database has its thread (``writer``), trees are ended
on another (``ending``), jobs are processes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.domain.job import Claim, Millis
from app.domain.outcome import Interrupted, Reason, Succeeded
from app.domain.reports import Report, RunEnded, RunStarted
from app.engine.alarm import Alarm
from app.engine.child import Child
from app.engine.ending import Ended as TreeEnded
from app.engine.output_place import OutputPlace
from app.engine.run import JobRun
from app.engine.space_watch import SpaceWatch
from app.engine.surroundings import Surroundings
from app.engine.turns import Turn, take_turn
from app.engine.writer import Writer
from app.store.store import Store
from app.store.work import End, Ended

_log = logging.getLogger(__name__)

_NOTE_STARTS_AFTER = 500
"""Milliseconds. A run that is over sooner has its start recorded with its end: it costs no transaction of its own, and
nobody watches its output grow."""


_BREATHER = 5000
"""Milliseconds in which nothing is started after the system had no room for another process, or for an output."""


class Mode(Enum):
    """What the pool is about: handing out jobs, letting them end, or ending them."""

    WORKING = auto()
    DRAINING = auto()
    STOPPING = auto()


class WorkerPool(QObject):
    """Runs jobs in ``slots`` workers.

    Args:
        around: what every run needs.
        writer: the database's thread.
        alarm: for the next retry.
        space: an eye on the disk.
        session: the runner's, recorded with each run.
        chance: gives random numbers in [0, 1).
        report: is told of each start, and of each end once it is recorded; None where nobody listens.
        parent: its owner.
    """

    turned = Signal(object)
    """Turn: what the last look at the database found; for whoever hosts the pool."""
    emptied = Signal()
    """Nothing runs any more and everything is recorded, after ``drain`` or ``stop_now``."""

    def __init__(
        self,
        around: Surroundings,
        writer: Writer,
        alarm: Alarm,
        space: SpaceWatch,
        session: int | None,
        chance: Callable[[], float],
        report: Callable[[Report], None] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._around = around
        self._writer = writer
        self._alarm = alarm
        self._space = space
        self._session = session
        self._chance = chance
        self._report = report
        self._slots = 0
        self._mode = Mode.WORKING
        self._stop_reason = Reason.QUIT
        self._runs: dict[int, JobRun] = {}  # by worker
        self._children: list[Child] = []  # whose run is over
        self._ends: list[tuple[JobRun, End]] = []  # over, and not handed to the database yet
        self._turning = False
        self._look_again = False
        self._must_turn = False
        self._last: Turn | None = None
        self._unnoted: list[JobRun] = []
        self._note_timer = QTimer(self)
        self._note_timer.setSingleShot(True)
        self._note_timer.setInterval(_NOTE_STARTS_AFTER)
        self._note_timer.timeout.connect(self._note_starts)
        self._breather = QTimer(self)
        self._breather.setSingleShot(True)
        self._breather.setInterval(_BREATHER)
        self._breather.timeout.connect(self._turn)
        self._output_place = OutputPlace(around.outputs, writer)
        around.endings.ended.connect(self._tree_ended)
        around.cap.finished.connect(self._output_finished)
        alarm.rang.connect(self._turn)
        alarm.clock_was_set_back.connect(self._clock_was_set_back)
        space.ran_low.connect(self._put_back_for_space)
        space.has_space_again.connect(self._turn)

    @property
    def slots(self) -> int:
        """How many workers there are."""
        return self._slots

    @property
    def mode(self) -> Mode:
        """What the pool is about."""
        return self._mode

    @property
    def running(self) -> int:
        """How many workers have a run."""
        return len(self._runs)

    def set_slots(self, slots: int) -> None:
        """Have so many workers. With fewer than before, running jobs end in their own time."""
        self._slots = slots
        self._turn()

    def look(self) -> None:
        """Look at the database: somebody may have changed it.

        Where nobody did, nothing is done: the pool's own turns ring the bell too. While a look is under way, another
        comes after it.
        """
        if self._turning:
            self._look_again = True
            return
        self._turning = True
        self._look_again = False
        batch, self._ends = self._ends, []
        ends = [end for _, end in batch]
        must_turn, self._must_turn = self._must_turn or bool(ends), False
        last, wanted = self._last, self._free()
        session, chance = self._session, self._chance

        def task(store: Store) -> tuple[Turn, set[int]] | None:
            if not must_turn and last is not None and store.database.data_version() == last.version:
                return None
            # what could not be written is tried later, and by then a stop may have been said
            free = wanted if self._mode is Mode.WORKING else 0
            turn = take_turn(store, ends, free, session, chance, last)
            # here nothing waits for the file system but this thread
            ready = {claim.job.seq for claim in turn.claims if store.outputs.create_ahead(claim.job.seq, claim.run)}
            return turn, ready

        def then(found: tuple[Turn, set[int]] | None) -> None:
            if found is not None:
                self._turned(*found, [run for run, _ in batch])
            self._turn_over()

        self._writer.submit(task, then)

    def look_afresh(self) -> None:
        """Look at everything: this process itself changed what waits, beside the turns."""
        self._last = None
        self._turn()

    def _turn(self) -> None:
        """Take a turn, whether somebody changed the database or not. While one is under way, another after it."""
        self._must_turn = True
        self.look()

    def drain(self) -> None:
        """Hand out nothing more; ``emptied`` tells when the last run has ended."""
        if self._mode is Mode.WORKING:
            self._mode = Mode.DRAINING
        self._turn()

    def go_on(self) -> bool:
        """Hand out jobs again after ``drain``; return whether they are handed out now."""
        if self._mode is Mode.DRAINING:
            self._mode = Mode.WORKING
            self._turn()
        return self._mode is Mode.WORKING

    def stop_now(self, reason: Reason, *, at_once: bool = False) -> None:
        """End what runs and put it back; without grace where it must be ``at_once``, or when it is said twice."""
        if at_once or self._mode is Mode.STOPPING:
            for run in self._runs.values():
                run.hurry()
        self._mode, self._stop_reason = Mode.STOPPING, reason
        for run in list(self._runs.values()):
            run.interrupt(reason, at_once=at_once)
        self._turn()

    def abandon(self) -> None:
        """Kill what runs without waiting for it or recording anything: the database or the program can't be used."""
        for run in self._runs.values():
            run.abandon()

    def reap(self) -> None:
        """Bury what was adopted and has died."""
        self._around.trees.reap(self._around.live)

    def _free(self) -> int:
        if self._breather.isActive():
            return 0
        if not self._output_place.look():
            self._breather.start()
            return 0
        free = max(0, self._slots - len(self._runs)) if self._mode is Mode.WORKING else 0
        return free if free and self._space.look() else 0

    def _turned(self, turn: Turn, ready: set[int], over: list[JobRun]) -> None:
        self._last = turn
        for run, ended in zip(over, turn.ended, strict=True):
            self._recorded(run, ended)
        for claim in turn.claims:
            self._start(claim, claim.job.seq in ready)
        if turn.cancels:
            for run in list(self._runs.values()):
                if run.claim.job.seq in turn.cancels:
                    run.cancel()
        self._space.set_busy(bool(self._runs))
        self._alarm.set(turn.next_due)
        self.turned.emit(turn)

    def _turn_over(self) -> None:
        # only now: what the host answered to a turn must be written before the next one reads the questions again
        self._turning = False
        if self._mode is not Mode.WORKING and not self._runs and not self._ends:
            self.emptied.emit()
        elif self._ends or self._look_again or self._must_turn:
            self.look()

    def _start(self, claim: Claim, has_output: bool) -> None:
        worker = next(number for number in range(1, len(self._runs) + 2) if number not in self._runs)
        child = self._children.pop() if self._children else Child(self)
        run = JobRun(claim, has_output, worker, child, self._around, self._on_started, self._on_ended)
        self._runs[worker] = run
        if self._mode is Mode.STOPPING:  # it was claimed while the stop was said
            run.refuse(self._stop_reason)
        elif self._space.is_low:
            run.refuse(Reason.DISK_FULL)
        else:
            run.start()

    def _on_started(self, run: JobRun) -> None:
        started = run.process_started
        if started is None:
            return
        self._unnoted.append(run)
        if not self._note_timer.isActive():
            self._note_timer.start()
        if self._report is not None:
            now = self._around.now()
            self._report(RunStarted(job=run.claim.job, run=run.claim.run, worker=run.worker, pid=started.pid, at=now))

    def _note_starts(self) -> None:
        """Record the processes of runs that go on: who comes after a killed runner finds them by it."""
        running = set(self._runs.values())
        going_on = [run for run in self._unnoted if run in running]
        self._unnoted = []
        for run in going_on:
            run.go_on()
            _log.info("run goes on", extra=_told(run))
        starts = [run.process_started for run in going_on if run.process_started is not None]
        if starts:
            self._writer.submit(lambda store: store.work.started(starts))

    def _on_ended(self, run: JobRun, end: End) -> None:
        self._ends.append((run, end))
        # the worker is free for the very turn that records this end
        del self._runs[run.worker]
        run.child.run = None
        self._children.append(run.child)
        if isinstance(end.outcome, Interrupted) and end.outcome.reason is Reason.DISK_FULL:
            self._space.hold()
        elif end.outcome == Interrupted(Reason.NO_RESOURCES):
            _log.warning("job %s could not be started: %s", end.seq, Reason.NO_RESOURCES)
            self._breather.start()
        elif end.outcome == Interrupted(Reason.NO_OUTPUT):
            self._output_place.refused()
        self.look()

    @Slot(object)
    def _tree_ended(self, ended: TreeEnded) -> None:
        # Were it each worker that hears of all trees, a hundred that end at once would be 10,000 calls through Qt.
        for run in self._runs.values():
            if run.claim.token == ended.tree.token:
                run.on_tree_ended(ended)
                break

    @Slot(object)
    def _output_finished(self, path: Path) -> None:
        for run in list(self._runs.values()):
            run.on_output_finished(path)

    def _recorded(self, run: JobRun, ended: Ended) -> None:
        end, transition = ended.end, ended.transition
        if transition is None:
            _log.error("an end of job %s, run %s, came too late and was not recorded", end.seq, end.run)
            return
        if run.goes_on or not isinstance(end.outcome, Succeeded):
            # a line takes as long as recording the end, and of what went well the queue itself tells all
            _log.info(
                "run ended",
                extra={**_told(run), "outcome": type(end.outcome).__name__, "to": transition.state},
            )
        if end.left_behind is not None:
            self.reap()
        if self._report is not None:
            self._report(
                RunEnded(
                    job=run.claim.job,
                    run=end.run,
                    worker=run.worker,
                    outcome=end.outcome,
                    transition=transition,
                    seconds=0.0 if end.started is None else (end.at - end.started.at) / 1000,
                    at=end.at,
                )
            )

    def _put_back_for_space(self) -> None:
        for run in list(self._runs.values()):
            run.interrupt(Reason.DISK_FULL)

    def _clock_was_set_back(self, slip: Millis) -> None:
        _log.warning("the clock was set back by %.0f s; retries wait as long as they would have", slip / 1000)
        self._writer.submit(lambda store: store.work.clock_was_set_back(slip), lambda _: self.look_afresh())


def _told(run: JobRun) -> dict[str, int | None]:
    """Return what log lines tell of a run: numbers, never what it runs."""
    pid = None if run.process_started is None else run.process_started.pid
    return {"seq": run.claim.job.seq, "run": run.claim.run, "worker": run.worker, "pid": pid}
