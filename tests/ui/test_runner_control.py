"""Starting, stopping and counting the workers of a real runner from the window."""

import os
import sys

import psutil
import pytest

from app.locks import ProcessLock
from app.store.runner_state import RunnerState
from app.store.runner_store import Ask
from app.ui.runner_control import RunnerControl
from app.ui.runner_errors import ProgramGone, RunnerNotStarted, RunnerRefused, RunnerSilent
from tests.runners import environment, holds_lock, running, states, wait_for
from tests.ui.conftest import new_job

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the commands here are for /bin/sh")

LONG = 60_000


@pytest.fixture
def control(gateway, qtbot, home):
    control = RunnerControl(gateway, environment())
    yield control
    if holds_lock(home):
        with qtbot.waitSignal(control.stopped, timeout=LONG):
            control.stop(now=True)
    qtbot.waitUntil(lambda: not alive(control))
    control.deleteLater()


def alive(control):
    return [child for child in control._children if child.poll() is None]


def start(control, qtbot):
    with qtbot.waitSignal(control.started, timeout=LONG) as told:
        control.start()
    return told.args[0]


def test_a_runner_is_started_and_stopped(control, qtbot, store, home):
    store.options.set("workers", "3")
    store.runner.want(False)
    busy = []
    control.busy_changed.connect(lambda: busy.append((control.is_starting, control.is_stopping)))
    pid = start(control, qtbot)
    row = store.runner.row()
    assert (row.pid, row.state, row.slots, row.wanted) == (pid, RunnerState.RUNNING, 3, "running")
    with qtbot.waitSignal(control.stopped, timeout=LONG):
        control.stop()
    assert not holds_lock(home)
    assert store.runner.row().wanted == "stopped"
    assert busy == [(True, False), (False, False), (False, True), (False, False)]


def test_where_a_runner_lives_already_no_other_is_started(control, qtbot, home):
    with running(home) as runner:
        assert start(control, qtbot) == runner.pid
        assert not alive(control)


def test_stop_lets_what_runs_end_and_stop_now_puts_it_back(control, qtbot, store, home, tmp_path):
    gate = tmp_path / "gate"
    store.intake.enqueue([new_job("it", f"until [ -e {gate} ]; do sleep 0.02; done", timeout=0)])
    start(control, qtbot)
    wait_for(lambda: states(store)["it"] == "processing")
    control.stop()
    qtbot.waitUntil(lambda: store.runner.row().state is RunnerState.DRAINING)
    assert states(store)["it"] == "processing"
    with qtbot.waitSignal(control.stopped, timeout=LONG):
        control.stop(now=True)
    assert states(store)["it"] == "pending"
    assert not holds_lock(home)


def test_a_start_while_the_runner_waits_for_its_jobs_keeps_it(control, qtbot, store, tmp_path):
    gate = tmp_path / "gate"
    store.intake.enqueue([new_job("it", f"until [ -e {gate} ]; do sleep 0.02; done", timeout=0)])
    first = start(control, qtbot)
    wait_for(lambda: states(store)["it"] == "processing")
    control.stop()
    qtbot.waitUntil(lambda: store.runner.row().state is RunnerState.DRAINING)
    with qtbot.waitSignal(control.started, timeout=LONG) as told:
        control.start()
    assert told.args[0] == first
    assert states(store)["it"] == "processing"
    gate.touch()
    wait_for(lambda: states(store)["it"] == "completed")


def test_a_start_while_the_runner_ends_its_jobs_is_followed_by_another(control, qtbot, store):
    store.intake.enqueue([new_job("it", "trap '' TERM; sleep 300", timeout=0)])
    store.options.set("grace", "2")
    first = start(control, qtbot)
    wait_for(lambda: states(store)["it"] == "processing")
    control.stop(now=True)
    qtbot.waitUntil(lambda: store.runner.row().state is RunnerState.DRAINING)
    with qtbot.waitSignal(control.started, timeout=LONG) as told:
        control.start()
    assert told.args[0] != first


def test_workers_become_more_and_fewer_while_it_runs_and_are_kept_for_the_next(control, qtbot, store):
    start(control, qtbot)
    for count in (5, 1):
        with qtbot.waitSignal(control.workers_set, timeout=LONG) as told:
            control.set_workers(count)
        assert told.args == [count]
        assert store.runner.row().slots == count
        assert store.options.text("workers") == str(count)


def test_without_a_runner_the_number_of_workers_is_only_kept(control, qtbot, store):
    with qtbot.waitSignal(control.workers_set, timeout=LONG):
        control.set_workers(7)
    assert store.options.text("workers") == "7"
    assert store.runner.open_asks() == []


def test_a_window_that_opens_starts_the_runner_only_where_that_is_chosen(control, qtbot, store, home):
    store.options.set("start-runner", "off")
    control.start_if_chosen()
    qtbot.waitUntil(lambda: not control.is_starting)
    assert not holds_lock(home)
    store.options.set("start-runner", "on")
    store.runner.want(False)
    with qtbot.waitSignal(control.started, timeout=LONG):
        control.start_if_chosen()
    assert store.runner.row().wanted == "running"


