"""A runner that lives and hears nothing: found although nobody asked it anything. The test is the runner."""

import os

import pytest

from app.locks import ProcessLock
from app.store.runner_state import RunnerState
from app.store.runner_store import Ask
from app.ui.looks import runner_look
from tests.store.jobs import claim_one
from tests.store.test_plans import cost
from tests.ui.conftest import new_job
from tests.ui.keepers import Kept


@pytest.fixture
def alive(store, home):
    """A runner with two workers, which holds the lock."""
    lock = ProcessLock(home.runner_lock)
    assert lock.take()
    store.runner.begin(os.getpid(), None, "2.0.0", "boot", 2)
    store.runner.say(RunnerState.RUNNING, 2)
    yield store
    lock.release()


def test_a_job_that_waits_beside_a_free_worker_is_neglected_after_ten_seconds(alive, clock):
    alive.intake.enqueue([new_job("a"), new_job("b"), new_job("c")])
    clock.forward(10)
    assert not runner_look(alive).neglects
    clock.forward(1)
    assert runner_look(alive).neglects
    alive.changes.set_paused(True)
    assert not runner_look(alive).neglects
    alive.changes.set_paused(False)
    for _ in range(2):
        claim_one(alive)
    assert not runner_look(alive).neglects, "both workers are busy"


def test_it_is_asked_once_whether_it_hears_and_shown_where_it_does_not(alive, gateway, clock, qtbot):
    kept = Kept(gateway, alive)
    alive.intake.enqueue([new_job("a")])
    clock.forward(11)
    gateway.set_seen(True)
    qtbot.waitUntil(lambda: bool(alive.runner.open_asks()))
    clock.forward(11)
    gateway.set_seen(True)
    qtbot.waitUntil(lambda: kept.watch.last is not None and kept.watch.last.runner.failed_asks == 1)
    assert [asked.verb for asked in alive.runner.open_asks()] == [Ask.ANSWER]


def test_to_see_it_costs_as_much_with_many_jobs_as_with_few(alive, clock):
    def look():
        return cost(alive, lambda: alive.runner.neglects_since(clock()))

    alive.intake.enqueue([new_job(f"a{n}") for n in range(10)])
    few = look()
    alive.intake.enqueue([new_job(f"b{n}") for n in range(2000)])
    assert look() == few
