import itertools

import pytest
from msgspec import structs

from app.domain.job import Job, JobSpec, OnInterrupt, State
from app.domain.lifecycle import ALLOWED, Cause, Policy, Transition, Verb, decide
from app.domain.outcome import (
    Cancelled,
    Crashed,
    Failed,
    Interrupted,
    NotStarted,
    Reason,
    Succeeded,
    TimedOut,
)

NOW = 1_700_000_000_000
POLICY = Policy()
FAILURES = [Failed(1), TimedOut(20.0), Crashed(11), NotStarted("no such program")]
OUTCOMES = [Succeeded(), *FAILURES, Cancelled(), Interrupted(Reason.QUIT)]

P, R, C, F, D, X = State.PENDING, State.PROCESSING, State.COMPLETED, State.FAILED, State.DEAD, State.CANCELLED


def job(**changes):
    spec_changes = {
        name: changes.pop(name) for name in ("max_retries", "backoff_base", "on_interrupt") if name in changes
    }
    spec = JobSpec(command="echo hi", cwd="/", timeout=20.0, max_retries=3, backoff_base=2.0, priority=5)
    base = Job(
        seq=1,
        id="job1",
        spec=structs.replace(spec, **spec_changes),
        state=State.PROCESSING,
        attempts=0,
        run=1,
        waited=0,
        interruptions=0,
        expedited=False,
        claimable=False,
        cancel_requested=False,
        error=None,
        error_key=None,
        seen=False,
        created_at=NOW - 9,
        updated_at=NOW - 5,
        started_at=NOW - 5,
        finished_at=None,
        next_retry_at=None,
        retry_delay=None,
        exit_code=None,
    )
    return structs.replace(base, **changes)


def end(outcome, *, policy=POLICY, last_line="", **changes):
    return decide(job(**changes), outcome, policy, NOW, last_line)


def ids(value):
    return str(value) if isinstance(value, State) else type(value).__name__


# What a run's end makes of a job, by the state the job is in; a state without a run has no end.
AFTER = {
    R: {Succeeded: C, Failed: F, TimedOut: F, Crashed: F, NotStarted: F, Cancelled: X, Interrupted: P},
}


@pytest.mark.parametrize(("state", "outcome"), list(itertools.product(State, OUTCOMES)), ids=ids)
def test_every_state_and_outcome(state, outcome):
    if state not in AFTER:
        with pytest.raises(ValueError, match="no run of it can end"):
            end(outcome, state=state)
    else:
        assert end(outcome, state=state).state is AFTER[state][type(outcome)]


def test_every_kind_of_outcome_is_in_the_table():
    assert {type(outcome) for outcome in OUTCOMES} == set(AFTER[R])


MAY = {
    #             pending processing completed failed dead cancelled
    Verb.EDIT: (True, False, False, True, True, True),
    Verb.CANCEL: (True, True, False, True, False, False),
    Verb.RETRY: (False, False, True, False, True, True),
    Verb.RUN_NEXT: (True, False, False, True, False, False),
    Verb.REMOVE: (True, False, True, True, True, True),
}


@pytest.mark.parametrize(("verb", "state"), list(itertools.product(Verb, (P, R, C, F, D, X))), ids=str)
def test_every_verb_and_state(verb, state):
    assert (state in ALLOWED[verb]) is MAY[verb][(P, R, C, F, D, X).index(state)]


def test_a_success_keeps_the_count_of_failures_and_forgets_the_error():
    assert end(Succeeded(), attempts=2, interruptions=1, error="Exit code 1") == Transition(
        C, Cause.SUCCEEDED, attempts=2, interruptions=0, error=None
    )


@pytest.mark.parametrize("outcome", FAILURES, ids=ids)
@pytest.mark.parametrize("max_retries", [0, 1])
def test_none_and_one_both_mean_one_run(outcome, max_retries):
    transition = end(outcome, max_retries=max_retries)

    assert (transition.state, transition.cause, transition.attempts) == (D, Cause.TRIES_USED_UP, 1)
    assert transition.next_retry_at is None
    assert transition.retry_delay is None


