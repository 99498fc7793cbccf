"""What the sidebar and the status bar are told."""

import pytest

from app.domain.job import State
from app.locks import ProcessLock
from app.store import pace
from app.store.runner_state import RunnerState
from app.store.runner_store import Ask
from app.ui.looks import queue_look, runner_look
from tests.store.jobs import enqueue, put_into
from tests.store.many_jobs import fill
from tests.store.test_plans import cost


def test_an_empty_queue_has_nothing_to_tell(store):
    look = queue_look(store)
    assert (look.total, look.unseen, look.paused, look.jobs_a_minute, look.undoable) == (0, 0, False, 0, 0)
    assert (look.runner.lives, look.runner.state, look.runner.wanted) == (False, RunnerState.STOPPED, True)


def test_a_look_counts_each_state_what_is_new_and_what_can_be_undone(store, clock):
    for state in State:
        put_into(store, state, clock, state.value)
    gone = enqueue(store, "x", "y")
    store.changes.remove(gone)
    store.changes.set_paused(True)
    look = queue_look(store)
    assert look.counts == dict.fromkeys(State, 1)
    assert (look.total, look.unseen, look.paused, look.undoable) == (6, 1, True, 2)
    store.bulk.mark_seen()
    assert queue_look(store).unseen == 0


def test_jobs_a_minute_are_those_that_were_completed_within_the_last_one(store, clock):
    put_into(store, State.COMPLETED, clock, "old")
    clock.forward(59)
    put_into(store, State.COMPLETED, clock, "new")
    put_into(store, State.DEAD, clock, "dead")
    assert queue_look(store).jobs_a_minute == 2
    clock.forward(2)
    assert queue_look(store).jobs_a_minute == 1
    clock.forward(60)
    assert queue_look(store).jobs_a_minute == 0


def test_very_many_completions_are_counted_by_a_sample(store, clock, monkeypatch):
    for number in range(30):
        put_into(store, State.COMPLETED, clock, f"j{number}")
    clock.forward(61)
    for number in range(40):
        put_into(store, State.COMPLETED, clock, f"k{number}")
    monkeypatch.setattr(pace, "_EXACT", 50)
    monkeypatch.setattr(pace, "_SAMPLE", 100)
    assert queue_look(store).jobs_a_minute == pytest.approx(40, abs=15)


def test_events_that_were_purged_with_their_jobs_hide_no_others(store, clock):
    first = [put_into(store, State.COMPLETED, clock, f"j{number}") for number in range(20)]
    clock.forward(100)
    put_into(store, State.COMPLETED, clock, "new")
    store.changes.remove(first)
    clock.forward(24 * 3600 + 1)
    store.changes.purge()
    put_into(store, State.COMPLETED, clock, "newest")
    assert queue_look(store).jobs_a_minute == 1


def test_a_runner_lives_as_long_as_its_lock_is_held(store, home):
    store.runner.begin(77, 1.5, "2.0", "boot", 3)
    assert (runner_look(store).lives, runner_look(store).slots) == (False, 0)
    lock = ProcessLock(home.runner_lock)
    assert lock.take()
    look = runner_look(store)
    assert (look.lives, look.state, look.pid, look.slots, look.version) == (True, "starting", 77, 3, "2.0")
    lock.release()
    assert not runner_look(store).lives


def test_a_runner_that_leaves_a_request_for_ten_seconds_does_not_answer(store, home, clock):
    lock = ProcessLock(home.runner_lock)
    assert lock.take()
    number = store.runner.ask(Ask.DRAIN)
    clock.forward(10)
    assert runner_look(store).answers
    clock.forward(1)
    assert (runner_look(store).answers, runner_look(store).failed_asks) == (False, 1)
    store.runner.answer(number, "draining")
    assert runner_look(store).answers
    lock.release()


@pytest.mark.slow
def test_a_look_at_a_million_jobs_costs_no_more_than_at_a_few(store, clock):
    fill(store, clock, pending=1_000_000)
    for number in range(50):
        put_into(store, State.COMPLETED, clock, f"c{number}")
    spent = cost(store, lambda: queue_look(store))
    assert spent.steps < 2000
    assert spent.scanned < 100
