"""When a retry is due, whatever the clock does; and what interruptions come to."""

import pytest

from app.domain.job import State
from app.domain.lifecycle import Cause, Policy
from app.domain.outcome import Failed, Reason, Succeeded
from tests.store.jobs import claim_one, enqueue, events, finish, interrupt, new, put_into

MINUTE = 60.0


def test_the_next_due_moment_is_that_of_the_first_retry(store, clock):
    assert store.work.next_due() is None
    store.intake.enqueue([new("slow", backoff_base=100), new("quick", backoff_base=3), new("never")])
    for claim in store.work.claim(2):
        finish(store, claim, Failed(1), clock())
    assert store.work.next_due() == clock() + 3000
    store.changes.cancel(store.reads.by_id("quick").seq)
    assert store.work.next_due() == clock() + 100_000
    store.changes.remove([store.reads.by_id("slow").seq])
    assert store.work.next_due() is None


@pytest.mark.parametrize("back", [1, 3600, 30 * 365 * 86_400])
def test_a_clock_set_back_never_makes_a_retry_wait_longer_than_its_own_delay(store, clock, back):
    seq = put_into(store, State.FAILED, clock, backoff_base=7)
    clock.forward(-back)
    store.work.clock_was_set_back()
    assert store.work.next_due() == clock() + 7000
    job = store.reads.by_seq(seq)
    assert (job.state, job.retry_delay) == (State.FAILED, 7000)
    clock.forward(7)
    assert claim_one(store).job.seq == seq


def test_a_clock_that_was_not_set_back_moves_no_retry(store, clock):
    put_into(store, State.FAILED, clock, backoff_base=7)
    due = store.work.next_due()
    clock.forward(5)
    store.work.clock_was_set_back()
    assert store.work.next_due() == due


def test_a_clock_set_forward_makes_a_retry_due(store, clock):
    seq = put_into(store, State.FAILED, clock, backoff_base=7)
    clock.forward(86_400)
    assert claim_one(store).job.seq == seq


def test_a_due_retry_goes_by_its_rank_among_the_others(store, clock):
    put_into(store, State.FAILED, clock, "failed", priority=6)
    store.intake.enqueue([new("low", priority=1), new("high", priority=9)])
    clock.forward(3600)
    assert [claim.job.id for claim in store.work.claim(3)] == ["high", "failed", "low"]


def test_becoming_due_writes_no_event(store, clock):
    seq = put_into(store, State.FAILED, clock, priority=1)
    enqueue(store, "other", priority=9)
    before = events(store, seq)
    clock.forward(3600)
    assert claim_one(store).job.id == "other"
    assert events(store, seq) == before
    assert store.reads.by_seq(seq).claimable
    assert store.work.next_due() is None


def interrupted_times(store, clock, times, **more):
    """Interrupt one job so often in a row, and return its state."""
    seq = enqueue(store, "it")
    for _ in range(times):
        interrupt(store, claim_one(store), clock(), **more)
    return store.reads.by_seq(seq)


def test_three_suspect_interruptions_in_a_row_make_a_job_dead(store, clock):
    job = interrupted_times(store, clock, 3, suspect=True)
    assert (job.state, job.attempts, job.error) == (State.DEAD, 0, "Interrupted 3 times in a row")
    assert events(store, job.seq)[-1] == (3, "processing", "dead", Cause.INTERRUPTED_TOO_OFTEN)


def test_two_do_not(store, clock):
    assert interrupted_times(store, clock, 2, suspect=True).state is State.PENDING


def test_any_number_of_others_does_not(store, clock):
    assert interrupted_times(store, clock, 9, suspect=False).state is State.PENDING


def test_a_limit_of_none_means_never(store, clock):
    assert interrupted_times(store, clock, 9, suspect=True, policy=Policy(interrupted_limit=0)).state is State.PENDING


