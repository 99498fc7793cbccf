"""What a person does to the queue, with a runner, without one, with a dead one."""

import pytest

from app.domain.job import State
from app.domain.outcome import Failed, Succeeded
from app.locks import ProcessLock
from tests.store.jobs import all_jobs, claim_one, enqueue, finish, new, order_of_claims, put_into


@pytest.fixture
def left_processing(store):
    """A job that a dead runner left processing; its seq."""
    seq = enqueue(store, "j")
    claim_one(store)
    return seq


@pytest.fixture
def running(store, runner):
    """A job that a living runner is running."""
    enqueue(store, "j")
    runner.start(slots=1)
    return runner.claim()


@pytest.mark.parametrize("state", [State.PENDING, State.FAILED])
def test_a_job_that_waits_is_cancelled_at_once(queuectl, store, clock, state):
    put_into(store, state, clock, "j")
    answer = queuectl("cancel", "j")
    assert (answer.code, answer.out, answer.err) == (0, "Job 'j' cancelled\n", "")
    assert store.reads.by_id("j").state is State.CANCELLED
    assert queuectl.time.now == 0


def test_a_job_that_has_ended_is_not_cancelled(queuectl, store, clock):
    put_into(store, State.COMPLETED, clock, "j")
    answer = queuectl("cancel", "j")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("Job 'j' is completed; cancel is for jobs that are ")


@pytest.mark.parametrize("words", [["cancel", "nobody"], ["dequeue", "nobody"], ["dequeue", "nobody", "--force"]])
def test_nobody_is_not_found(queuectl, words):
    answer = queuectl(*words)
    assert (answer.code, answer.out, answer.err) == (1, "", "Job 'nobody' not found\n")


def test_a_running_job_is_cancelled_by_its_runner(queuectl, store, running):
    answer = queuectl("cancel", "j")
    assert (answer.code, answer.out) == (0, "Job 'j' cancelled\n")
    assert store.reads.by_seq(running.seq).state is State.CANCELLED
    assert queuectl.time.now < 0.2


@pytest.mark.usefixtures("running")
def test_a_job_that_succeeds_before_its_end_is_heard_was_not_cancelled(queuectl, store, clock, runner):
    claim, runner.running = runner.running[0], []
    queuectl.time.meanwhile.append(lambda: finish(store, claim, Succeeded(), clock()))
    answer = queuectl("cancel", "j")
    assert (answer.code, answer.out, answer.err) == (1, "", "Job 'j' was not cancelled: it is completed\n")


@pytest.mark.usefixtures("running")
def test_a_job_that_fails_before_its_end_is_heard_is_cancelled_all_the_same(queuectl, store, clock, runner):
    claim, runner.running = runner.running[0], []
    queuectl.time.meanwhile.append(lambda: finish(store, claim, Failed(1), clock()))
    assert queuectl("cancel", "j").out == "Job 'j' cancelled\n"


@pytest.mark.usefixtures("running")
def test_a_runner_that_does_not_end_the_job_is_told_after_10_s(queuectl, runner):
    runner.deaf = True
    answer = queuectl("cancel", "j")
    assert (answer.code, answer.out) == (1, "")
    first, second = answer.err.splitlines()
    assert first == "Job 'j' was asked to end, but still runs after 10 s"
    assert "PID: 4242" in second
    assert queuectl.time.now == pytest.approx(10, abs=0.5)


def test_without_a_runner_what_a_dead_one_left_is_ended_here(queuectl, store, home, left_processing):
    answer = queuectl("cancel", "j")
    assert (answer.code, answer.out) == (0, "Job 'j' cancelled\n")
    assert store.reads.by_seq(left_processing).state is State.CANCELLED
    assert not ProcessLock(home.runner_lock).is_held()


def test_a_runner_that_dies_meanwhile_is_stood_in_for(queuectl, store, runner, running):
    runner.deaf = True
    queuectl.time.meanwhile.append(runner.die)
    assert queuectl("cancel", "j").out == "Job 'j' cancelled\n"
    assert store.reads.by_seq(running.seq).state is State.CANCELLED


@pytest.mark.usefixtures("left_processing")
def test_a_job_whose_processes_cannot_be_ended_is_told(queuectl, monkeypatch):
    monkeypatch.setattr("tests.cli.conftest.rescue_alone", lambda _store: None)
    answer = queuectl("cancel", "j")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("Job 'j' was left by a runner that died, and its processes can't be ended\n")


@pytest.mark.parametrize("state", sorted(set(State) - {State.PROCESSING}))
def test_a_job_that_does_not_run_is_removed(queuectl, store, clock, state):
    put_into(store, state, clock, "j")
    answer = queuectl("dequeue", "j")
    assert (answer.code, answer.out) == (0, "Job 'j' removed from queue\n")
    assert all_jobs(store) == []


def test_a_running_job_is_not_removed_without_force(queuectl, store, running):
    answer = queuectl("dequeue", "j")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.splitlines()[0] == "Job 'j' is running and was not removed"
    assert "--force" in answer.err
    assert store.reads.by_seq(running.seq).state is State.PROCESSING


@pytest.mark.usefixtures("running")
def test_with_force_a_running_job_is_cancelled_and_removed(queuectl, store):
    answer = queuectl("dequeue", "j", "--force")
    assert (answer.code, answer.out) == (0, "Job 'j' removed from queue\n")
    assert all_jobs(store) == []


def test_clear_removes_all_jobs(queuectl, store, clock):
    put_into(store, State.DEAD, clock, "d")
    enqueue(store, "a", "b")
    answer = queuectl("clear", "--yes")
    assert (answer.code, answer.out, answer.err) == (0, "All jobs cleared from database\n", "")
    assert all_jobs(store) == []
    # one step, so that one undo brings all of them back
    assert len(store.changes.undo()) == 3


