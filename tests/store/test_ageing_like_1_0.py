"""The order of running is that of 1.0, which added 1 to every waiting job at each enqueue."""

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.domain.job import FINISHED, State
from app.domain.outcome import Failed, Interrupted, Reason, Succeeded
from app.paths import Home
from tests.conftest import Clock
from tests.store.conftest import MEMORY
from tests.store.jobs import POLICY, all_jobs, enqueue, new, opened
from tests.store.jobs import end as end_of

WAITS = {"pending", "failed"}
PRIORITY = st.integers(1, 10)
MANY = settings(max_examples=60, stateful_step_count=40)


@dataclass
class Row:
    """A job of the model: 1.0's columns, and what 2.0's verbs need beside them."""

    seq: int
    priority: int
    state: str = "pending"
    waiting_time: int = 0
    attempts: int = 0
    first: int = 0
    due: int = 0
    removed: int = 0

    def waits(self):
        return self.state in WAITS and not self.removed


class NaiveQueue:
    """1.0 as its documents tell of it: waiting rows are counted up one by one, a claim sorts all of them."""

    def __init__(self):
        self.rows = {}
        self.firsts = 0
        self.removals = 0

    def enqueue(self, priorities):
        for row in self.rows.values():
            if row.waits():
                row.waiting_time += 1
        for priority in priorities:
            seq = len(self.rows) + 1
            self.rows[seq] = Row(seq, priority)

    def claim(self, count, now):
        ready = [row for row in self.rows.values() if row.waits() and (row.state == "pending" or row.due <= now)]
        ready.sort(key=lambda row: (-row.first, -(row.priority + row.waiting_time), row.seq))
        for row in ready[:count]:
            row.state, row.first = "processing", 0
        return [row.seq for row in ready[:count]]

    def fail(self, seq, due):
        row = self.rows[seq]
        row.attempts += 1
        row.state, row.due = ("dead", 0) if row.attempts >= 3 else ("failed", due)

    def run_next(self, seq):
        self.firsts += 1
        self.rows[seq].first, self.rows[seq].due = self.firsts, 0

    def retry(self, seq):
        row = self.rows[seq]
        row.state, row.waiting_time, row.attempts = "pending", 0, 0

    def remove(self, seqs):
        self.removals += 1
        for seq in seqs:
            self.rows[seq].removed = self.removals
            self.rows[seq].first = 0

    def undo(self):
        last = max((row.removed for row in self.rows.values()), default=0)
        for row in self.rows.values():
            if last and row.removed == last:
                row.removed = 0

    def seen(self):
        return {row.seq: (row.state, row.waiting_time, row.attempts) for row in self.rows.values() if not row.removed}


class Ageing(RuleBasedStateMachine):
    """Does the same to a store and to the model."""

    def __init__(self):
        super().__init__()
        self.cleanup = ExitStack()
        self.model = NaiveQueue()
        self.clock = Clock()
        self.running = {}

    @initialize()
    def begin(self):
        folder = self.cleanup.enter_context(tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.exists() else None))
        self.store = self.cleanup.enter_context(opened(Home(Path(folder) / "home"), clock=self.clock))

    def teardown(self):
        self.cleanup.close()

    def seqs(self, *states):
        return [row.seq for row in self.model.rows.values() if row.state in states and not row.removed]

    def some(self, data, seqs):
        return data.draw(st.sampled_from(seqs))

    @rule(priority=PRIORITY)
    def enqueue_one(self, priority):
        enqueue(self.store, None, priority=priority)
        self.model.enqueue([priority])

    @rule(priorities=st.lists(PRIORITY, min_size=1, max_size=5))
    def import_many(self, priorities):
        self.store.intake.enqueue(new(priority=priority) for priority in priorities)
        self.model.enqueue(priorities)

    @rule(count=st.integers(1, 4))
    def claim(self, count):
        claims = self.store.work.claim(count)
        assert [claim.job.seq for claim in claims] == self.model.claim(count, self.clock.now)
        self.running.update({claim.job.seq: claim for claim in claims})

    @precondition(lambda self: self.running)
    @rule(data=st.data(), outcome=st.sampled_from([Succeeded(), Failed(1), Interrupted(Reason.QUIT)]))
    def finish(self, data, outcome):
        seq = self.some(data, sorted(self.running))
        now = self.clock.now
        (ended,) = self.store.work.finish([end_of(self.running.pop(seq), outcome, now)], POLICY)
        if isinstance(outcome, Failed):
            self.model.fail(seq, ended.transition.next_retry_at)
        else:
            self.model.rows[seq].state = "completed" if isinstance(outcome, Succeeded) else "pending"

    @rule(seconds=st.integers(1, 5))
    def time_passes(self, seconds):
        self.clock.forward(seconds)

    @precondition(lambda self: self.seqs(*WAITS))
    @rule(data=st.data())
    def cancel(self, data):
        seq = self.some(data, self.seqs(*WAITS))
        self.store.changes.cancel(seq)
        self.model.rows[seq].state = "cancelled"
        self.model.rows[seq].first = 0

    @precondition(lambda self: self.seqs(*WAITS, "dead", "cancelled"))
    @rule(data=st.data(), priority=PRIORITY)
    def edit_priority(self, data, priority):
        seq = self.some(data, self.seqs(*WAITS, "dead", "cancelled"))
        self.store.changes.edit(seq, lambda spec: msgspec.structs.replace(spec, priority=priority))
        self.model.rows[seq].priority = priority

    @precondition(lambda self: self.seqs(*FINISHED))
    @rule(data=st.data())
    def retry(self, data):
        seq = self.some(data, self.seqs(*FINISHED))
        self.store.changes.retry([seq])
        self.model.retry(seq)

    @precondition(lambda self: self.seqs("dead"))
    @rule()
    def retry_all_dead(self):
        assert self.store.changes.retry_all_dead() == len(self.seqs("dead"))
        for seq in self.seqs("dead"):
            self.model.retry(seq)

    @precondition(lambda self: self.seqs(*WAITS))
    @rule(data=st.data())
    def run_next(self, data):
        seq = self.some(data, self.seqs(*WAITS))
        self.store.changes.run_next(seq)
        self.model.run_next(seq)

    @precondition(lambda self: self.seqs(*WAITS, *FINISHED))
    @rule(data=st.data())
    def remove(self, data):
        seqs = data.draw(st.lists(st.sampled_from(self.seqs(*WAITS, *FINISHED)), min_size=1, max_size=3, unique=True))
        self.store.changes.remove(seqs)
        self.model.remove(seqs)

    @rule()
    def undo(self):
        self.store.changes.undo()
        self.model.undo()

    @invariant()
    def every_job_has_waited_as_in_1_0(self):
        if self.model.rows:
            jobs = all_jobs(self.store)
            assert {job.seq: (job.state, job.waited, job.attempts) for job in jobs} == self.model.seen()


