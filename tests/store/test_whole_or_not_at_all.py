"""A transaction is kept whole or not at all, whoever dies; and everybody hears of it."""

import os
from itertools import count

import pytest

from app.domain.job import OnDuplicate, State
from app.domain.outcome import Succeeded
from app.paths import Home
from app.store.doorbell import Doorbell
from app.store.errors import Busy
from app.store.runner_state import RunnerState
from tests.store.jobs import claim_one, enqueue, finish, new, open_now, opened
from tests.store.processes import KILLED, Python
from tests.wine import windows_only

posix = pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
IMPORT = """
with opened(home, kill_point=kill_at(given, 10 if given == "in_import" else 1)) as store:
    store.intake.enqueue(new() for _ in range(10_000))
"""


def test_an_exception_in_the_middle_of_an_import_leaves_nothing(home, clock):
    class Stop(Exception):
        pass

    chunks = count(1)

    def kill_point(name):
        if name == "in_import" and next(chunks) == 10:
            raise Stop

    with opened(home, clock=clock, kill_point=kill_point) as store:
        rang = store.doorbell.rang_at()
        with pytest.raises(Stop):
            store.intake.enqueue(new() for _ in range(10_000))
        assert store.reads.count() == 0
        assert store.reads.last_event() == 0
        assert store.doorbell.rang_at() == rang
        assert enqueue(store, None) == 1


def test_an_unreadable_source_is_no_damaged_database(home):
    def lines():
        yield new()
        b"\xff".decode()

    with opened(home) as store:
        with pytest.raises(UnicodeDecodeError):
            store.intake.enqueue(lines())
        assert store.reads.count() == 0


@posix
def test_kill_9_in_the_middle_of_an_import_leaves_nothing(home):
    open_now(home)
    assert Python(home, IMPORT, "in_import").end()[0] == KILLED
    with opened(home) as store:
        assert store.reads.count() == 0
        assert store.reads.last_event() == 0
        assert store.database.run("PRAGMA integrity_check") == [("ok",)]
        assert enqueue(store, None) == 1


@posix
def test_kill_9_between_commit_and_ring_leaves_everything(home):
    open_now(home)
    assert Python(home, IMPORT, "after_commit_before_ring").end()[0] == KILLED
    with opened(home) as store:
        assert store.reads.counts()[State.PENDING] == 10_000
        assert enqueue(store, None) == 10_001


