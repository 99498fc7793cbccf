"""Dead letters by what they died of."""

import pytest

from app.domain.job import State
from app.domain.outcome import Failed, TimedOut
from app.domain.saved_job import SavedJob
from app.store.dead_groups import DeadGroup, DeadGroups
from app.store.restoring import Restoring
from tests.store.jobs import claim_one, enqueue, finish, opened, spec


@pytest.fixture
def store(home, clock):
    with opened(home, clock=clock) as store:
        yield store


def die(store, clock, id, outcome, line=""):
    seq = enqueue(store, id, max_retries=1)
    finish(store, claim_one(store), outcome, clock(), last_line=line)
    return seq


def test_without_dead_letters_there_are_no_groups(store):
    enqueue(store, "a")
    assert DeadGroups(store.database).all() == []


def test_the_same_kind_of_error_is_one_group_however_its_numbers_differ(store, clock):
    die(store, clock, "a", Failed(1), "no host 'x' in 20 ms")
    die(store, clock, "b", TimedOut(5))
    die(store, clock, "c", Failed(1), "no host 'y' in 377 ms")
    removed = die(store, clock, "d", TimedOut(9))
    store.changes.remove([removed])
    groups = DeadGroups(store.database)
    first, second = groups.all()
    assert first == DeadGroup(key="Exit code 1: no host … in # ms", jobs=2, error="Exit code 1: no host 'y' in 377 ms")
    assert (second.key, second.jobs) == ("Timeout exceeded (#s)", 1)
    assert groups.ids(first.key) == ["c", "a"]
    assert groups.ids(first.key, 1) == ["c"]
    assert groups.ids("something else") == []


def test_dead_letters_without_an_error_are_a_group_too(store):
    Restoring(store.database, store.clock).restore([SavedJob("a", spec(), state=State.DEAD)])
    groups = DeadGroups(store.database)
    assert groups.all() == [DeadGroup(key=None, jobs=1, error=None)]
    assert groups.ids(None) == ["a"]
