"""What a person does to jobs that exist, in each state they can be in."""

import msgspec
import pytest

from app.domain.errors import JobNotFound, WrongState
from app.domain.job import WAITING, State
from app.domain.lifecycle import ALLOWED, Policy, Verb
from app.domain.outcome import Failed, Interrupted, Reason
from tests.store.jobs import all_jobs, claim_one, enqueue, events, finish, new, order_of_claims, put_into


def cheaper(spec):
    return msgspec.structs.replace(spec, priority=1, command="echo edited")


DO = {
    Verb.EDIT: lambda store, seq: store.changes.edit(seq, cheaper),
    Verb.CANCEL: lambda store, seq: store.changes.cancel(seq),
    Verb.RETRY: lambda store, seq: store.changes.retry([seq]),
    Verb.RUN_NEXT: lambda store, seq: store.changes.run_next(seq),
    Verb.REMOVE: lambda store, seq: store.changes.remove([seq]),
}
CASES = [(verb, state) for verb in Verb for state in State]
ALLOWED_CASES = [(verb, state) for verb, state in CASES if state in ALLOWED[verb]]
REFUSED_CASES = [(verb, state) for verb, state in CASES if state not in ALLOWED[verb]]


def test_every_verb_is_tried():
    assert set(DO) == set(Verb)


@pytest.mark.parametrize(("verb", "state"), REFUSED_CASES)
def test_a_verb_refuses_a_state_that_it_does_not_touch_and_changes_nothing(store, clock, verb, state):
    seq = put_into(store, state, clock)
    before = store.reads.details(seq)
    with pytest.raises(WrongState, match=f"Job 'it' is {state}; {verb} is for jobs that are "):
        DO[verb](store, seq)
    assert store.reads.details(seq) == before


@pytest.mark.parametrize(("verb", "state"), ALLOWED_CASES)
def test_a_verb_touches_the_states_that_it_is_for(store, clock, verb, state):
    seq = put_into(store, state, clock)
    DO[verb](store, seq)
    if verb is Verb.REMOVE:
        with pytest.raises(JobNotFound):
            store.reads.by_seq(seq)


@pytest.mark.parametrize("verb", Verb)
def test_a_verb_finds_no_job_that_is_not_there_or_removed(store, verb):
    with pytest.raises(JobNotFound, match="Job '77' not found"):
        DO[verb](store, 77)
    seq = enqueue(store, "gone")
    store.changes.remove([seq])
    with pytest.raises(JobNotFound):
        DO[verb](store, seq)


@pytest.mark.parametrize("state", sorted(ALLOWED[Verb.EDIT]))
def test_an_edit_changes_the_spec_and_nothing_else(store, clock, state):
    seq = put_into(store, state, clock)
    enqueue(store, "another")
    before = store.reads.by_seq(seq)
    clock.forward(9)
    DO[Verb.EDIT](store, seq)
    assert store.reads.by_seq(seq) == msgspec.structs.replace(before, spec=cheaper(before.spec), updated_at=clock())


def test_an_edited_priority_moves_a_job_and_keeps_what_it_waited(store):
    enqueue(store, "a", priority=9)
    enqueue(store, "b", priority=5)
    store.changes.edit(1, cheaper)
    assert store.reads.by_seq(1).effective == 2
    assert order_of_claims(store) == ["b", "a"]


def test_an_edited_dead_job_runs_with_its_new_priority_when_it_is_retried(store, clock):
    seq = put_into(store, State.DEAD, clock)
    store.changes.edit(seq, cheaper)
    enqueue(store, "other", priority=3)
    store.changes.retry([seq])
    assert store.reads.by_seq(seq).effective == 1
    assert order_of_claims(store) == ["other", "it"]


def test_an_edit_that_fails_changes_nothing(store):
    seq = enqueue(store, "a")
    before = store.reads.by_seq(seq)

    def refuse(spec):
        raise ValueError(spec)

    with pytest.raises(ValueError, match="echo hi"):
        store.changes.edit(seq, refuse)
    assert store.reads.by_seq(seq) == before


@pytest.mark.parametrize("state", sorted(WAITING))
def test_a_waiting_job_is_cancelled_at_once_and_its_waiting_stands_still(store, clock, state):
    seq = put_into(store, state, clock)
    enqueue(store, "b")
    clock.forward(5)
    assert store.changes.cancel(seq) is True
    enqueue(store, "c")
    job = store.reads.by_seq(seq)
    assert (job.state, job.waited, job.updated_at, job.next_retry_at) == (State.CANCELLED, 1, clock(), None)
    assert events(store, seq)[-1] == (job.run, state.value, "cancelled", "cancelled")
    clock.forward(3600)
    assert order_of_claims(store) == ["b", "c"]


def test_a_cancelled_job_that_never_ran_has_ended_when_it_was_cancelled_and_took_no_time(store, clock):
    seq = put_into(store, State.PENDING, clock)
    clock.forward(5)
    store.changes.cancel(seq)
    job = store.reads.by_seq(seq)
    assert (job.started_at, job.finished_at, job.duration) == (None, clock(), None)


