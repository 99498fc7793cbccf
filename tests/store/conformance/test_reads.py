"""Looking at the queue."""

from itertools import islice

import pytest

from app.domain.errors import JobNotFound
from app.domain.job import State
from app.domain.outcome import Failed, Succeeded
from app.domain.waiting import explain
from app.store.job_queries import Order
from app.store.runner_state import RunnerState
from app.store.views import Filter
from tests.store.jobs import all_jobs, claim_one, enqueue, finish, new, put_into


def ids(jobs):
    return [job.id for job in jobs]


@pytest.fixture
def varied(store, clock):
    """One job in each state, and two pending ones."""
    for state in (State.DEAD, State.COMPLETED, State.CANCELLED, State.FAILED):
        put_into(store, state, clock, state.value, command=f"run {state.value}")
        clock.forward(0.1)
    enqueue(store, "processing", priority=10)
    claim_one(store)
    enqueue(store, "first", priority=2)
    enqueue(store, "100%_done", priority=8, argv=("tool", "needle"))
    return store


def test_a_page_shows_what_its_filter_names(varied):
    def shown(**filter):
        return ids(varied.reads.page(Filter(**filter), Order.OLDEST))

    assert len(shown()) == 7
    assert shown(states=frozenset({State.PENDING})) == ["first", "100%_done"]
    assert shown(states=frozenset({State.DEAD, State.FAILED})) == ["dead", "failed"]
    assert shown(text="RUN d") == ["dead"]
    assert shown(text="needle") == ["100%_done"]
    assert shown(text="%_") == ["100%_done"], "signs of LIKE mean themselves"
    assert shown(text="exit code 1") == ["dead", "failed"]
    assert shown(text="nowhere") == []
    assert shown(error_key="Exit code 1") == ["dead", "failed"]
    assert shown(error_key="Exit code 1", states=frozenset({State.DEAD})) == ["dead"]


FILTERS = {
    "all": Filter(),
    "one state": Filter(states=frozenset({State.PENDING})),
    "two states": Filter(states=frozenset({State.DEAD, State.FAILED})),
    "text": Filter(text="run"),
    "text and state": Filter(text="run", states=frozenset({State.DEAD})),
    "error": Filter(error_key="Exit code 1"),
}


@pytest.mark.parametrize("filter", FILTERS.values(), ids=FILTERS)
def test_the_count_of_a_filter_is_the_length_of_its_list(varied, filter):
    assert varied.reads.count(filter) == len(varied.reads.page(filter, length=100))
    assert varied.reads.count(filter) == len(list(varied.reads.newest_first(filter)))


KEYS = {
    Order.NEWEST: lambda job: -job.seq,
    Order.OLDEST: lambda job: job.seq,
    Order.ID: lambda job: job.id,
    Order.STATE: lambda job: job.state.value,
    Order.PRIORITY: lambda job: -job.spec.priority,
    Order.EFFECTIVE: lambda job: -job.effective,
    Order.ATTEMPTS: lambda job: -job.attempts,
    Order.STARTED: lambda job: -(job.started_at or 0),
    Order.FINISHED: lambda job: -(job.finished_at or 0),
}


@pytest.mark.parametrize("order", Order)
def test_a_page_is_ordered_as_it_was_asked_for(varied, order):
    jobs = varied.reads.page(order=order)
    keys = [KEYS[order](job) for job in jobs]
    assert len(jobs) == 7
    assert keys == sorted(keys)


@pytest.mark.parametrize("order", Order)
def test_pages_put_together_are_the_whole_list(varied, order):
    whole = varied.reads.page(order=order)
    parts = [job for at in range(0, 8, 2) for job in varied.reads.page(order=order, position=at, length=2)]
    assert parts == whole
    assert varied.reads.page(order=order, position=7) == []


def test_equals_of_a_list_go_by_their_number(store):
    store.intake.enqueue(new() for _ in range(5))
    assert [job.seq for job in store.reads.page(order=Order.STATE)] == [1, 2, 3, 4, 5]
    assert [job.seq for job in store.reads.page(order=Order.PRIORITY)] == [5, 4, 3, 2, 1]


def test_newest_first_stops_at_its_limit(varied):
    assert ids(varied.reads.newest_first(limit=2)) == ["100%_done", "first"]
    assert ids(varied.reads.newest_first(limit=0)) == []
    assert len(list(varied.reads.newest_first(limit=99))) == 7


def test_newest_first_goes_over_many_pages(store):
    store.intake.enqueue(new() for _ in range(2500))
    assert [job.seq for job in store.reads.newest_first()] == list(range(2500, 0, -1))
    assert [job.seq for job in store.reads.newest_first(limit=1500)] == list(range(2500, 1000, -1))
    assert len(list(store.reads.newest_first(limit=1000))) == 1000


