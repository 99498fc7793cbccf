"""Saved jobs come back as they stood: state, attempts, what they had waited, when they were made."""

import pytest

from app.domain.errors import DuplicateId
from app.domain.job import FINISHED, OnDuplicate, State
from app.domain.outcome import Failed
from app.domain.saved_job import SavedJob
from app.store.restoring import Restoring
from tests.store.jobs import all_jobs, claim_one, enqueue, events, finish, opened, order_of_claims, put_into, spec


@pytest.fixture
def store(home, clock):
    with opened(home, clock=clock) as store:
        yield store


@pytest.fixture
def restore(store):
    return Restoring(store.database, store.clock).restore


def saved(id, state=State.PENDING, priority=5, **more):
    return SavedJob(id, spec(priority=priority), state=state, **more)


def test_every_state_comes_back(store, restore, clock):
    done = restore([saved(state.value, state, attempts=2, waited=7, created_at=123) for state in State])
    assert [id for _, id in done.jobs] == [state.value for state in State]
    for job in all_jobs(store):
        expected = State.PENDING if job.id == "processing" else State(job.id)
        assert (job.state, job.attempts, job.waited, job.run) == (expected, 2, 7, 2)
        assert (job.created_at, job.updated_at) == (123, clock())
    assert store.reads.counts()[State.DEAD] == 1


def test_what_waited_goes_on_waiting_and_what_ended_does_not(store, restore):
    restore([saved(state.value, state, waited=3) for state in State])
    enqueue(store, "later")
    waited = {job.id: job.waited for job in all_jobs(store)}
    assert waited == {
        **{state.value: 3 if state in FINISHED else 4 for state in State},
        "later": 0,
    }


def test_the_call_ages_who_waits_already_by_one_and_itself_by_none(store, restore):
    enqueue(store, "old")
    restore([saved("a"), saved("b", waited=9)])
    assert {job.id: job.waited for job in all_jobs(store)} == {"old": 1, "a": 0, "b": 9}


def test_jobs_are_handed_out_as_they_would_have_been_where_they_were_saved(store, restore):
    restore([saved("a", priority=1), saved("b", priority=1, waited=9), saved("c", priority=5)])
    assert order_of_claims(store) == ["b", "c", "a"]


def test_a_retry_is_due_at_once_and_counts_on(store, restore, clock):
    restore([saved("a", State.FAILED, attempts=2)])
    claim = claim_one(store)
    assert (claim.job.id, claim.run) == ("a", 3)
    assert finish(store, claim, Failed(1), clock()).state is State.DEAD


def test_an_event_says_where_it_came_from(store, restore):
    done = restore([saved("a", State.DEAD, attempts=3)])
    assert events(store, done.jobs[0][0]) == [(3, None, "dead", "restored from an export")]


def test_all_or_nothing(store, restore):
    enqueue(store, "b")
    with pytest.raises(DuplicateId):
        restore([saved("a"), saved("b")])
    assert [job.id for job in all_jobs(store)] == ["b"]


def test_a_renamed_or_replacing_job_keeps_where_it_stood(store, restore, clock):
    put_into(store, State.COMPLETED, clock, "a")
    restore([saved("a", State.DEAD, attempts=3)], OnDuplicate.RENAME)
    assert (store.reads.by_id("a-2").state, store.reads.by_id("a-2").attempts) == (State.DEAD, 3)
    restore([saved("a", State.CANCELLED)], OnDuplicate.REPLACE)
    assert store.reads.by_id("a").state is State.CANCELLED
    assert restore([saved("a")], OnDuplicate.SKIP).skipped == ["a"]


def test_a_job_without_a_name_gets_one(restore):
    assert restore([saved(None, State.DEAD)]).jobs == [(1, "job-1")]


def test_odd_old_values_are_kept(store, restore):
    restore([SavedJob("a", spec(command="", priority=99, timeout=-1.0))])
    job = store.reads.by_id("a")
    assert (job.spec.command, job.spec.priority, job.spec.timeout) == ("", 99, -1.0)


def test_a_restored_job_can_be_retried_edited_and_removed(store, restore):
    (seq, _), *_ = restore([saved("a", State.DEAD, attempts=3)]).jobs
    store.changes.edit(seq, lambda old: old)
    store.changes.retry([seq])
    assert store.reads.by_seq(seq).attempts == 0
    store.changes.remove([seq])
    assert store.changes.undo() == [(seq, "a")]


def test_a_dead_letter_that_comes_back_has_not_died_here(store, restore, clock):
    before = store.reads.last_event()
    restore([saved("a", State.DEAD)])
    assert store.reads.deaths_since(before) == 0
    put_into(store, State.DEAD, clock, "b")
    assert store.reads.deaths_since(before) == 1
