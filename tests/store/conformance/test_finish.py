"""The one end of a run, and what becomes of its job."""

from itertools import product

import pytest

from app.domain.job import OnInterrupt, State
from app.domain.lifecycle import Cause, Policy, decide
from app.domain.outcome import (
    Cancelled,
    Crashed,
    Failed,
    Interrupted,
    NotStarted,
    Reason,
    Succeeded,
    TimedOut,
    error_key,
    exit_code,
    reason,
    word,
)
from app.store.work import End, Started
from tests.store.jobs import claim_one, end, enqueue, events, finish, interrupt

OUTCOMES = [
    Succeeded(),
    Succeeded(3),
    Failed(7),
    Failed(-1073741510),
    TimedOut(20),
    Crashed(9),
    NotStarted("no such folder"),
    Cancelled(),
    Interrupted(Reason.QUIT),
    Interrupted(Reason.DISK_FULL),
    Interrupted(Reason.RUNNER_DIED, suspect=True),
]


@pytest.mark.parametrize("outcome", OUTCOMES, ids=str)
def test_each_decision_is_stored_as_it_was_decided(store, clock, outcome):
    policy = Policy(backoff_max=1.5, backoff_jitter=0.5, chance=0.5, interrupted_limit=1)
    for retries, on_interrupt, asked in product((0, 1, 3), OnInterrupt, (False, True)):
        seq = enqueue(store, max_retries=retries, on_interrupt=on_interrupt)
        store.changes.run_next(seq)
        claim = claim_one(store)
        if asked:
            store.changes.cancel(seq)
        before = store.reads.by_seq(seq)
        at = clock.forward(2)
        clock.forward(1)  # an end may be written later than it happened
        decided = decide(before, outcome, policy, at, "last words")
        stored = finish(
            store,
            claim,
            outcome,
            at,
            policy,
            started=Started(seq=seq, run=1, pid=55, pid_created=1.25, at=at - 500),
            left_behind="sleep",
            output_bytes=12,
            tail="…last words\n",
            last_line="last words",
        )
        assert stored == decided
        check_job(store.reads.by_seq(seq), decided, outcome, at)
        check_run(store.reads.details(seq).runs, outcome, at)
        assert events(store, seq)[-1] == (1, "processing", decided.state.value, decided.cause)


def check_job(job, decided, outcome, at):
    assert (job.state, job.attempts, job.interruptions) == (decided.state, decided.attempts, decided.interruptions)
    assert (job.next_retry_at, job.retry_delay) == (decided.next_retry_at, decided.retry_delay)
    assert job.error == decided.error
    assert job.error_key == (None if decided.error is None else error_key(decided.error))
    assert (job.finished_at, job.updated_at, job.started_at) == (at, at, at - 500)
    assert job.exit_code == exit_code(outcome)
    assert not job.cancel_requested
    assert not job.seen
    assert job.duration == 0.5


def check_run(runs, outcome, at):
    (run,) = runs
    assert (run.outcome, run.exit_code) == (word(outcome), exit_code(outcome))
    assert run.reason == reason(outcome, "last words")
    assert (run.pid, run.pid_created, run.started_at, run.finished_at) == (55, 1.25, at - 500, at)
    assert (run.left_behind, run.output_bytes, run.tail) == ("sleep", 12, "…last words\n")


def whole(store):
    return [store.reads.details(job.seq) for job in store.reads.page(length=100)]


def test_an_end_of_an_old_run_changes_nothing(store, clock):
    enqueue(store, "a", backoff_base=0)
    first = claim_one(store)
    finish(store, first, Failed(1), clock())
    second = claim_one(store)
    assert second.run == 2
    before = whole(store)
    assert finish(store, first, Succeeded(), clock.forward(1)) is None
    assert whole(store) == before
    assert finish(store, second, Succeeded(), clock()).state is State.COMPLETED


def test_an_end_that_comes_twice_counts_once(store, clock):
    enqueue(store, "a")
    claim = claim_one(store)
    first, second = store.work.finish([end(claim, Failed(1), clock())] * 2, Policy())
    assert (first.transition.attempts, second.transition) == (1, None)
    before = whole(store)
    assert finish(store, claim, Failed(1), clock.forward(1)) is None
    assert whole(store) == before