def test_a_cancelled_job_that_waited_for_a_retry_keeps_the_end_of_its_run(store, clock):
    seq = put_into(store, State.FAILED, clock)
    before = store.reads.by_seq(seq)
    clock.forward(500)
    store.changes.cancel(seq)
    job = store.reads.by_seq(seq)
    assert (job.started_at, job.finished_at) == (before.started_at, before.finished_at)
    assert job.duration == before.duration is not None


def test_a_running_job_is_asked_for_and_its_end_is_cancelled_whatever_it_is(store, clock):
    seq = put_into(store, State.PROCESSING, clock)
    assert store.changes.cancel(seq) is False
    assert store.changes.cancel(seq) is False
    job = store.reads.by_seq(seq)
    assert (job.state, job.cancel_requested) == (State.PROCESSING, True)
    (run,) = store.work.open_runs()
    store.work.rescue([run], "boot", Policy(), {})
    job = store.reads.by_seq(seq)
    assert (job.state, job.cancel_requested) == (State.CANCELLED, False)


def test_cancelling_all_that_runs_names_them(store):
    enqueue(store, "a", "b", "c")
    store.work.claim(2)
    assert sorted(store.changes.cancel_all_running()) == [1, 2]
    assert [job.cancel_requested for job in all_jobs(store)] == [True, True, False]
    assert store.reads.by_seq(3).state is State.PENDING


@pytest.mark.parametrize("state", sorted(ALLOWED[Verb.RETRY]))
def test_a_retried_job_is_as_good_as_new_but_for_its_runs(store, clock, state):
    seq = put_into(store, state, clock)
    runs = store.reads.by_seq(seq).run
    enqueue(store, "other", priority=1)
    clock.forward(1)
    store.changes.retry([seq])
    job = store.reads.by_seq(seq)
    assert (job.state, job.attempts, job.waited, job.run) == (State.PENDING, 0, 0, runs)
    assert (job.error, job.error_key, job.exit_code, job.finished_at, job.interruptions) == (None, None, None, None, 0)
    assert events(store, seq)[-1] == (runs, state.value, "pending", "retried")
    assert claim_one(store).run == runs + 1


def test_retrying_several_is_all_or_none(store, clock):
    dead = put_into(store, State.DEAD, clock, "dead")
    enqueue(store, "pending")
    with pytest.raises(WrongState):
        store.changes.retry([dead, 2])
    assert store.reads.by_seq(dead).state is State.DEAD


def test_all_dead_letters_are_retried_at_once_or_those_of_one_error(store, clock):
    for id, code in (("a", 1), ("b", 2), ("c", 1)):
        enqueue(store, id, max_retries=1)
        finish(store, claim_one(store), Failed(code), clock())
    cancelled = put_into(store, State.CANCELLED, clock, "d")
    key = store.reads.by_id("a").error_key
    assert store.changes.retry_all_dead(key) == 2
    assert {job.id: job.state.value for job in all_jobs(store)} == {
        "a": "pending",
        "b": "dead",
        "c": "pending",
        "d": "cancelled",
    }
    assert store.changes.retry_all_dead() == 1
    assert store.changes.retry_all_dead() == 0
    assert store.reads.by_seq(cancelled).state is State.CANCELLED
    assert events(store, 2)[-1] == (1, "dead", "pending", "retried")


def test_run_next_makes_a_retry_due_at_once(store, clock):
    seq = put_into(store, State.FAILED, clock)
    store.changes.run_next(seq)
    assert store.reads.by_seq(seq).state is State.FAILED
    assert store.work.next_due() is None
    assert claim_one(store).job.seq == seq


def test_run_next_keeps_what_a_job_waited(store):
    seq = enqueue(store, "a")
    enqueue(store, "b")
    store.changes.run_next(seq)
    assert store.reads.by_seq(seq).waited == 1


def test_a_failed_job_that_was_put_first_ages_and_can_be_edited_and_cancelled(store, clock):
    seq = put_into(store, State.FAILED, clock)
    store.changes.run_next(seq)
    enqueue(store, "b")
    store.changes.edit(seq, cheaper)
    assert store.reads.by_seq(seq).effective == 2
    assert store.changes.cancel(seq) is True


def test_the_same_job_can_be_put_first_twice(store):
    store.intake.enqueue([new("a"), new("b"), new("c")])
    for seq in (1, 2, 1):
        store.changes.run_next(seq)
    assert order_of_claims(store) == ["a", "b", "c"]


def test_pausing_twice_is_pausing_once(store):
    store.changes.set_paused(True)
    store.changes.set_paused(True)
    assert store.reads.is_paused()
    store.changes.set_paused(False)
    assert not store.reads.is_paused()


def test_a_cancel_that_comes_after_an_interruption_is_a_plain_cancel(store, clock):
    seq = put_into(store, State.PROCESSING, clock)
    (run,) = store.work.open_runs()
    assert run.seq == seq
    store.work.rescue([run], "boot", Policy(), {})
    assert store.changes.cancel(seq) is True


def test_a_running_job_that_was_asked_to_end_is_cancelled_when_the_runner_quits(store, clock):
    seq = enqueue(store, "a")
    claim = claim_one(store)
    store.changes.cancel(seq)
    finish(store, claim, Interrupted(Reason.QUIT), clock())
    assert store.reads.by_seq(seq).state is State.CANCELLED
