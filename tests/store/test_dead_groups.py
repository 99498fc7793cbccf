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
    newest = die(store, clock, "c", Failed(1), "no host 'y' in 377 ms")
    removed = die(store, clock, "d", TimedOut(9))
    store.changes.remove([removed])
    groups = DeadGroups(store.database)
    first, second = groups.all()
    assert first == DeadGroup(
        key="Exit code 1: no host … in # ms", jobs=2, newest=newest, error="Exit code 1: no host 'y' in 377 ms"
    )
    assert (second.key, second.jobs) == ("Timeout exceeded (#s)", 1)
    assert groups.ids(first.key) == ["c", "a"]
    assert groups.ids(first.key, 1) == ["c"]
    assert groups.ids("something else") == []


def test_dead_letters_without_an_error_are_a_group_too(store):
    Restoring(store.database, store.clock).restore([SavedJob("a", spec(), state=State.DEAD)])
    groups = DeadGroups(store.database)
    assert groups.all() == [DeadGroup(key=None, jobs=1, newest=1, error=None)]
    assert groups.ids(None) == ["a"]


def test_the_kind_that_came_up_last_can_come_first(store, clock):
    die(store, clock, "a", Failed(1))
    die(store, clock, "b", Failed(1))
    die(store, clock, "c", TimedOut(5))
    groups = DeadGroups(store.database)
    assert [group.jobs for group in groups.all()] == [2, 1]
    assert [group.jobs for group in groups.newest_first(9)] == [1, 2]
    assert [group.jobs for group in groups.newest_first(1)] == [1]


def test_a_dead_letter_comes_with_its_last_run(store, clock):
    seq = enqueue(store, "a", max_retries=2)
    finish(store, claim_one(store), Failed(1), clock())
    assert DeadGroups(store.database).death(seq) is None
    store.changes.run_next(seq)
    finish(store, claim_one(store), Failed(3), clock(), tail="last words")
    death = DeadGroups(store.database).death(seq)
    assert (death.job.id, death.run.run, death.run.exit_code, death.run.tail) == ("a", 2, 3, "last words")
    Restoring(store.database, store.clock).restore([SavedJob("b", spec(), state=State.DEAD)])
    assert DeadGroups(store.database).death(seq + 1).run is None
    assert DeadGroups(store.database).death(99) is None