def test_a_runner_that_ends_at_once_is_told_with_the_error_in_its_log(gateway, qtbot, home):
    control = RunnerControl(gateway, environment())
    old = '{"event": "old trouble", "level": "error", "timestamp": "2020-01-01T00:00:00Z"}\n'
    (home.logs / "runner.log").write_text(old)
    home.ring.unlink()
    home.ring.mkdir()  # in the way of the bell that a runner hangs
    with qtbot.waitSignal(control.failed, timeout=LONG) as told:
        control.start()
    (error,) = told.args
    assert isinstance(error, RunnerNotStarted)
    assert str(error) == "The runner ended at once (exit code 1)."
    assert str(error.remedy).startswith(f"Its log says: runner refused: The folder {home.bell} can't be used")
    assert not control.is_starting
    control.deleteLater()


def test_a_process_that_can_not_be_started_is_told(gateway, qtbot, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    control = RunnerControl(gateway, environment())
    with qtbot.waitSignal(control.failed, timeout=LONG) as told:
        control.start()
    (error,) = told.args
    assert isinstance(error, ProgramGone)
    assert "there is no /no/such/python any more" in str(error)
    control.deleteLater()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX' words for what is no program")
def test_a_program_that_is_there_and_can_not_be_started_is_told_with_the_system_s_reason(
    gateway, qtbot, monkeypatch, tmp_path
):
    (tmp_path / "python").touch(mode=0o600)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    control = RunnerControl(gateway, environment())
    with qtbot.waitSignal(control.failed, timeout=LONG) as told:
        control.start()
    (error,) = told.args
    assert isinstance(error, RunnerNotStarted)
    assert "can't be started: Permission denied" in str(error)
    control.deleteLater()


def test_a_runner_that_does_not_answer_is_told_and_can_be_ended(gateway, qtbot, store, home):
    with running(home) as runner:
        wait_for(lambda: store.runner.row().state is RunnerState.RUNNING)
        with store.database.writing():  # so it holds no lock of the database when it stops
            runner.send_signal(19)  # SIGSTOP: it lives, and does nothing
            wait_for(lambda: psutil.Process(runner.pid).status() == psutil.STATUS_STOPPED)
        control = RunnerControl(gateway, environment(), patience=300)
        for do in (control.stop, lambda: control.set_workers(3)):
            with qtbot.waitSignal(control.failed, timeout=LONG) as told:
                do()
            assert isinstance(told.args[0], RunnerSilent)
        with qtbot.waitSignal(control.stopped, timeout=LONG):
            control.end_hanging()
        assert runner.wait(10) == -9
    control.deleteLater()


def test_a_lock_that_says_nothing_is_told_as_a_runner_that_does_not_come(gateway, qtbot, home):
    lock = ProcessLock(home.runner_lock)
    assert lock.take()
    control = RunnerControl(gateway, environment(), patience=300)
    with qtbot.waitSignal(control.failed, timeout=LONG) as told:
        control.start()
    assert "does not say that it runs" in str(told.args[0])
    lock.release()
    control.deleteLater()


def test_what_an_older_runner_does_not_know_is_told_in_its_words(gateway, qtbot, store, home):
    store.runner.begin(os.getpid(), None, "1.9", "boot", 2)
    lock = ProcessLock(home.runner_lock)
    assert lock.take()
    control = RunnerControl(gateway, environment())
    with qtbot.waitSignal(control.failed, timeout=LONG) as told:
        control.set_workers(4)
        qtbot.waitUntil(lambda: bool(store.runner.open_asks()))
        (asked,) = store.runner.open_asks()
        assert (asked.verb, asked.amount) == (Ask.SET_SLOTS, 4)
        store.runner.answer(asked.command, "error: this runner does not know how to do that")
    assert isinstance(told.args[0], RunnerRefused)
    assert str(told.args[0]) == "The runner refused: this runner does not know how to do that"
    lock.release()
    control.deleteLater()


def test_a_runner_is_started_with_as_many_workers_as_are_wanted(control, qtbot, store):
    with qtbot.waitSignal(control.started, timeout=LONG):
        control.start(slots=7)
    assert store.runner.row().slots == 7


def test_who_wants_a_runner_again_while_one_comes_up_gets_that_one(control, qtbot):
    control.start()
    control.start()
    with qtbot.waitSignal(control.started, timeout=LONG) as told:
        control.start()
    assert [child.pid for child in alive(control)] == told.args


def test_one_in_the_place_of_another_is_not_started_once_a_stop_was_said(control, qtbot, store, home):
    store.runner.want(False)
    with qtbot.waitSignals([control.busy_changed, control.busy_changed], timeout=LONG):
        control.start_again(2)
    assert not control.is_starting
    assert not control.has_child
    assert not holds_lock(home)
    assert store.runner.row().wanted == "stopped"
