"""``queuectl dlq``: looking at dead letters and letting them run again."""

import re

import pytest

from app.domain.job import State
from app.domain.outcome import Failed
from tests.store.jobs import claim_one, enqueue, finish, put_into


def test_an_empty_queue_of_dead_letters(queuectl):
    assert queuectl("dlq", "list").out == "Dead Letter Queue is empty\n"
    assert queuectl("dlq", "list", "--json").out == "[]\n"
    assert queuectl("dlq", "retry", "--all").out == "0 job(s) moved back to pending queue\n"


def test_dlq_list_is_the_block_of_the_1_0_readme(queuectl, store, clock):
    enqueue(store, "job2", command="timeout 30", max_retries=1)
    finish(store, claim_one(store), Failed(1), clock(), last_line="Timeout...")
    head, dashes, row, blank, total = queuectl("dlq", "list").out.splitlines()
    assert head == "ID    Command       Attempts  Error                     Failed At"
    # the README's own dashes do not reach the end of its column of commands
    assert dashes == "----  ------------  --------  ------------------------  -------------------"
    assert re.sub(r"\S+ \S+$", "…", row) == "job2  timeout 30    1         Exit code 1: Timeout...   …"
    assert (blank, total) == ("", "Total: 1 job(s) in DLQ")


def test_command_and_error_are_cut(queuectl, store, clock):
    enqueue(store, "j", command="c" * 31, max_retries=1)
    finish(store, claim_one(store), Failed(1), clock(), last_line="e" * 99)
    row = queuectl("dlq", "list").out.splitlines()[2]
    assert row.startswith(f"j     {'c' * 27}...  1         Exit code 1: {'e' * 24}...  ")


def test_one_dead_letter_is_retried(queuectl, store, clock):
    put_into(store, State.DEAD, clock, "job2")
    answer = queuectl("dlq", "retry", "job2")
    assert (answer.code, answer.out) == (0, "Job 'job2' moved back to pending queue\n")
    job = store.reads.by_id("job2")
    assert (job.state, job.attempts) == (State.PENDING, 0)


@pytest.mark.parametrize("state", [State.PENDING, State.COMPLETED, State.CANCELLED, State.FAILED])
def test_what_is_not_dead_is_not_retried_here(queuectl, store, clock, state):
    put_into(store, state, clock, "job2")
    answer = queuectl("dlq", "retry", "job2")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == "Job 'job2' not found in DLQ or already retried\n"
    assert store.reads.by_id("job2").state is state


def test_nobody_is_not_retried_either(queuectl):
    answer = queuectl("dlq", "retry", "nobody")
    assert (answer.code, answer.err) == (1, "Job 'nobody' not found in DLQ or already retried\n")


def test_all_dead_letters_are_retried(queuectl, store, clock):
    for id in ("a", "b"):
        put_into(store, State.DEAD, clock, id)
    answer = queuectl("dlq", "retry", "--all")
    assert (answer.code, answer.out) == (0, "2 job(s) moved back to pending queue\n")
    assert store.reads.counts()[State.DEAD] == 0


@pytest.mark.parametrize("words", [[], ["a", "--all"], ["a", "--error", "x"], ["--all", "--error", "x"]])
def test_either_one_or_all(queuectl, words):
    assert queuectl("dlq", "retry", *words).code == 2


def test_dead_letters_as_json(queuectl, store, clock):
    put_into(store, State.DEAD, clock, "a")
    enqueue(store, "b")
    (job,) = queuectl("dlq", "list", "--json").json
    assert (job["id"], job["state"], job["error"]) == ("a", "dead", "Exit code 1")


def die(store, clock, id, line):
    enqueue(store, id, max_retries=1)
    finish(store, claim_one(store), Failed(1), clock(), last_line=line)


@pytest.fixture
def two_kinds(store, clock):
    """Five dead letters of one kind of error, and one of another."""
    for number in range(5):
        die(store, clock, f"a{number}", f"no host in {number} ms")
    die(store, clock, "b", "out of space")


@pytest.mark.usefixtures("two_kinds")
def test_dead_letters_are_grouped_by_the_kind_of_their_error(queuectl):
    assert queuectl("dlq", "list", "--group").out.splitlines() == [
        "Jobs  Newest Error                  IDs",
        "----  ----------------------------  ---------------",
        "5     Exit code 1: no host in 4 ms  a4, a3, a2, ...",
        "1     Exit code 1: out of space     b",
        "",
        "Total: 6 job(s) in DLQ, 2 kind(s) of error",
    ]
    assert queuectl("dlq", "list", "--group", "--json").json == [
        {
            "error_key": "Exit code 1: no host in # ms",
            "count": 5,
            "error": "Exit code 1: no host in 4 ms",
            "ids": ["a4", "a3", "a2", "a1", "a0"],
        },
        {"error_key": "Exit code 1: out of space", "count": 1, "error": "Exit code 1: out of space", "ids": ["b"]},
    ]


def test_without_dead_letters_there_are_no_groups(queuectl):
    assert queuectl("dlq", "list", "--group").out == "Dead Letter Queue is empty\n"
    assert queuectl("dlq", "list", "--group", "--json").out == "[]\n"


@pytest.mark.usefixtures("two_kinds")
@pytest.mark.parametrize("error", ["Exit code 1: no host in # ms", "Exit code 1: no host in 99 ms"])
def test_all_of_a_kind_are_retried_by_the_kind_or_by_an_error_of_it(queuectl, store, error):
    answer = queuectl("dlq", "retry", "--error", error)
    assert (answer.code, answer.out) == (0, "5 job(s) moved back to pending queue\n")
    assert store.reads.counts()[State.DEAD] == 1
    assert store.reads.by_id("b").state is State.DEAD


@pytest.mark.usefixtures("two_kinds")
def test_an_error_that_no_dead_letter_has_is_told(queuectl, store):
    answer = queuectl("dlq", "retry", "--error", "\x1b[31mno host")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("No dead letter has the error '\\x1b[31mno host'\n")
    assert store.reads.counts()[State.DEAD] == 6


def test_no_error_of_a_group_is_obeyed_by_a_terminal(queuectl, store, clock):
    die(store, clock, "a\x1b[2J", "x\x1b]0;t\x07\u202e")
    out = queuectl("dlq", "list", "--group").out
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", out)
