"""``queuectl worker start`` and ``stop``, against a runner that is played here."""

import pytest

from app.cli import worker
from app.locks import ProcessLock
from app.store.runner_store import Ask
from tests.store.jobs import enqueue


class Started:
    """A process that was started: as much of Popen as is looked at."""

    def __init__(self, pid):
        self.pid = pid
        self.code = None

    def poll(self):
        return self.code


@pytest.fixture
def starts(monkeypatch, queuectl, runner):
    """What was started: (home, slots, environment) of each; a runner comes up, unless a test plays otherwise."""
    starts = []

    def start_runner(home, slots, environ):
        starts.append((home, slots, environ))
        process = Started(runner.pid)

        def come_up():
            queuectl.time.meanwhile.remove(come_up)
            runner.start(slots)

        queuectl.time.meanwhile.append(come_up)
        return process

    monkeypatch.setattr(worker, "start_runner", start_runner)
    return starts


def test_the_first_workers_bring_up_the_runner(queuectl, home, store, starts):
    queuectl.environ = {"PATH": "/bin"}
    answer = queuectl("worker", "start", "--count", "2")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == (
        "Started worker 'worker-1' (PID: 4242)\nStarted worker 'worker-2' (PID: 4242)\nStarted 2 worker(s)\n"
    )
    assert starts == [(home, 2, {"PATH": "/bin"})]
    assert store.runner.row().wanted == "running"


def test_one_worker_is_started_without_a_count(queuectl, starts):
    assert queuectl("worker", "start").out.endswith("Started 1 worker(s)\n")
    assert starts[0][1] == 1


def test_more_workers_are_added_to_the_living_runner(queuectl, starts, runner):
    runner.start(slots=2)
    answer = queuectl("worker", "start", "--count", "2")
    assert answer.out == (
        "Started worker 'worker-3' (PID: 4242)\nStarted worker 'worker-4' (PID: 4242)\nStarted 2 worker(s)\n"
    )
    assert starts == []
    assert runner.slots == 4


def test_who_comes_second_adds_to_the_runner_that_was_quicker(queuectl, monkeypatch, runner):
    process = Started(999)

    def start_runner(*_):
        queuectl.time.meanwhile.append(lambda: setattr(process, "code", 1))
        runner.start(slots=1)
        return process

    monkeypatch.setattr(worker, "start_runner", start_runner)
    assert queuectl("worker", "start").out == "Started worker 'worker-2' (PID: 4242)\nStarted 1 worker(s)\n"


@pytest.mark.usefixtures("starts")
def test_a_question_meant_for_an_earlier_runner_is_asked_again(queuectl, runner):
    runner.start(slots=1)
    act = runner.act
    runner.answer = "the runner was gone"
    queuectl.time.meanwhile[:] = [act, lambda: setattr(runner, "answer", None)]
    assert queuectl("worker", "start").out == "Started worker 'worker-2' (PID: 4242)\nStarted 1 worker(s)\n"
    assert len(runner.heard) == 2


def test_a_runner_that_leaves_meanwhile_is_replaced(queuectl, runner, starts):
    runner.start(slots=1)
    runner.deaf = True

    def leave():
        queuectl.time.meanwhile.remove(leave)
        runner.deaf = False
        runner.leave()

    queuectl.time.meanwhile.append(leave)
    assert queuectl("worker", "start").out.startswith("Started worker 'worker-1' (PID: 4242)\n")
    assert len(starts) == 1


@pytest.mark.usefixtures("starts")
def test_a_refusal_of_the_runner_is_passed_on(queuectl, runner):
    runner.start(slots=2)
    runner.answer = "error: 2 worker(s) are there, and 256 is the most"
    answer = queuectl("worker", "start", "--count", "255")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == "No worker was started: 2 worker(s) are there, and 256 is the most\n"


@pytest.mark.parametrize("count", ["0", "257", "-1", "many"])
def test_a_count_that_makes_no_sense_is_wrong_usage(queuectl, starts, count):
    assert queuectl("worker", "start", "--count", count).code == 2
    assert starts == []


def test_a_runner_that_ends_at_once_is_told(queuectl, home, monkeypatch):
    process = Started(999)
    process.code = 70
    monkeypatch.setattr(worker, "start_runner", lambda *_: process)
    answer = queuectl("worker", "start")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == f"The runner ended at once (exit code 70)\nIts log in {home.logs} may say why.\n"