@pytest.mark.parametrize(("seq", "run"), [(1, 0), (1, 2), (2, 1), (99, 1)])
def test_an_end_of_no_run_is_a_value(store, clock, seq, run):
    enqueue(store, "a", "b")
    claim_one(store)
    before = whole(store)
    (ended,) = store.work.finish([End(seq=seq, run=run, outcome=Succeeded(), at=clock())], Policy())
    assert ended.transition is None
    assert whole(store) == before


def test_a_failed_end_in_a_group_does_not_hold_up_the_others(store, clock):
    enqueue(store, "a", "b")
    one, two = store.work.claim(2)
    lost = End(seq=1, run=9, outcome=Succeeded(), at=clock())
    results = store.work.finish([end(one, Succeeded(), clock()), lost, end(two, Failed(1), clock())], Policy())
    assert [each.transition and each.transition.state for each in results] == [State.COMPLETED, None, State.FAILED]


def test_a_failed_job_waits_its_delay_and_is_then_claimed(store, clock):
    seq = enqueue(store, "a", backoff_base=2)
    finish(store, claim_one(store), Failed(1), clock())
    job = store.reads.by_seq(seq)
    assert (job.state, job.retry_delay, job.next_retry_at) == (State.FAILED, 2000, clock() + 2000)
    assert store.work.next_due() == clock() + 2000
    clock.forward(1.999)
    assert store.work.claim(1) == []
    clock.forward(0.001)
    assert claim_one(store).run == 2
    assert store.work.next_due() is None
    assert events(store, seq)[-1] == (2, "failed", "processing", "claimed")


def test_the_last_try_makes_it_dead(store, clock):
    seq = enqueue(store, "a", max_retries=3, backoff_base=0)
    for number in (1, 2, 3):
        finish(store, claim_one(store), Failed(number), clock(), last_line="oh no")
    job = store.reads.by_seq(seq)
    assert (job.state, job.attempts, job.run) == (State.DEAD, 3, 3)
    assert job.error == "Exit code 3: oh no"
    assert events(store, seq)[-1] == (3, "processing", "dead", Cause.TRIES_USED_UP)
    assert store.work.claim(1) == []


def test_a_success_after_failures_keeps_what_was_counted(store, clock):
    seq = enqueue(store, "a", backoff_base=0)
    finish(store, claim_one(store), Failed(1), clock())
    finish(store, claim_one(store), Succeeded(), clock())
    job = store.reads.by_seq(seq)
    assert (job.state, job.attempts, job.run, job.error, job.exit_code) == (State.COMPLETED, 1, 2, None, 0)


def test_running_does_not_age_and_waiting_goes_on_where_it_was(store, clock):
    seq = enqueue(store, "a", backoff_base=0)
    enqueue(store, "b")  # a has waited 1
    claim = claim_one(store)
    assert claim.job.id == "a"
    enqueue(store, "c", "d")
    assert store.reads.by_seq(seq).waited == 1
    finish(store, claim, Failed(1), clock())
    assert store.reads.by_seq(seq).waited == 1
    enqueue(store, "e")
    assert store.reads.by_seq(seq).waited == 2


def test_an_interruption_uses_up_no_attempt_and_puts_the_job_back(store, clock):
    seq = enqueue(store, "a")
    interrupt(store, claim_one(store), clock())
    job = store.reads.by_seq(seq)
    assert (job.state, job.attempts, job.run, job.interruptions) == (State.PENDING, 0, 1, 0)
    assert claim_one(store).run == 2


def test_an_interruption_keeps_the_error_of_the_failure_before(store, clock):
    seq = enqueue(store, "a", backoff_base=0)
    finish(store, claim_one(store), Failed(4), clock())
    interrupt(store, claim_one(store), clock())
    job = store.reads.by_seq(seq)
    assert (job.error, job.attempts) == ("Exit code 4", 1)
