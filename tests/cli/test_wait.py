"""``queuectl wait``: until jobs have ended, and how it ended as an exit code."""

import pytest

from app.domain.job import State
from app.domain.outcome import Failed, Succeeded
from tests.store.jobs import claim_one, enqueue, finish, new, put_into


@pytest.fixture
def running(store, runner):
    """A job that a living runner is running."""
    enqueue(store, "j", max_retries=1)
    runner.start(slots=1)
    return runner.claim()


def ends(queuectl, store, clock, runner, outcome, after=2.0):
    """Let the running job end so many seconds from now."""

    def end():
        if queuectl.time.now >= after and runner.running:
            claim, runner.running = runner.running[0], []
            finish(store, claim, outcome, clock())

    queuectl.time.meanwhile.append(end)


@pytest.mark.parametrize(
    ("outcome", "code", "said"),
    [(Succeeded(), 0, "1 job(s) ended: 1 completed\n"), (Failed(1), 1, "1 job(s) ended: 1 dead\n")],
)
@pytest.mark.parametrize("ids", [["j"], []])
@pytest.mark.usefixtures("running")
def test_it_waits_for_the_end_and_says_how_it_ended(queuectl, store, clock, runner, outcome, code, said, ids):
    ends(queuectl, store, clock, runner, outcome)
    answer = queuectl("wait", *ids)
    assert (answer.code, answer.out, answer.err) == (code, said, "")
    assert queuectl.time.now == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize(("state", "code"), [(State.COMPLETED, 0), (State.DEAD, 1), (State.CANCELLED, 1)], ids=str)
def test_what_has_ended_is_not_waited_for(queuectl, store, clock, state, code):
    put_into(store, state, clock, "j")
    for words in (["wait", "j"], ["wait"]):
        assert queuectl(*words).code == code
    assert queuectl.time.now == 0


def test_a_retry_is_not_the_end(queuectl, store, clock):
    put_into(store, State.FAILED, clock, "j")
    assert queuectl("wait", "j", "--timeout", "1").code == 3


@pytest.mark.usefixtures("running")
def test_the_timeout_ends_it_with_3(queuectl, store):
    enqueue(store, "k")
    answer = queuectl("wait", "--timeout", "90s")
    assert (answer.code, answer.out) == (3, "")
    assert answer.err == "Still waiting for 2 job(s) after 90 s\n"
    assert queuectl.time.now == pytest.approx(90, abs=0.2)


@pytest.mark.usefixtures("running")
def test_without_ids_what_comes_later_is_not_waited_for(queuectl, store, clock, runner):
    ends(queuectl, store, clock, runner, Succeeded(), after=0.0)
    queuectl.time.meanwhile.append(lambda: store.intake.enqueue([new()]))
    answer = queuectl("wait")
    assert (answer.code, answer.out) == (0, "1 job(s) ended: 1 completed\n")


def test_an_empty_queue_has_nothing_to_wait_for(queuectl):
    answer = queuectl("wait")
    assert (answer.code, answer.out, answer.err) == (0, "No jobs to wait for\n", "")


@pytest.mark.parametrize("words", [["nobody"], ["j", "nobody"]])
def test_nobody_is_not_waited_for(queuectl, store, words):
    enqueue(store, "j")
    answer = queuectl("wait", *words)
    assert (answer.code, answer.out, answer.err) == (1, "", "Job 'nobody' not found\n")


def test_a_job_that_is_removed_meanwhile_did_not_complete(queuectl, store):
    seq = enqueue(store, "j")
    queuectl.time.meanwhile.append(
        lambda: "j" in [job.id for job in store.reads.page()] and store.changes.remove([seq])
    )
    answer = queuectl("wait", "j")
    assert (answer.code, answer.out) == (1, "1 job(s) ended: 1 removed\n")


def test_how_it_ended_is_what_counts_and_not_what_becomes_of_it_then(queuectl, store, clock, runner):
    first, second = enqueue(store, "first", "second")
    runner.start(slots=1)
    runner.claim()

    def first_ends_and_is_removed_and_the_second_ends():
        if runner.running and runner.running[0].job.seq == first:
            finish(store, runner.running.pop(), Succeeded(), clock())
        elif queuectl.time.now > 1 and store.reads.count() == 2:
            store.changes.remove([first])
        elif queuectl.time.now > 2 and store.reads.by_seq(second).state is State.PENDING:
            finish(store, claim_one(store), Succeeded(), clock())

    queuectl.time.meanwhile.append(first_ends_and_is_removed_and_the_second_ends)
    answer = queuectl("wait", "first", "second")
    assert (answer.code, answer.out) == (0, "2 job(s) ended: 2 completed\n")


def test_why_it_may_last_is_told_on_stderr(queuectl, store, runner):
    enqueue(store, "j")
    assert queuectl("wait", "--timeout", "0").err.startswith("No runner is running; start one with: ")
    runner.start(slots=1)
    store.changes.set_paused(True)
    assert queuectl("wait", "--timeout", "0").err.startswith("The queue is paused; go on with: queuectl resume\n")


@pytest.mark.parametrize("value", ["soon", "-1", "1x"])
def test_a_timeout_that_is_none_is_wrong_usage(queuectl, value):
    answer = queuectl("wait", f"--timeout={value}")
    assert (answer.code, answer.out) == (2, "")
    assert "seconds (20, 2h, 30d)" in " ".join(answer.err.split())
