"""Taking jobs in."""

from itertools import chain

import pytest

from app.domain.errors import CannotReplace, DuplicateId, DuplicateInCall
from app.domain.job import FINISHED, Leftovers, NewJob, OnDuplicate, OnInterrupt, State
from tests.store.jobs import all_jobs, enqueue, events, new, order_of_claims, put_into, spec


def ids(store):
    return [job.id for job in all_jobs(store)]


def test_a_job_comes_back_as_it_was_given(store, clock):
    whole = spec(
        argv=("prog", "ä b", ""),
        cwd="/tmp/ü x",
        env={"A": "1", "Ü": "é\nz"},
        timeout=0.5,
        max_retries=0,
        backoff_base=1.5,
        priority=10,
        success_codes=(0, 3, -1, 2**32 - 1),
        leftovers=Leftovers.LEAVE,
        on_interrupt=OnInterrupt.DEAD,
    )
    shelled = spec(command="echo 'x' \"y\"; %PATH%\n☃", shell="bash")
    result = store.intake.enqueue([NewJob("whole", whole), NewJob("shelled", shelled)])
    assert result.jobs == [(1, "whole"), (2, "shelled")]
    assert result.skipped == []
    job = store.reads.by_id("whole")
    assert job.spec == whole
    assert store.reads.by_seq(2).spec == shelled
    assert (job.state, job.attempts, job.run, job.waited) == (State.PENDING, 0, 0, 0)
    assert (job.created_at, job.updated_at) == (clock(), clock())
    assert (job.started_at, job.finished_at, job.next_retry_at, job.error, job.exit_code) == (None,) * 5
    assert events(store, 1) == [(0, None, "pending", "enqueued")]


def test_nothing_goes_in_where_one_id_is_taken(store):
    enqueue(store, "b")
    with pytest.raises(DuplicateId, match=r"a job with the id 'b' exists already \(pending\)"):
        store.intake.enqueue([new("a"), new("b"), new("c")])
    assert ids(store) == ["b"]
    assert store.reads.by_id("b").waited == 0


def test_nothing_goes_in_where_one_id_comes_twice(store):
    with pytest.raises(DuplicateInCall, match=r"^jobs 1 and 3 of this call have the same id 'a'$"):
        store.intake.enqueue([new("a"), new("b"), new("a")])
    assert ids(store) == []


def test_the_second_of_two_jobs_of_a_call_does_not_replace_the_first(store):
    put_into(store, State.COMPLETED, lambda: 0, "a")
    with pytest.raises(DuplicateInCall, match=r"^jobs 2 and 3 of this call have the same id 'a'$"):
        store.intake.enqueue([new(), new("a"), new("a")], OnDuplicate.REPLACE)
    assert ids(store) == ["a"]


@pytest.mark.parametrize(
    ("on_duplicate", "names"), [(OnDuplicate.SKIP, ["a", "b"]), (OnDuplicate.RENAME, ["a", "a-2", "b"])]
)
def test_an_id_that_comes_twice_is_skipped_or_renamed_if_that_was_asked_for(store, on_duplicate, names):
    done = store.intake.enqueue([new("a"), new("a"), new("b")], on_duplicate)
    assert [id for _, id in done.jobs] == names


def test_who_asked_for_an_id_that_is_taken_is_known_by_its_number(store):
    enqueue(store, "b")
    for on_duplicate, error in ((OnDuplicate.FAIL, DuplicateId), (OnDuplicate.REPLACE, CannotReplace)):
        with pytest.raises(error) as caught:
            store.intake.enqueue([new("a"), new(), new("b")], on_duplicate)
        assert caught.value.number == 3


def test_nothing_goes_in_where_an_id_comes_twice_far_apart(store):
    many = chain([new("twice")], (new(f"n{number}") for number in range(1100)), [new("twice")])
    with pytest.raises(DuplicateInCall, match=r"^jobs 1 and 1102 of this call have the same id 'twice'$"):
        store.intake.enqueue(many)
    assert store.reads.count() == 0


def test_nothing_goes_in_where_the_source_breaks_off(store):
    def broken():
        yield from (new() for _ in range(1200))
        raise LookupError("line 1201")

    with pytest.raises(LookupError):
        store.intake.enqueue(broken())
    assert store.reads.count() == 0
    assert enqueue(store, None) == 1, "the numbers are free again"


def test_a_job_without_an_id_is_called_by_its_number(store):
    result = store.intake.enqueue([new(), new("x"), new()])
    assert result.jobs == [(1, "job-1"), (2, "x"), (3, "job-3")]


def test_an_own_name_gives_way_to_a_given_one_that_exists(store):
    enqueue(store, "job-2")
    assert store.intake.enqueue([new()]).jobs == [(2, "job-2-2")]


