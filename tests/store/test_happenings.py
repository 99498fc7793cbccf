"""What has happened in the queue since somebody looked last."""

import pytest

from app.domain.job import State
from app.domain.outcome import Failed
from app.domain.saved_job import SavedJob
from app.paths import Home
from app.store import happenings
from app.store.happenings import BEGINNING, DeadJob, Happenings
from app.store.restoring import Restoring
from tests.conftest import Clock
from tests.store.jobs import claim_one, enqueue, finish, opened, put_into, spec
from tests.store.many_jobs import fill
from tests.store.test_plans import cost, plan

DAY = 24 * 3600


@pytest.fixture
def store(quick_path, clock):
    with opened(Home(quick_path), clock=clock) as store:
        yield store


def die(store, clock, id, line="no space"):
    seq = enqueue(store, id, max_retries=1)
    finish(store, claim_one(store), Failed(3), clock(), last_line=line)
    return seq


def since(store, mark):
    return Happenings(store.database).since(mark)


def purge_all(store, clock):
    """Forget every job, with its events, as housekeeping does a day after it was removed."""
    store.changes.remove_all()
    clock.forward(DAY + 1)
    while store.changes.purge():
        pass


def test_an_empty_queue_has_nothing_to_tell(store):
    happened = since(store, None)
    assert (happened.mark, happened.ended, happened.last_death, happened.open) == (BEGINNING, 0, None, 0)
    assert since(store, happened.mark) == happened


def test_the_first_look_only_notes_where_things_stand(store, clock):
    die(store, clock, "old")
    enqueue(store, "waits")
    happened = since(store, None)
    assert (happened.ended, happened.last_death, happened.open) == (0, None, 1)


def test_what_ended_since_is_told_once_with_the_last_that_died(store, clock):
    mark = since(store, None).mark
    put_into(store, State.COMPLETED, clock, "a")
    put_into(store, State.COMPLETED, clock, "b")
    die(store, clock, "first")
    seq = die(store, clock, "render-12")
    happened = since(store, mark)
    assert (happened.completed, happened.died, happened.ended, happened.open) == (2, 2, 4, 0)
    assert happened.last_death == DeadJob(seq, "render-12", "Exit code 3: no space")
    assert since(store, happened.mark).ended == 0


@pytest.mark.parametrize("state", [State.PENDING, State.PROCESSING, State.FAILED])
def test_a_job_that_is_not_finished_is_open(store, clock, state):
    mark = since(store, None).mark
    put_into(store, state, clock)
    happened = since(store, mark)
    assert (happened.ended, happened.open) == (0, 1)


def test_cancelled_and_restored_jobs_have_not_ended_by_a_run(store, clock):
    mark = since(store, None).mark
    put_into(store, State.CANCELLED, clock, "a")
    Restoring(store.database, clock).restore([SavedJob("b", spec(), state=State.DEAD)])
    assert (since(store, mark).ended, since(store, mark).open) == (0, 0)


def test_a_job_that_was_retried_meanwhile_has_died_all_the_same(store, clock):
    mark = since(store, None).mark
    seq = die(store, clock, "a")
    store.changes.retry([seq])
    happened = since(store, mark)
    assert (happened.died, happened.open, happened.last_death) == (1, 1, DeadJob(seq, "a", None))


def test_numbers_that_are_used_again_after_a_purge_hide_nothing(store, clock):
    for number in range(5):
        put_into(store, State.COMPLETED, clock, f"j{number}")
    mark = since(store, None).mark
    purge_all(store, clock)
    die(store, clock, "fewer")
    happened = since(store, mark)
    assert happened.mark.event < mark.event
    assert (happened.completed, happened.died) == (0, 1)


def test_numbers_that_are_used_again_beyond_the_mark_hide_nothing(store, clock):
    put_into(store, State.COMPLETED, clock, "old")
    mark = since(store, None).mark
    purge_all(store, clock)
    for number in range(3):
        die(store, clock, f"d{number}")
    happened = since(store, mark)
    assert happened.mark.event > mark.event
    assert happened.died == 3


def test_a_purge_alone_is_nothing_that_happened(store, clock):
    kept = put_into(store, State.COMPLETED, clock, "kept")
    put_into(store, State.COMPLETED, clock, "gone")
    mark = since(store, None).mark
    store.changes.remove([kept + 1])
    clock.forward(DAY + 1)
    store.changes.purge()
    happened = since(store, mark)
    assert happened.mark.event < mark.event
    assert happened.ended == 0
    purge_all(store, clock)
    assert since(store, happened.mark).mark == BEGINNING


def test_a_purge_of_the_mark_itself_brings_nothing_back(store, clock):
    gone = put_into(store, State.COMPLETED, clock, "gone")
    mark = since(store, None).mark
    put_into(store, State.COMPLETED, clock, "later")
    store.changes.remove([gone])
    clock.forward(DAY + 1)
    store.changes.purge()
    assert since(store, mark).completed == 1


PLANS = {
    "LAST": {"SCAN event"},  # the last one alone
    "AT": {"SEARCH event USING INTEGER PRIMARY KEY (rowid=?)"},
    "NOT_AFTER": {"SCAN event"},  # from the last one back, as far as it is newer
    "ENDS": {"SEARCH event USING INTEGER PRIMARY KEY (rowid>?)"},
    "DEATH": {
        "SEARCH event USING INTEGER PRIMARY KEY (rowid>?)",
        "SEARCH job USING INTEGER PRIMARY KEY (rowid=?)",
    },
    "OPEN": {"SEARCH state_count USING PRIMARY KEY (state=?)"},
}


@pytest.mark.parametrize("name", PLANS)
def test_what_happened_is_read_by_the_numbers_of_events(store, name):
    assert plan(store, getattr(happenings, name)) == PLANS[name]


def costs_after(folder, many):
    """Return what looks cost after a history, where there is something new and where its numbers were used again."""
    clock = Clock()
    with opened(Home(folder), clock=clock) as store:
        fill(store, clock, pending=many)
        with store.database.writing():
            store.database.run(
                "INSERT INTO event (seq, run, from_state, to_state, cause, at)"
                " SELECT seq, 1, 'processing', 'completed', 'succeeded', ? FROM job",
                (clock(),),
            )
        gone = enqueue(store, "gone")
        mark = since(store, None).mark
        store.changes.remove([gone])
        clock.forward(DAY + 1)
        store.changes.purge()
        again = cost(store, lambda: since(store, mark))
        mark = since(store, None).mark
        store.changes.run_next(enqueue(store, "new", max_retries=1))
        finish(store, claim_one(store), Failed(3), clock())
        assert since(store, mark).died == 1
        return [again, cost(store, lambda: since(store, mark)), cost(store, lambda: since(store, None))]


def test_a_look_costs_the_same_after_a_thousand_events_and_after_a_hundred_thousand(quick_path):
    few, many = costs_after(quick_path / "few", 1000), costs_after(quick_path / "many", 100_000)
    for one, other in zip(few, many, strict=True):
        assert other.steps <= max(one.steps * 1.2, 40)
        assert other.scanned <= max(one.scanned, 4)
        assert other.sorts == 0