def test_a_runner_that_says_nothing_is_told_after_a_minute(queuectl, monkeypatch):
    monkeypatch.setattr(worker, "start_runner", lambda *_: Started(999))
    answer = queuectl("worker", "start")
    assert answer.code == 1
    assert answer.err.startswith("The runner (PID: 999) was started, but does not say that it runs\n")
    assert queuectl.time.now == pytest.approx(60, abs=0.5)


def test_a_runner_that_cannot_be_started_is_told(queuectl, monkeypatch):
    def start_runner(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(worker, "start_runner", start_runner)
    answer = queuectl("worker", "start")
    assert (answer.code, answer.err.splitlines()[0]) == (1, "The runner can't be started: Permission denied")


@pytest.mark.usefixtures("starts")
def test_a_living_runner_that_does_not_answer_is_told_after_10_s(queuectl, runner):
    runner.start(slots=1)
    runner.deaf = True
    for words in (["worker", "start"], ["worker", "stop"]):
        before = queuectl.time.now
        answer = queuectl(*words)
        assert (answer.code, answer.out) == (1, "")
        assert answer.err.startswith("The runner (PID: 4242) is alive, but has not answered for 10 s\n")
        assert queuectl.time.now - before == pytest.approx(10, abs=0.5)


def test_there_may_be_nothing_to_stop(queuectl, store):
    store.runner.want(True)
    answer = queuectl("worker", "stop")
    assert (answer.code, answer.out, answer.err) == (0, "No workers to stop\n", "")
    assert store.runner.row().wanted == "stopped"


def test_stop_waits_until_the_runner_is_gone(queuectl, home, store, runner):
    runner.start(slots=2)
    runner.stays = 10_000
    answer = queuectl("worker", "stop")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == (
        "Stopped worker 'worker-1' (PID: 4242)\nStopped worker 'worker-2' (PID: 4242)\nStopped 2 worker(s)\n"
    )
    assert queuectl.time.now > 400
    assert [asked.verb for asked in runner.heard] == [Ask.DRAIN]
    assert not ProcessLock(home.runner_lock).is_held()
    assert store.runner.row().wanted == "stopped"


def test_stop_now_asks_for_that(queuectl, runner):
    runner.start(slots=1)
    assert queuectl("worker", "stop", "--now").out.endswith("Stopped 1 worker(s)\n")
    assert [asked.verb for asked in runner.heard] == [Ask.STOP_NOW]


def test_stop_without_waiting_returns_while_the_runner_drains(queuectl, home, runner):
    runner.start(slots=2)
    runner.stays = 10_000
    answer = queuectl("worker", "stop", "--no-wait")
    assert (answer.code, answer.out) == (0, "Stopping 2 worker(s) (PID: 4242)\n")
    assert ProcessLock(home.runner_lock).is_held()


def test_ctrl_c_ends_the_waiting_and_not_the_stopping(queuectl, home, runner):
    runner.start(slots=1)
    runner.stays = 10_000

    def press():
        if queuectl.time.now > 3:
            raise KeyboardInterrupt

    queuectl.time.meanwhile.append(press)
    answer = queuectl("worker", "stop")
    assert (answer.code, answer.out) == (130, "")
    assert answer.err.startswith("The workers go on stopping")
    assert ProcessLock(home.runner_lock).is_held()


def test_a_runner_that_was_killed_is_nothing_to_stop(queuectl, runner):
    runner.start(slots=2)
    runner.die()
    assert queuectl("worker", "stop").out == "No workers to stop\n"


def test_a_runner_that_leaves_as_it_is_asked_has_stopped(queuectl, runner):
    runner.start(slots=2)
    queuectl.time.meanwhile[:] = [runner.leave]
    assert queuectl("worker", "stop").out.endswith("Stopped 2 worker(s)\n")


def test_a_job_of_the_queue_does_not_wait_for_its_own_end(queuectl, home, store, runner):
    enqueue(store, "stops")
    runner.start(slots=2)
    runner.stays = 10_000
    runner.claim()
    queuectl.environ["QUEUECTL_TOKEN"] = store.work.open_runs()[0].token
    answer = queuectl("worker", "stop")
    assert (answer.code, answer.out) == (0, "Stopping 2 worker(s) (PID: 4242)\n")
    assert answer.err == "This is a job of the queue, so its own end is not waited for.\n"
    assert ProcessLock(home.runner_lock).is_held()


def test_a_job_of_another_queue_waits_for_the_workers(queuectl, runner):
    runner.start(slots=1)
    queuectl.environ["QUEUECTL_TOKEN"] = "another"
    answer = queuectl("worker", "stop")
    assert (answer.out.endswith("Stopped 1 worker(s)\n"), answer.err) == (True, "")
