"""The stores that the conformance suite runs against: each test once for each kind.

A new kind of store joins by another entry of STORES. The suite speaks to the rooms of a store alone, and never to its
database.
"""

from contextlib import ExitStack

import pytest

from app.domain.job import State
from app.paths import Home
from tests.store.jobs import all_jobs, open_now


def sqlite_stores(folder, clock, cleanup):
    """A function that makes an empty store at each call, connected on this thread."""
    made = []

    def make(**more):
        store = open_now(Home(folder / f"home-{len(made)}"), clock=clock, **more)
        cleanup.enter_context(store.connected())
        made.append(store)
        return store

    return make, made


STORES = {"sqlite": sqlite_stores}


@pytest.fixture(params=STORES)
def new_store(request, quick_path, clock):
    """Makes empty stores. When the test is over, each is looked through: see ``check``."""
    with ExitStack() as cleanup:
        make, made = STORES[request.param](quick_path, clock, cleanup)
        yield make
        for store in made:
            check(store)


@pytest.fixture
def store(new_store):
    return new_store()


def check(store):
    """What holds of every store after whatever was done to it."""
    jobs = all_jobs(store)
    counted = {state: sum(job.state is state for job in jobs) for state in State}
    assert store.reads.counts() == counted, "the counts are those of the rows"
    assert store.reads.count() == len(jobs)
    assert len({job.id for job in jobs}) == len(jobs), "no two jobs have one id"
    for job in {job.seq: job for job in (*jobs[:100], *jobs[-100:])}.values():  # a history costs a millisecond
        details = store.reads.details(job.seq)
        check_chain(job, details.events)
        check_runs(job, details.runs, details.events)


def check_chain(job, events):
    before = None
    for event in events:
        assert event.from_state is before, f"the history of {job.id} has no gap"
        before = event.to_state
    assert before is job.state, f"the history of {job.id} ends where it stands"


def check_runs(job, runs, events):
    assert [run.run for run in runs] == list(range(1, job.run + 1)), "each run is recorded once"
    assert len({run.token for run in runs}) == len(runs)
    unfinished = [run.run for run in runs if run.outcome is None]
    assert unfinished == ([job.run] if job.state is State.PROCESSING else []), "each run that ended has one end"
    assert [event.run for event in events if event.to_state is State.PROCESSING] == [run.run for run in runs]
    assert [event.run for event in events if event.from_state is State.PROCESSING] == [
        run.run for run in runs if run.outcome is not None
    ]