@pytest.mark.parametrize("outcome", FAILURES, ids=ids)
def test_three_means_two_waits_and_the_third_failure_is_dead_at_once(outcome):
    ends = [end(outcome, attempts=failures) for failures in range(3)]

    assert [each.state for each in ends] == [F, F, D]
    assert [each.attempts for each in ends] == [1, 2, 3]
    assert [each.retry_delay for each in ends] == [2_000, 4_000, None]
    assert [each.next_retry_at for each in ends] == [NOW + 2_000, NOW + 4_000, None]


def test_a_job_beyond_its_limit_is_dead_not_endless():
    # a person may lower the limit of a job that failed already
    assert end(Failed(1), attempts=7, max_retries=3).state is D


def test_the_wait_obeys_the_options_and_chance():
    policy = Policy(backoff_max=10.0, backoff_jitter=0.5, chance=0.5)

    assert end(Failed(1), attempts=1, max_retries=99, policy=policy).retry_delay == 3_000
    assert end(Failed(1), attempts=50, max_retries=99, policy=policy).retry_delay == 7_500


def test_the_base_ten_of_1_0_does_not_overflow_at_the_thirteenth_failure():
    assert end(Failed(1), attempts=12, max_retries=1_000, backoff_base=10.0).retry_delay == 3_600_000


def test_the_error_tells_the_last_line_of_the_output():
    assert end(Failed(2), last_line="no such file").error == "Exit code 2: no such file"
    assert end(Failed(2), attempts=2, last_line="no such file").error == "Exit code 2: no such file"
    assert end(TimedOut(0.5)).error == "Timeout exceeded (0.5s)"


@pytest.mark.parametrize("outcome", [*FAILURES, Cancelled(), Interrupted(Reason.RUNNER_DIED, suspect=True)], ids=ids)
def test_a_cancel_that_was_asked_for_wins_over_any_end_but_a_success(outcome):
    transition = end(outcome, attempts=2, cancel_requested=True)

    assert (transition.state, transition.cause, transition.attempts) == (X, Cause.CANCELLED, 2)
    assert transition.next_retry_at is None


def test_a_success_stays_one_though_a_cancel_was_asked_for():
    assert end(Succeeded(), cancel_requested=True).state is C


def test_an_interruption_uses_up_no_attempt_and_keeps_the_error():
    assert end(Interrupted(Reason.QUIT), attempts=2, error="Exit code 1") == Transition(
        P, Cause.INTERRUPTED, attempts=2, interruptions=0, error="Exit code 1"
    )


def test_an_interrupted_job_goes_to_the_dead_letters_where_it_asks_for_that():
    transition = end(Interrupted(Reason.SESSION_END), attempts=1, on_interrupt=OnInterrupt.DEAD)

    assert (transition.state, transition.cause, transition.attempts) == (D, Cause.INTERRUPTED, 1)
    assert transition.error == "Interrupted: the session ended"


def in_a_row(*suspects, limit=3):
    """The states after one interruption after another."""
    states, count = [], 0
    for suspect in suspects:
        outcome = Interrupted(Reason.RUNNER_DIED, suspect=suspect)
        transition = end(outcome, interruptions=count, policy=Policy(interrupted_limit=limit))
        states.append(transition.state)
        count = transition.interruptions
    return states


def test_the_third_suspicious_interruption_in_a_row_is_dead():
    assert in_a_row(True, True, True) == [P, P, D]
    transition = end(Interrupted(Reason.RUNNER_DIED, suspect=True), interruptions=2)
    assert (transition.cause, transition.error) == (Cause.INTERRUPTED_TOO_OFTEN, "Interrupted 3 times in a row")


def test_an_innocent_interruption_breaks_the_row():
    assert in_a_row(True, True, False, True, True, True) == [P, P, P, P, P, D]


def test_a_failure_breaks_the_row():
    assert end(Failed(1), interruptions=2).interruptions == 0


def test_innocent_interruptions_never_make_a_job_dead():
    assert in_a_row(*[False] * 10) == [P] * 10


def test_an_interrupted_limit_of_zero_means_never():
    assert in_a_row(*[True] * 10, limit=0) == [P] * 10
