"""Handing jobs out."""

import pytest

from app.domain.job import State
from app.domain.outcome import Failed, Succeeded
from app.store.work import Started
from tests.store.jobs import POLICY, all_jobs, claim_one, end, enqueue, events, finish, new, order_of_claims


def claimed(store, count):
    return [claim.job.id for claim in store.work.claim(count)]


def test_the_best_effective_priority_goes_first(store):
    store.intake.enqueue([new("low", priority=1), new("high", priority=9), new("middle", priority=5)])
    assert order_of_claims(store) == ["high", "middle", "low"]


def test_equals_go_in_the_order_in_which_they_came(store):
    store.intake.enqueue([new("a"), new("b"), new("c")])
    assert order_of_claims(store) == ["a", "b", "c"]


def test_waiting_wins_over_priority_in_the_end(store):
    enqueue(store, "old", priority=1)
    for number in range(4):
        enqueue(store, f"young{number}", priority=5)
    # old has 1 + 4; the last young one has 5 + 0, the first 5 + 3
    assert claimed(store, 5) == ["young0", "young1", "young2", "old", "young3"]


def test_several_free_workers_claim_together_in_order_of_rank(store):
    store.intake.enqueue([new(f"p{priority}", priority=priority) for priority in (3, 9, 1, 7, 5)])
    assert claimed(store, 3) == ["p9", "p7", "p5"]
    assert claimed(store, 3) == ["p3", "p1"]
    assert claimed(store, 3) == []


def test_no_free_worker_claims_nothing(store):
    enqueue(store, "a")
    assert claimed(store, 0) == []
    assert claimed(store, -1) == []
    assert store.reads.by_id("a").state is State.PENDING


def test_a_claim_says_all_that_a_worker_needs(store, clock):
    seq = enqueue(store, "a", command="run me", env={"K": "V"})
    clock.forward(3)
    claim = claim_one(store)
    assert (claim.job.seq, claim.run) == (seq, 1)
    assert claim.job == store.reads.by_seq(seq)
    assert claim.job.state is State.PROCESSING
    assert claim.job.spec.command == "run me"
    assert (claim.job.started_at, claim.job.finished_at) == (clock(), None)
    assert len(claim.token) == 32
    (run,) = store.reads.details(seq).runs
    assert (run.run, run.token, run.claimed_at, run.outcome) == (1, claim.token, clock(), None)
    assert events(store, seq)[-1] == (1, "pending", "processing", "claimed")


def test_run_next_goes_before_every_rank_and_the_last_asked_first(store):
    store.intake.enqueue([new("best", priority=10), new("a", priority=1), new("b", priority=1), new("c", priority=9)])
    store.changes.run_next(store.reads.by_id("a").seq)
    store.changes.run_next(store.reads.by_id("b").seq)
    assert order_of_claims(store) == ["b", "a", "best", "c"]


def test_first_in_line_is_over_with_the_claim(store, clock):
    enqueue(store, "best", priority=10)
    low = enqueue(store, "low", priority=1, max_retries=5, backoff_base=0)
    store.changes.run_next(low)
    assert store.reads.by_seq(low).expedited
    claim = claim_one(store)
    assert claim.job.id == "low"
    finish(store, claim, Failed(1), clock())
    assert not store.reads.by_seq(low).expedited
    assert claimed(store, 1) == ["best"]


def test_a_paused_queue_hands_out_nothing_and_takes_ends(store, clock):
    enqueue(store, "a", "b")
    claim = claim_one(store)
    store.changes.set_paused(True)
    store.changes.run_next(2)
    assert store.reads.is_paused()
    ended, claims = store.work.turn([end(claim, Succeeded(), clock())], 4, POLICY)
    assert (ended[0].transition.state, claims) == (State.COMPLETED, [])
    store.changes.set_paused(False)
    assert claimed(store, 4) == ["b"]


def test_an_end_and_the_next_claim_come_in_one_turn(store, clock):
    enqueue(store, "a", "b", max_retries=1)
    ended, claims = store.work.turn([end(claim_one(store), Failed(2), clock())], 1, POLICY)
    assert [each.transition.state for each in ended] == [State.DEAD]
    assert [claim.job.id for claim in claims] == ["b"]


def test_a_job_that_is_worked_on_is_not_handed_out_again(store):
    enqueue(store, "a")
    assert claimed(store, 2) == ["a"]
    assert claimed(store, 2) == []


def test_each_run_has_a_token_of_its_own(new_store):
    store = new_store()
    store.intake.enqueue(new() for _ in range(50))
    assert len({claim.token for claim in store.work.claim(50)}) == 50


def test_a_process_is_noted_while_its_run_goes_on(store, clock):
    seq = enqueue(store, "a")
    claim = claim_one(store)
    clock.forward(1)
    store.work.started([Started(seq=seq, run=claim.run, pid=77, pid_created=12.5, at=clock())])
    (run,) = store.reads.details(seq).runs
    assert (run.pid, run.pid_created, run.started_at, run.outcome) == (77, 12.5, clock(), None)


def test_a_process_is_not_noted_at_a_run_that_ended(store, clock):
    seq = enqueue(store, "a")
    claim = claim_one(store)
    finish(store, claim, Succeeded(), clock())
    store.work.started([Started(seq=seq, run=claim.run, pid=77, pid_created=None, at=clock())])
    assert store.reads.details(seq).runs[0].pid is None


@pytest.mark.parametrize("count", [1, 3, 100])
def test_every_job_is_handed_out_once(store, count):
    store.intake.enqueue(new(priority=1 + number % 10) for number in range(100))
    seqs = []
    while claims := store.work.claim(count):
        seqs += [claim.job.seq for claim in claims]
    assert sorted(seqs) == list(range(1, 101))
    assert {job.state for job in all_jobs(store)} == {State.PROCESSING}
