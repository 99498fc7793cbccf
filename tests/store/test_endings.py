"""Whether jobs and runs are over."""

import pytest

from app.domain.job import State
from app.domain.outcome import Failed
from app.store.endings import Endings, RunState
from tests.store.jobs import claim_one, enqueue, finish, new, opened, put_into


@pytest.fixture
def store(home, clock):
    with opened(home, clock=clock) as store:
        yield store


@pytest.fixture
def endings(store):
    return Endings(store.database)


def test_an_empty_queue_has_nothing_to_wait_for(endings):
    assert (endings.newest(), endings.open_up_to(0), endings.states_up_to(0)) == (0, 0, {})
    assert endings.states([]) == {}


def test_jobs_that_came_later_are_not_counted(store, endings, clock):
    for state in State:
        put_into(store, state, clock, state.value)
    newest = endings.newest()
    enqueue(store, "later")
    assert endings.open_up_to(newest) == 3
    assert endings.states_up_to(newest) == dict.fromkeys(State, 1)


def test_removed_jobs_are_not_there(store, endings, clock):
    seqs = [put_into(store, State.PENDING, clock, "a"), put_into(store, State.DEAD, clock, "b")]
    store.changes.remove(seqs[:1])
    assert endings.states(seqs) == {seqs[1]: State.DEAD}
    assert endings.open_up_to(endings.newest()) == 0


def test_states_of_many_jobs(store, endings):
    store.intake.enqueue([new() for _ in range(1200)])
    assert len(endings.states(range(1, 2000))) == 1200


def test_a_run_is_over_when_its_end_is_recorded(store, endings, clock):
    seq = enqueue(store, "a")
    assert (endings.run(seq, 1), endings.runs(seq)) == (None, [])
    claim = claim_one(store)
    assert endings.run(seq, 1) == RunState(False, None, None)
    finish(store, claim, Failed(1), clock(), tail="no\n", output_bytes=3)
    store.changes.run_next(seq)
    claim_one(store)
    assert (endings.run(seq, 1), endings.run(seq, 2).over) == (RunState(True, 3, "no\n"), False)
    assert endings.runs(seq) == [1, 2]


def test_looking_whether_all_have_ended_costs_nothing_for_those_that_have(store, endings):
    sql = []
    store.database.run, real = (lambda text, values=(): sql.append(text) or real(text, values)), store.database.run
    endings.open_up_to(5)
    (row,) = real(f"EXPLAIN QUERY PLAN {sql[0]}", (5,))
    assert "SEARCH job USING" in row[-1]
    assert "job_by_state (state=? AND seq<?)" in row[-1]