@pytest.mark.parametrize("between", ["failure", "other interruption", "success and retry"])
def test_what_comes_between_begins_the_count_anew(store, clock, between):
    seq = enqueue(store, "it", max_retries=9, backoff_base=0)
    for _ in range(2):
        interrupt(store, claim_one(store), clock(), suspect=True)
    claim = claim_one(store)
    if between == "failure":
        finish(store, claim, Failed(1), clock())
    elif between == "success and retry":
        finish(store, claim, Succeeded(), clock())
        store.changes.retry([seq])
    else:
        interrupt(store, claim, clock())
    for _ in range(2):
        interrupt(store, claim_one(store), clock(), suspect=True)
    assert store.reads.by_seq(seq).state is State.PENDING
    interrupt(store, claim_one(store), clock(), suspect=True)
    assert store.reads.by_seq(seq).state is State.DEAD


def orphan(store, *, boot="here", session_end=None):
    """Leave a claimed job behind as a dead runner does, and return (seq, what is found of it)."""
    session = store.runner.begin(1, 2.0, "2.0.0", boot, 1)
    seq = enqueue(store, "it")
    claim = claim_one(store, session)
    assert claim.job.seq == seq
    if session_end:
        store.runner.end(session, session_end)
    return seq, store.work.open_runs()


def rescued(store, runs, *, boot="here", policy=None, left=None):
    (ended,) = store.work.rescue(runs, boot, policy or Policy(), left or {})
    return ended


def test_rescue_puts_a_job_back_and_says_why(store, clock):
    seq, runs = orphan(store)
    assert [(run.seq, run.run, run.boot, run.claimed_at) for run in runs] == [(seq, 1, "here", clock())]
    clock.forward(30)
    rescued(store, runs, left={seq: "sleep 99 (PID 5)"})
    job = store.reads.by_seq(seq)
    assert (job.state, job.attempts, job.interruptions) == (State.PENDING, 0, 1)
    (run,) = store.reads.details(seq).runs
    assert (run.outcome, run.reason) == ("interrupted", f"Interrupted: {Reason.RUNNER_DIED}")
    assert (run.left_behind, run.finished_at) == ("sleep 99 (PID 5)", clock())
    assert store.work.open_runs() == []


@pytest.mark.parametrize(
    ("boot", "session_end", "seconds", "why", "suspect"),
    [
        ("here", None, 5, Reason.RUNNER_DIED, True),
        ("here", None, 10 * MINUTE - 0.001, Reason.RUNNER_DIED, True),
        ("here", None, 10 * MINUTE, Reason.RUNNER_DIED, False),
        ("here", None, -5, Reason.RUNNER_DIED, False),  # the clock was set back: nobody knows how long it ran
        ("before", None, 5, Reason.POWER_OFF, False),
        ("here", "log-off", 5, Reason.SESSION_END, False),
        ("before", "log-off", 5, Reason.SESSION_END, False),
    ],
)
def test_only_a_short_run_in_this_boot_and_session_is_suspect(store, clock, boot, session_end, seconds, why, suspect):
    seq, runs = orphan(store, boot=boot, session_end=session_end)
    clock.forward(seconds)
    rescued(store, runs)
    assert store.reads.by_seq(seq).interruptions == int(suspect)
    assert store.reads.details(seq).runs[0].reason == f"Interrupted: {why}"


def test_a_job_that_kills_its_runner_three_times_is_dead(store):
    seq, runs = orphan(store)
    for state in (State.PENDING, State.PENDING, State.DEAD):
        assert rescued(store, runs).transition.state is state
        if state is State.PENDING:
            claim_one(store, store.runner.begin(1, 2.0, "2.0.0", "here", 1))
            runs = store.work.open_runs()
    assert store.reads.by_seq(seq).error == "Interrupted 3 times in a row"


def test_a_run_without_a_session_is_rescued_too(store):
    enqueue(store, "it")
    claim_one(store)
    (run,) = store.work.open_runs()
    assert (run.boot, run.session_ended_by) == (None, None)
    assert rescued(store, [run]).transition.state is State.PENDING


def test_a_rescue_that_comes_too_late_changes_nothing(store):
    seq, runs = orphan(store)
    rescued(store, runs)
    before = store.reads.details(seq)
    assert rescued(store, runs).transition is None
    assert store.reads.details(seq) == before
