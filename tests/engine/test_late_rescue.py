"""What a dead runner left and could not be ended is ended beside the work, and holds up no deadline."""

import threading

from app.domain.job import State
from app.engine.ending import Endings
from app.engine.late_rescue import LateRescue
from app.engine.process_tree import Member
from app.engine.rescue import rescue, tree_of
from app.engine.writer import Writer
from tests.engine.test_ending import Scripted
from tests.store.jobs import claim_one, enqueue, opened


class Stuck(Scripted):
    """A tree that can't be killed until it is let go; it remembers which threads swept."""

    def __init__(self, tree):
        super().__init__({tree: self._living})
        self.is_stuck = True
        self.threads = set()

    def _living(self):
        return [Member(4711, 1.0, "rock")] if self.is_stuck else []

    def members(self, trees, latecomers=tuple):
        self.threads.add(threading.get_ident())
        return super().members(trees, latecomers)


def test_a_job_whose_old_processes_can_not_be_ended_waits_for_them_off_the_event_loop(home, qtbot, caplog):
    with opened(home) as store:
        seq = enqueue(store, "it")
        claim_one(store)
        (run,) = store.work.open_runs()
        trees = Stuck(tree_of(run))
        assert rescue(store, trees, patience=0.0) == [run]
        assert store.reads.by_seq(seq).state is State.PROCESSING

        trees.threads.clear()
        endings, writer = Endings(trees), Writer(store)
        late = LateRescue([run], endings, writer)
        try:
            qtbot.waitUntil(lambda: len(trees.sweeps) > 3)
            assert store.reads.by_seq(seq).state is State.PROCESSING
            with qtbot.waitSignal(late.put_back):  # by which the pool hands it out
                trees.is_stuck = False
            assert store.reads.by_seq(seq).state is State.PENDING
        finally:
            endings.close()
            writer.close()
            late.deleteLater()
        details = store.reads.details(seq)
        assert (details.runs[0].outcome, details.job.attempts) == ("interrupted", 0)
        assert details.runs[0].left_behind == "1 process(es) ended: rock"
        assert len(trees.threads) == 1
        assert threading.get_ident() not in trees.threads
    assert "job 1, run 1, lost its runner and is pending now" in caplog.messages


def test_nothing_is_swept_where_nothing_was_left(home, qapp):  # noqa: ARG001
    with opened(home) as store:
        trees = Scripted({})
        endings, writer = Endings(trees), Writer(store)
        LateRescue([], endings, writer, writer)
        writer.close()
        assert endings.close() == []
        assert trees.sweeps == []
