"""``queuectl why`` and ``queuectl events``."""

import re

import pytest

from app.domain.job import State
from app.domain.outcome import Failed
from app.store import space
from tests.store.jobs import claim_one, enqueue, finish, put_into


def test_without_a_runner_that_is_why(queuectl, store):
    enqueue(store, "j")
    answer = queuectl("why", "j")
    assert (answer.code, answer.out) == (0, "No runner is running; start one with: queuectl worker start\n")


def test_with_a_runner_it_is_the_pause_the_retry_or_the_others(queuectl, store, clock, runner):
    enqueue(store, "j")
    finish(store, claim_one(store), Failed(1), clock())
    enqueue(store, "a", "b")
    runner.start(slots=1)
    assert queuectl("why", "j").out == "It failed and is tried again in 2 s.\n"
    assert queuectl("why", "b").out == "It is about to be started; 1 job(s) are ahead of it.\n"
    runner.claim()
    assert queuectl("why", "b").out == "All 1 worker(s) are busy, and 0 job(s) are ahead of it.\n"
    assert queuectl("why", "a").out == "It is running (run 1).\n"
    store.changes.set_paused(True)
    assert queuectl("why", "b").out == "The queue is paused; go on with: queuectl resume\n"


def test_with_too_little_free_space_it_is_that(queuectl, store, runner, monkeypatch):
    enqueue(store, "a")
    runner.start(slots=1)
    monkeypatch.setattr(space, "free_bytes", lambda _: 5_000)
    assert queuectl("why", "a").out == (
        "Too little space is free on the disk of the queue;"
        " free some, or let less be enough: queuectl config set disk-floor SIZE\n"
    )
    store.options.set("disk-floor", "5000")
    assert queuectl("why", "a").out == "It is about to be started; 0 job(s) are ahead of it.\n"


def test_why_as_json(queuectl, store, clock):
    seq = put_into(store, State.COMPLETED, clock, "j")
    assert queuectl("why", "j", "--json").json == {
        "seq": seq,
        "id": "j",
        "state": "completed",
        "why": "It has completed.",
    }


def test_no_error_of_a_job_is_obeyed_by_a_terminal(queuectl, store, clock):
    enqueue(store, "j", max_retries=1)
    finish(store, claim_one(store), Failed(1), clock(), last_line="\x1b[2J\u202e\nx")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", queuectl("why", "j").out)
    assert len(queuectl("why", "j").out.splitlines()) == 1


def test_each_change_of_state_is_shown_with_its_cause(queuectl, store, clock):
    put_into(store, State.DEAD, clock, "j", max_retries=2)
    head, _, *rows = queuectl("events", "j").out.splitlines()
    assert head.split() == ["At", "Run", "From", "To", "Cause"]
    assert [re.split(r" {2,}", row)[1:] for row in rows] == [
        ["pending", "enqueued"],
        ["1", "pending", "processing", "claimed"],
        ["1", "processing", "failed", "failed"],
        ["2", "failed", "processing", "claimed"],
        ["2", "processing", "dead", "tries used up"],
    ]


def test_events_as_json(queuectl, store):
    enqueue(store, "j")
    assert queuectl("events", "j", "--json").json == [
        {"at": "2023-11-14T22:13:20.000Z", "run": 0, "from_state": None, "to_state": "pending", "cause": "enqueued"}
    ]


@pytest.mark.parametrize("words", [["why", "nobody"], ["events", "nobody"], ["events", "nobody", "--json"]])
def test_nobody_has_no_history(queuectl, words):
    answer = queuectl(*words)
    assert (answer.code, answer.out, answer.err) == (1, "", "Job 'nobody' not found\n")
