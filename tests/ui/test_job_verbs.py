"""What the window does to jobs, where no runner lives."""

import pytest

from app.domain.job import State
from app.engine.process_tree import process_trees
from app.engine.rescue import rescue
from app.locks import ProcessLock
from app.ui.job_verbs import JobVerbs
from tests.store.jobs import claim_one
from tests.ui.conftest import new_job


@pytest.fixture
def verbs(gateway):
    return JobVerbs(gateway, lambda store: rescue(store, process_trees()), gateway)


@pytest.fixture
def interrupted(store):
    """A job that a dead runner left."""
    store.intake.enqueue([new_job("a")])
    return claim_one(store)


@pytest.mark.usefixtures("interrupted")
def test_what_a_dead_runner_left_is_put_back(verbs, store, qtbot):
    verbs.put_back()
    qtbot.waitUntil(lambda: store.reads.by_id("a").state is State.PENDING)


@pytest.mark.usefixtures("interrupted")
def test_what_a_living_runner_works_on_is_left_alone(verbs, store, home, qtbot):
    lock = ProcessLock(home.runner_lock)
    assert lock.take()
    verbs.put_back()
    verbs.set_paused(True)
    qtbot.waitUntil(store.reads.is_paused)
    assert store.reads.by_id("a").state is State.PROCESSING
    lock.release()