@posix
@pytest.mark.parametrize("state", ["claimed", "finished"])
def test_kill_9_after_a_claim_or_an_end_keeps_it(home, clock, state):
    with opened(home, clock=clock) as store:
        enqueue(store, "a")
    piece = """
from app.domain.outcome import Succeeded
with opened(home) as store:
    claim = claim_one(store)
    if given == "finished":
        finish(store, claim, Succeeded(), 5)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert Python(home, piece, state).end()[0] == KILLED
    with opened(home, clock=clock) as store:
        job = store.reads.by_id("a")
        assert (job.state.value, job.run) == ("processing" if state == "claimed" else "completed", 1)
        assert len(store.work.open_runs()) == (state == "claimed")


def rings(store, do):
    before = store.doorbell.rang_at()
    do()
    return store.doorbell.rang_at() != before


CHANGES = {
    "enqueue": lambda store: enqueue(store, "new"),
    "claim": lambda store: store.work.claim(1),
    "cancel": lambda store: store.changes.cancel(1),
    "edit": lambda store: store.changes.edit(1, lambda spec: spec),
    "run next": lambda store: store.changes.run_next(1),
    "remove": lambda store: store.changes.remove([1]),
    "clear": lambda store: store.changes.remove_all(),
    "pause": lambda store: store.changes.set_paused(True),
    "option": lambda store: store.options.set("workers", "3"),
    "runner": lambda store: store.runner.say(RunnerState.RUNNING, 2),
}
NOTHING = {
    "skipped": lambda store: store.intake.enqueue([new("a")], OnDuplicate.SKIP),
    "no jobs": lambda store: store.intake.enqueue([]),
    "lost end": lambda store: store.work.finish([], None),
    "resume": lambda store: store.changes.set_paused(False),
    "retry all": lambda store: store.changes.retry_all_dead(),
    "cancel all": lambda store: store.changes.cancel_all_running(),
    "undo": lambda store: store.changes.undo(),
    "purge": lambda store: store.changes.purge(),
    "remove none": lambda store: store.changes.remove([]),
    "clock": lambda store: store.work.clock_was_set_back(),
    "reads": lambda store: [store.reads.counts(), store.reads.page(), store.reads.details(1), store.work.next_due()],
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_doorbell_rings_when_something_changed(home, what):
    with opened(home) as store:
        enqueue(store, "a")
        assert rings(store, lambda: CHANGES[what](store))


@pytest.mark.parametrize("what", NOTHING)
def test_the_doorbell_does_not_ring_when_nothing_changed(home, what):
    with opened(home) as store:
        enqueue(store, "a")
        assert not rings(store, lambda: NOTHING[what](store))


def test_the_doorbell_does_not_ring_for_an_empty_queue(home):
    with opened(home) as store:
        assert not rings(store, lambda: store.work.claim(4))
        assert not rings(store, store.changes.remove_all)


def test_the_doorbell_rings_once_for_a_change(home):
    with opened(home) as store:
        rung = []
        store.database._rang = lambda: rung.append(1)
        store.intake.enqueue(new() for _ in range(1200))
        assert rung == [1]


def test_the_doorbell_does_not_ring_for_what_was_refused(home):
    with opened(home) as store:
        enqueue(store, "a")

        def refused():
            with pytest.raises(Exception, match="exists already"):
                store.intake.enqueue([new("b"), new("a")])

        assert not rings(store, refused)


def test_two_rings_right_after_each_other_are_two(home):
    home.make()
    bell = Doorbell(home.ring)
    bell.hang()
    times = []
    for _ in range(200):
        bell.ring()
        times.append(bell.rang_at())
    assert sorted(set(times)) == times


@windows_only
def test_no_two_rings_fall_into_one_millisecond_whoever_made_them(home):
    """In such milliseconds Qt's watcher compares times there."""
    home.make()
    bells = Doorbell(home.ring), Doorbell(home.ring)
    bells[0].hang()
    times = []
    for number in range(200):
        bells[number % 2].ring()
        times.append(bells[0].rang_at() // 1_000_000)
    assert sorted(set(times)) == times


def test_the_ring_is_never_replaced(home):
    with opened(home) as store:
        before = home.ring.stat().st_ino
        enqueue(store, "a")
        open_now(home)
        assert home.ring.stat().st_ino == before


def test_a_lost_ring_is_hung_again_and_a_lost_bell_stops_no_one(home):
    with opened(home) as store:
        home.ring.unlink()
        enqueue(store, "a")
        assert home.ring.exists()
        home.ring.unlink()
        home.bell.rmdir()
        enqueue(store, "b")
        assert store.reads.count() == 2
        assert store.doorbell.rang_at() == 0


def test_data_version_differs_after_the_commit_of_another_connection_only(home):
    with opened(home) as one, opened(Home(home.root)) as two:
        seen = one.database.data_version()
        enqueue(one, "a")
        assert one.database.data_version() == seen, "an own change is no news"
        enqueue(two, "b")
        assert one.database.data_version() != seen


def test_a_database_that_somebody_does_not_let_go_of_is_busy_in_words(home):
    with opened(home) as one, opened(Home(home.root), patience=0.05) as two:
        with one.database.writing():
            with pytest.raises(Busy, match=r"Another process holds the queue .* and does not let go") as caught:
                enqueue(two, "a")
            assert str(caught.value.remedy) == "Nothing was changed. Wait a moment and call again."
            assert two.reads.count() == 0, "reading goes on"
        assert enqueue(two, "a") == 1


def test_a_reader_that_is_not_done_stops_no_writer(home, clock):
    with opened(home, clock=clock) as one, opened(Home(home.root), clock=clock) as two:
        enqueue(one, "a")
        with two.database.reading():
            assert two.reads.by_id("a").state is State.PENDING
            finish(one, claim_one(one), Succeeded(), clock())
            assert two.reads.by_id("a").state is State.PENDING, "it sees one moment"
        assert two.reads.by_id("a").state is State.COMPLETED