def test_clear_on_an_empty_home(queuectl):
    assert queuectl("clear", "--yes").out == "All jobs cleared from database\n"


@pytest.mark.parametrize(("stdin", "code"), [(b"n\n", 1), (b"\n", 1), (b"", 1), (b"y\n", 0)])
def test_clear_asks_and_takes_yes_alone_for_yes(queuectl, store, stdin, code):
    enqueue(store, "a", "b")
    answer = queuectl("clear", stdin=stdin)
    assert answer.code == code
    assert "Remove all 2 job(s)? [y/N]:" in answer.err
    assert ("Aborted" in answer.err) is bool(code)
    assert ("All jobs cleared from database" in answer.out) is not code
    assert len(all_jobs(store)) == 2 * code


@pytest.mark.usefixtures("running")
def test_clear_cancels_what_runs_and_what_is_taken_meanwhile(queuectl, store, runner):
    enqueue(store, "next")
    act = queuectl.time.meanwhile.pop()

    def one_ends_and_the_next_begins():
        act()
        if not runner.running and store.reads.by_id("next").state is State.PENDING:
            runner.claim()

    queuectl.time.meanwhile.append(one_ends_and_the_next_begins)
    answer = queuectl("clear", "--yes")
    assert (answer.code, answer.out) == (0, "All jobs cleared from database\n")
    assert all_jobs(store) == []


@pytest.mark.usefixtures("running")
def test_clear_removes_nothing_where_a_runner_does_not_end_its_jobs(queuectl, store, runner):
    enqueue(store, "waits")
    runner.deaf = True
    answer = queuectl("clear", "--yes")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("What runs was asked to end, but still runs after 10 s\n")
    assert len(all_jobs(store)) == 2


def test_a_pause_is_stored_until_it_is_taken_back(queuectl, store):
    assert queuectl("pause").out == "Queue paused\n"
    assert queuectl("pause").code == 0
    assert store.reads.is_paused()
    assert queuectl("resume").out == "Queue resumed\n"
    assert queuectl("resume").code == 0
    assert not store.reads.is_paused()


def test_a_waiting_job_runs_next_and_the_last_asked_goes_first(queuectl, store, clock):
    put_into(store, State.FAILED, clock, "retry")
    enqueue(store, "a", "b")
    for id in ("retry", "b"):
        answer = queuectl("run-next", id)
        assert (answer.code, answer.out, answer.err) == (0, f"Job '{id}' runs next\n", "")
    assert order_of_claims(store) == ["b", "retry", "a"]


@pytest.mark.parametrize("state", [State.COMPLETED, State.DEAD, State.CANCELLED])
def test_a_job_that_does_not_wait_does_not_run_next(queuectl, store, clock, state):
    put_into(store, state, clock, "j")
    answer = queuectl("run-next", "j")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == f"Job 'j' is {state}; run next is for jobs that are failed, pending\n"


def test_nobody_does_not_run_next(queuectl):
    assert queuectl("run-next", "nobody").err == "Job 'nobody' not found\n"


def test_a_removal_is_undone_by_name(queuectl, store):
    enqueue(store, "a", "b")
    queuectl("dequeue", "a")
    queuectl("dequeue", "b")
    assert queuectl("undo").out == "Job 'b' brought back\n"
    assert queuectl("undo").out == "Job 'a' brought back\n"
    assert queuectl("undo").out == "Nothing to undo\n"
    assert len(all_jobs(store)) == 2


def test_an_id_that_was_taken_meanwhile_is_told_as_it_is_now(queuectl, store):
    enqueue(store, "a")
    queuectl("dequeue", "a")
    enqueue(store, "a")
    assert queuectl("undo").out == "Job 'a-2' brought back\n"


@pytest.mark.parametrize(("count", "lines"), [(10, 11), (11, 1)])
def test_few_jobs_are_told_one_by_one_and_many_are_counted(queuectl, store, count, lines):
    store.intake.enqueue([new() for _ in range(count)])
    queuectl("clear", "--yes")
    out = queuectl("undo").out.splitlines()
    assert (len(out), out[-1]) == (lines, f"{count} job(s) brought back")


@pytest.mark.parametrize("state", [State.COMPLETED, State.DEAD, State.CANCELLED])
def test_a_job_that_has_ended_runs_again_as_if_it_were_new(queuectl, store, clock, state):
    put_into(store, state, clock, "j")
    answer = queuectl("retry", "j")
    assert (answer.code, answer.out, answer.err) == (0, "Job 'j' moved back to pending queue\n", "")
    job = store.reads.by_id("j")
    assert (job.state, job.attempts, job.error) == (State.PENDING, 0, None)


@pytest.mark.parametrize("state", [State.PENDING, State.FAILED])
def test_a_job_that_has_not_ended_is_not_retried(queuectl, store, clock, state):
    put_into(store, state, clock, "j")
    answer = queuectl("retry", "j")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == f"Job 'j' is {state}; retry is for jobs that are cancelled, completed, dead\n"


def test_undo_of_retention_brings_back_what_went_by_itself(queuectl, store, clock):
    put_into(store, State.COMPLETED, clock, "old")
    clock.forward(86_400)
    store.retention.remove_aged(State.COMPLETED, 1)
    assert queuectl("undo").out == "Nothing to undo\n"
    assert queuectl("undo", "--retention").out == "1 job(s) brought back\n"
    assert queuectl("undo", "--retention").out == "Nothing to undo\n"
    assert [job.id for job in all_jobs(store)] == ["old"]
