"""Removing jobs by their age, and the pages that whole queues are read in."""

import pytest

from app.domain.job import State
from app.domain.saved_job import SavedJob
from app.store.restoring import Restoring
from app.store.views import Filter
from tests.store.jobs import all_jobs, new, opened, put_into, spec


@pytest.fixture
def store(home, clock):
    with opened(home, clock=clock) as store:
        yield store


@pytest.fixture
def old_and_new(store, clock):
    """Jobs of every state, once an hour old and once new; the moment between."""
    for state in State:
        put_into(store, state, clock, f"old-{state}")
    clock.forward(3600)
    for state in State:
        put_into(store, state, clock, f"new-{state}")
    return clock() - 1


def ids(store):
    return {job.id for job in all_jobs(store)}


def test_only_what_ended_before_in_the_named_states_is_removed(store, old_and_new):
    before = ids(store)
    removed = store.changes.remove_finished({State.COMPLETED: old_and_new, State.CANCELLED: old_and_new})
    assert removed == 2
    assert before - ids(store) == {"old-completed", "old-cancelled"}
    assert store.reads.counts()[State.COMPLETED] == 1


def test_one_undo_brings_all_of_a_pruning_back(store, old_and_new):
    before = ids(store)
    store.changes.remove_finished(dict.fromkeys((State.COMPLETED, State.CANCELLED, State.DEAD), old_and_new))
    assert len(store.changes.undo()) == 3
    assert ids(store) == before


def test_a_pruning_that_finds_nothing_leaves_the_last_removal_to_undo(store, clock):
    seq = put_into(store, State.COMPLETED, clock)
    store.changes.remove([seq])
    assert store.changes.remove_finished({State.COMPLETED: clock() - 1}) == 0
    assert store.changes.remove_finished({}) == 0
    assert store.changes.undo() == [(seq, "it")]


@pytest.mark.parametrize("state", [State.PENDING, State.PROCESSING, State.FAILED])
def test_what_has_not_ended_is_never_removed_by_its_age(store, state):
    with pytest.raises(ValueError, match="ended"):
        store.changes.remove_finished({state: 0})


def test_a_restored_job_counts_from_when_it_came(store, clock):
    Restoring(store.database, clock).restore([SavedJob("a", spec(), state=State.COMPLETED, created_at=1)])
    assert store.changes.remove_finished({State.COMPLETED: clock()}) == 0
    assert store.changes.remove_finished({State.COMPLETED: clock() + 1}) == 1


def test_ended_before_tells_the_same_jobs(store, old_and_new):
    found = [store.reads.by_seq(seq).id for seq in store.reads.ended_before(State.COMPLETED, old_and_new)]
    assert found == ["old-completed"]


def test_whole_queues_are_read_in_pages(store):
    store.intake.enqueue([new() for _ in range(2500)])
    assert [job.seq for job in store.reads.oldest_first()] == list(range(1, 2501))
    assert list(store.reads.oldest_first(Filter(states=frozenset({State.DEAD})))) == []
    for seq in range(1, 2501):
        store.changes.cancel(seq) if seq < 30 else None
    assert len(list(store.reads.ended_before(State.CANCELLED, 10**15))) == 29