class TestAgeing(Ageing.TestCase):
    settings = MANY


def test_the_example_of_the_1_0_readme(home, clock):
    """The one with priorities 3, 5 and 4, step by step, from "Priority Queue with Waiting Time"."""
    with opened(home, clock=clock) as store:

        def shown():
            return {job.id: (job.spec.priority, job.waited, job.effective) for job in all_jobs(store)}

        enqueue(store, "job1", priority=3)
        assert shown() == {"job1": (3, 0, 3)}
        enqueue(store, "job2", priority=5)
        assert shown() == {"job1": (3, 1, 4), "job2": (5, 0, 5)}
        enqueue(store, "job3", priority=4)
        assert shown() == {"job1": (3, 2, 5), "job2": (5, 1, 6), "job3": (4, 0, 4)}
        assert [claim.job.id for claim in store.work.claim(1)] == ["job2"]
        assert [claim.job.id for claim in store.work.claim(2)] == ["job1", "job3"]


def test_the_waits_of_the_1_0_readmes_list(home, clock):
    """Its list shows job3 8/0/8 and job1 5/0/5, both completed, and job2 5/2/7, pending, made in the order 1, 2, 3."""
    with opened(home, clock=clock) as store:
        enqueue(store, "job1")
        run(store, clock, "job1")
        enqueue(store, "job2")
        enqueue(store, "job3", priority=8)
        run(store, clock, "job3")
        enqueue(store, "another")  # 2 for job2 needs a second enqueue after its own
        shown = {job.id: (job.spec.priority, job.waited, job.effective, job.state.value) for job in all_jobs(store)}
        del shown["another"]
        assert shown == {
            "job3": (8, 0, 8, "completed"),
            "job1": (5, 0, 5, "completed"),
            "job2": (5, 2, 7, "pending"),
        }


def test_the_priorities_of_the_1_0_readmes_manual_test(home, clock):
    """low 2, med 5, high 9, enqueued in this order: high comes first."""
    with opened(home, clock=clock) as store:
        for id, priority in (("low", 2), ("med", 5), ("high", 9)):
            enqueue(store, id, priority=priority)
        assert {job.id: (job.waited, job.effective) for job in all_jobs(store)} == {
            "low": (2, 4),
            "med": (1, 6),
            "high": (0, 9),
        }
        assert [claim.job.id for claim in store.work.claim(3)] == ["high", "med", "low"]


def run(store, clock, id):
    """Let the best job, which is this one, succeed."""
    (claim,) = store.work.claim(1)
    assert claim.job.id == id
    store.work.finish([end_of(claim, Succeeded(), clock())], POLICY)
    assert store.reads.by_id(id).state is State.COMPLETED
