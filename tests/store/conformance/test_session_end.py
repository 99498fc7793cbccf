"""The end of the person's session, recorded before it comes: a runner that is killed then was not its job's victim."""

import pytest

from app.domain.job import State
from app.domain.lifecycle import Policy
from app.domain.outcome import Reason
from app.store.runner_state import RunnerState
from tests.store.jobs import claim_one, enqueue

BOOT = "here"


def begin(store):
    return store.runner.begin(1, 2.0, "2.0.0", BOOT, 1)


def rescued(store, seq):
    """What is said of the run of a runner that was killed, and whether its job is suspected."""
    store.work.rescue(store.work.open_runs(), BOOT, Policy(), {})
    job = store.reads.by_seq(seq)
    assert job.state is State.PENDING
    return store.reads.details(seq).runs[-1].reason, bool(job.interruptions)


def test_a_runner_that_is_killed_in_a_log_off_was_not_brought_down_by_its_job(store, clock):
    seq = enqueue(store, "it")
    claim_one(store, begin(store))
    clock.forward(5)
    store.runner.session_ends("log-off")
    clock.forward(3)
    assert rescued(store, seq) == (f"Interrupted: {Reason.SESSION_END}", False)


@pytest.mark.parametrize(("seconds", "excused"), [(0, True), (120, True), (120.001, False), (3600, False)])
def test_a_runner_works_on_in_a_log_off_and_much_later_only_where_that_was_called_off(store, clock, seconds, excused):
    session = begin(store)
    store.runner.session_ends("log-off")
    clock.forward(seconds)
    seq = enqueue(store, "it")
    claim_one(store, session)
    clock.forward(5)
    why = Reason.SESSION_END if excused else Reason.RUNNER_DIED
    assert rescued(store, seq) == (f"Interrupted: {why}", not excused)


def test_the_last_log_off_counts(store, clock):
    session = begin(store)
    store.runner.session_ends("log-off")
    clock.forward(3600)
    seq = enqueue(store, "it")
    claim_one(store, session)
    store.runner.session_ends("log-off")
    assert rescued(store, seq) == (f"Interrupted: {Reason.SESSION_END}", False)


def test_a_log_off_says_nothing_of_the_next_runner(store, clock):
    begin(store)
    store.runner.session_ends("log-off")
    seq = enqueue(store, "it")
    claim_one(store, begin(store))
    clock.forward(5)
    assert rescued(store, seq) == (f"Interrupted: {Reason.RUNNER_DIED}", True)


def test_a_runner_that_goes_on_goes_on_and_says_good_bye_as_ever(store, clock):
    session = begin(store)
    store.runner.say(RunnerState.RUNNING, 3)
    before = store.runner.row()
    store.runner.session_ends("log-off")
    assert store.runner.row() == before
    clock.forward(3600)
    store.runner.end(session, None)
    assert ends(store) == [(clock(), "stopped")]


def test_a_runner_that_said_good_bye_did_not_end_by_the_log_off(store, clock):
    session = begin(store)
    store.runner.end(session, None)
    ended = clock()
    clock.forward(60)
    store.runner.session_ends("log-off")
    assert ends(store) == [(ended, "stopped")]


def test_without_any_runner_a_log_off_is_nothing(store):
    store.runner.session_ends("log-off")
    assert ends(store) == []


def ends(store):
    return store.database.run("SELECT ended, ended_by FROM session ORDER BY session")
