"""Remove, undo, clear and purge."""

import pytest

from app.domain.errors import JobNotFound, WrongState
from app.domain.job import WAITING, OnDuplicate, State
from app.domain.lifecycle import ALLOWED, Verb
from app.domain.outcome import Failed
from tests.store.jobs import all_jobs, claim_one, enqueue, events, finish, new, order_of_claims, put_into

DAY = 24 * 3600


@pytest.mark.parametrize("state", sorted(ALLOWED[Verb.REMOVE]))
def test_a_removed_job_is_gone_from_every_read(store, clock, state):
    seq = put_into(store, state, clock)
    store.changes.remove([seq])
    assert all_jobs(store) == []
    assert store.reads.page() == []
    assert store.reads.count() == 0
    assert set(store.reads.counts().values()) == {0}
    assert store.work.next_due() is None
    for read in (lambda: store.reads.by_id("it"), lambda: store.reads.by_seq(seq), lambda: store.reads.details(seq)):
        with pytest.raises(JobNotFound):
            read()
    clock.forward(3600)
    assert store.work.claim(1) == []
    assert store.changes.retry_all_dead() == 0


@pytest.mark.parametrize("state", sorted(ALLOWED[Verb.REMOVE]))
def test_undo_brings_a_job_back_as_it_was_with_its_history(store, clock, state):
    seq = put_into(store, state, clock)
    before = store.reads.details(seq)
    store.changes.remove([seq])
    assert store.changes.undo() == [(seq, "it")]
    assert store.reads.details(seq) == before
    assert store.changes.undo() == []


@pytest.mark.parametrize("state", sorted(WAITING))
def test_a_job_does_not_age_while_it_is_removed(store, clock, state):
    seq = put_into(store, state, clock)
    enqueue(store, "b")
    store.changes.remove([seq])
    enqueue(store, "c", "d")
    store.changes.undo()
    assert store.reads.by_seq(seq).waited == 1
    enqueue(store, "e")
    assert store.reads.by_seq(seq).waited == 2


def test_a_job_that_came_back_runs_in_its_place(store):
    store.intake.enqueue([new("a"), new("b"), new("c")])
    store.changes.remove([1, 2])
    store.changes.undo()
    assert order_of_claims(store) == ["a", "b", "c"]


def test_a_failed_job_that_came_back_still_waits_for_its_retry(store, clock):
    seq = put_into(store, State.FAILED, clock)
    store.changes.run_next(seq)
    claim = claim_one(store)
    finish(store, claim, Failed(1), clock())
    due = store.reads.by_seq(seq).next_retry_at
    store.changes.remove([seq])
    store.changes.undo()
    assert store.work.next_due() == due
    assert store.work.claim(1) == []
    clock.now = due
    assert claim_one(store).job.seq == seq


def test_undo_brings_back_all_of_the_last_removal_and_then_that_before(store):
    enqueue(store, "a", "b", "c")
    store.changes.remove([1])
    store.changes.remove([2, 3])
    assert store.changes.undo() == [(2, "b"), (3, "c")]
    assert store.changes.undo() == [(1, "a")]
    assert store.changes.undo() == []


def test_a_taken_id_comes_back_with_the_next_free_number(store):
    first = enqueue(store, "a")
    store.changes.remove([first])
    enqueue(store, "a", "a-2")
    assert store.changes.undo() == [(first, "a-3")]
    assert store.reads.by_id("a-3").seq == first


def test_two_removed_jobs_of_one_id_come_back_as_two(store):
    for _ in range(2):
        enqueue(store, "a")
        store.changes.remove_all()
    assert store.changes.undo() == [(2, "a")]
    assert store.changes.undo() == [(1, "a-2")]


def test_removing_several_is_all_or_none(store):
    enqueue(store, "a", "b")
    store.work.claim(1)
    with pytest.raises(WrongState, match="'a' is processing"):
        store.changes.remove([2, 1])
    with pytest.raises(JobNotFound):
        store.changes.remove([2, 99])
    assert store.reads.count() == 2


def test_naming_a_job_twice_removes_it_once(store):
    seq = enqueue(store, "a")
    store.changes.remove([seq, seq])
    assert store.changes.undo() == [(seq, "a")]


def test_removing_nothing_is_no_step_that_undo_sees(store):
    seq = enqueue(store, "a")
    store.changes.remove([seq])
    store.changes.remove([])
    assert store.changes.remove_all() == 0
    assert store.changes.undo() == [(seq, "a")]


def test_clear_takes_all_but_what_runs_and_one_undo_brings_it_back(store, clock):
    put_into(store, State.DEAD, clock, "dead")
    put_into(store, State.FAILED, clock, "failed")
    put_into(store, State.COMPLETED, clock, "completed")
    enqueue(store, "running", priority=10)
    running = claim_one(store).job.seq
    enqueue(store, "pending")
    before = {job.id: store.reads.details(job.seq) for job in all_jobs(store)}
    assert store.changes.remove_all() == 4
    assert [job.seq for job in all_jobs(store)] == [running]
    assert len(store.changes.undo()) == 4
    assert {job.id: store.reads.details(job.seq) for job in all_jobs(store)} == before


def test_purge_forgets_after_24_hours_and_not_before(store, clock):
    kept = enqueue(store, "kept")
    gone = put_into(store, State.COMPLETED, clock, "gone")
    store.changes.remove([gone])
    clock.forward(DAY)
    assert store.changes.purge() == []
    clock.forward(0.001)
    assert store.changes.purge() == [gone]
    assert store.changes.undo() == []
    assert [job.seq for job in all_jobs(store)] == [kept]


def test_purge_takes_a_part_at_a_time(store, clock):
    store.intake.enqueue(new() for _ in range(7))
    store.changes.remove_all()
    clock.forward(DAY + 1)
    parts = [store.changes.purge(3) for _ in range(4)]
    assert [len(part) for part in parts] == [3, 3, 1, 0]
    assert sorted(seq for part in parts for seq in part) == list(range(1, 8))


def test_purging_a_half_of_a_removal_leaves_the_other_half_to_undo(store, clock):
    enqueue(store, "a", "b", "c")
    store.changes.remove_all()
    clock.forward(DAY + 1)
    (first, second) = store.changes.purge(2)
    (left,) = {1, 2, 3} - {first, second}
    assert [seq for seq, _ in store.changes.undo()] == [left]


def test_a_replaced_job_that_comes_back_has_its_history(store, clock):
    seq = put_into(store, State.COMPLETED, clock)
    history = events(store, seq)
    store.intake.enqueue([new("it")], OnDuplicate.REPLACE)
    store.changes.undo()
    assert events(store, seq) == history