@pytest.mark.parametrize("on_duplicate", OnDuplicate)
def test_an_own_name_gives_way_to_a_given_one_of_the_same_call(store, on_duplicate):
    result = store.intake.enqueue([new(), new("job-1"), new("job-1-2")], on_duplicate)
    assert result.jobs == [(1, "job-1-3"), (2, "job-1"), (3, "job-1-2")]
    assert ids(store) == ["job-1-3", "job-1", "job-1-2"]


@pytest.mark.parametrize("on_duplicate", OnDuplicate)
def test_an_own_name_gives_way_to_a_given_one_that_comes_much_later(store, on_duplicate):
    many = chain((new() for _ in range(700)), [new("job-3")])
    result = store.intake.enqueue(many, on_duplicate)
    assert result.jobs[2] == (3, "job-3-2")
    assert result.jobs[700] == (701, "job-3")
    assert [(job.seq, job.id) for job in all_jobs(store)] == result.jobs


def test_names_at_the_greatest_length_stay_within_it(store):
    long = "x" * 128
    assert store.intake.enqueue([new(long), new(long)], OnDuplicate.RENAME).jobs == [
        (1, long),
        (2, "x" * 126 + "-2"),
    ]


def test_ids_that_differ_in_case_are_two(store):
    enqueue(store, "Job", "job")
    assert ids(store) == ["Job", "job"]


def test_skip_leaves_the_present_job_and_tells(store):
    enqueue(store, "a")
    result = store.intake.enqueue([new("a", command="other"), new("b"), new("b")], OnDuplicate.SKIP)
    assert (result.jobs, result.skipped) == ([(2, "b")], ["a", "b"])
    assert store.reads.by_id("a").spec.command == "echo hi"


def test_a_call_that_brings_nothing_ages_nobody(store):
    enqueue(store, "a")
    store.intake.enqueue([new("a")], OnDuplicate.SKIP)
    store.intake.enqueue([])
    assert store.reads.by_id("a").waited == 0


def test_rename_takes_the_next_free_number(store):
    enqueue(store, "a", "a-3")
    result = store.intake.enqueue([new("a"), new("a"), new("a-3")], OnDuplicate.RENAME)
    assert result.jobs == [(3, "a-2"), (4, "a-4"), (5, "a-3-2")]


@pytest.mark.parametrize("state", sorted(FINISHED))
def test_replace_removes_a_finished_job(store, clock, state):
    old = put_into(store, state, clock)
    result = store.intake.enqueue([new("it", command="again")], OnDuplicate.REPLACE)
    assert result.jobs == [(old + 1, "it")]
    assert ids(store) == ["it"]
    assert store.changes.undo() == [(old, "it-2")], "what was replaced can come back"


@pytest.mark.parametrize("state", sorted(frozenset(State) - FINISHED))
def test_replace_refuses_a_job_that_has_not_ended_and_takes_nothing_in(store, clock, state):
    put_into(store, state, clock)
    with pytest.raises(CannotReplace, match=f"job 'it' is {state}"):
        store.intake.enqueue([new("fresh"), new("it")], OnDuplicate.REPLACE)
    assert ids(store) == ["it"]


def test_what_one_call_replaced_comes_back_by_one_undo(store, clock):
    for id in ("a", "b"):
        put_into(store, State.CANCELLED, clock, id)
    store.intake.enqueue([new("a"), new("b")], OnDuplicate.REPLACE)
    assert store.changes.undo() == [(1, "a-2"), (2, "b-2")]


def test_an_id_is_free_again_after_its_job_was_removed(store):
    seq = enqueue(store, "a")
    store.changes.remove([seq])
    assert enqueue(store, "a") == 2
    assert store.reads.by_id("a").seq == 2


def test_a_number_is_never_used_again_even_after_a_purge(store, clock):
    store.changes.remove(enqueue(store, "a", "b"))
    clock.forward(24 * 3600 + 1)
    assert store.changes.purge() == [1, 2]
    assert store.intake.enqueue([new(), new()]).jobs == [(3, "job-3"), (4, "job-4")]


def test_many_jobs_of_one_call_wait_alike_and_run_as_given(store):
    result = store.intake.enqueue(new(f"n{number}") for number in range(1300))
    assert len(result.jobs) == 1300
    assert {job.waited for job in store.reads.page(length=2000)} == {0}
    assert order_of_claims(store)[:3] == ["n0", "n1", "n2"]


def test_progress_tells_how_far_it_is(store):
    told = []
    store.intake.enqueue((new() for _ in range(1234)), progress=told.append)
    assert told == [500, 1000, 1234]


def test_each_call_ages_those_that_wait_by_one(store):
    enqueue(store, "a")
    store.intake.enqueue([new("b"), new("c")])
    enqueue(store, "d")
    assert {job.id: job.waited for job in all_jobs(store)} == {"a": 2, "b": 1, "c": 1, "d": 0}