def test_newest_first_shows_each_job_once_while_others_come_and_go(store, clock):
    store.intake.enqueue(new() for _ in range(2500))
    jobs = store.reads.newest_first()
    seen = list(islice(jobs, 700))
    store.intake.enqueue(new() for _ in range(10))
    store.changes.remove([1600, 1400, 3])
    store.work.claim(3)
    finish(store, claim_one(store), Succeeded(), clock())
    seen += jobs
    seqs = [job.seq for job in seen]
    assert seqs == sorted(set(seqs), reverse=True)
    assert set(range(1, 2501)) - set(seqs) <= {1600, 1400, 3}
    assert max(seqs) == 2500
    assert {1400, 3}.isdisjoint(seqs)


def test_details_hold_all_runs_and_events_oldest_first(store, clock):
    seq = enqueue(store, "a", backoff_base=0)
    for outcome in (Failed(1), Failed(2), Succeeded()):
        clock.forward(1)
        finish(store, claim_one(store), outcome, clock(), tail=f"{outcome}")
    details = store.reads.details(seq)
    assert details.job == store.reads.by_id("a")
    assert [(run.run, run.outcome, run.tail) for run in details.runs] == [
        (1, "failed", "Failed(exit_code=1)"),
        (2, "failed", "Failed(exit_code=2)"),
        (3, "succeeded", "Succeeded(exit_code=0)"),
    ]
    assert [event.to_state.value for event in details.events] == [
        "pending",
        *("processing", "failed") * 2,
        "processing",
        "completed",
    ]
    assert [event.at for event in details.events] == sorted(event.at for event in details.events)


def test_a_job_that_is_not_there_is_not_found(store):
    for read in (store.reads.by_id, store.reads.by_seq, store.reads.details):
        with pytest.raises(JobNotFound, match="Job '5' not found"):
            read("5" if read == store.reads.by_id else 5)


def test_deaths_are_counted_from_an_event_on(store, clock):
    assert store.reads.last_event() == 0
    put_into(store, State.DEAD, clock, "a")
    seen = store.reads.last_event()
    assert store.reads.deaths_since(0) == 1
    put_into(store, State.COMPLETED, clock, "b")
    assert store.reads.deaths_since(seen) == 0
    put_into(store, State.DEAD, clock, "c")
    assert store.reads.deaths_since(seen) == 1
    assert store.reads.last_event() > seen


def why(store, clock, id, *, runner_lives=True):
    job = store.reads.by_id(id)
    return str(explain(job, store.reads.facts(job, runner_lives=runner_lives, now=clock())).words)


@pytest.fixture
def running(store):
    """A store whose runner has two workers."""
    store.runner.begin(1, 2.0, "2.0.0", "boot", 2)
    store.runner.say(RunnerState.RUNNING, 2)
    return store


def test_why_nothing_runs_without_a_runner(running, clock):
    enqueue(running, "a")
    assert why(running, clock, "a", runner_lives=False) == ("No runner is running")


def test_why_nothing_runs_in_a_paused_queue(running, clock):
    enqueue(running, "a")
    running.changes.set_paused(True)
    assert why(running, clock, "a") == "The queue is paused"


def test_why_nothing_runs_while_the_runner_stops(running, clock):
    enqueue(running, "a")
    running.runner.say(RunnerState.DRAINING, 2)
    assert why(running, clock, "a").startswith("The runner is stopping")


def test_why_a_failed_job_does_not_run(running, clock):
    put_into(running, State.FAILED, clock, "a", backoff_base=9)
    clock.forward(1.5)
    assert why(running, clock, "a") == "It failed and is tried again in 8 s."
    clock.forward(60)
    assert why(running, clock, "a") == "It failed and is tried again in 0 s."
    running.changes.run_next(1)
    assert why(running, clock, "a") == "It is about to be started; 0 job(s) are ahead of it."


def test_why_a_job_waits_behind_others(running, clock):
    running.intake.enqueue([new("busy1", priority=10), new("busy2", priority=10)])
    running.work.claim(2)
    running.intake.enqueue([new("first"), new("better", priority=9), new("it"), new("later"), new("next", priority=1)])
    running.changes.run_next(running.reads.by_id("next").seq)
    assert why(running, clock, "it") == "All 2 worker(s) are busy, and 3 job(s) are ahead of it."
    assert why(running, clock, "next") == "All 2 worker(s) are busy, and 0 job(s) are ahead of it."


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.PENDING, "It is about to be started; 0 job(s) are ahead of it."),
        (State.PROCESSING, "It is running (run 1)."),
        (State.COMPLETED, "It has completed."),
        (State.CANCELLED, "It was cancelled; retry puts it back into the queue."),
        (State.DEAD, "It is in the dead letter queue: Exit code 1. Retry puts it back."),
    ],
)
def test_why_says_it_of_each_state(running, clock, state, words):
    put_into(running, state, clock, "a")
    assert why(running, clock, "a") == words


def test_the_number_of_jobs_ahead_is_the_number_of_claims_before_it(store, clock):
    store.intake.enqueue(new(priority=1 + number * 7 % 10) for number in range(30))
    store.changes.run_next(17)
    ahead = {job.seq: store.reads.facts(job, runner_lives=True, now=clock()).ahead for job in all_jobs(store)}
    order = [claim.job.seq for claim in store.work.claim(30)]
    assert [ahead[seq] for seq in order] == list(range(30))
