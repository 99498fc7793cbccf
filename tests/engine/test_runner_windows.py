"""The runner as a process on Windows: what test_runner.py says, with `cmd` jobs and Windows' ways to end a process."""

import subprocess
import sys

import psutil
import pytest

from app.domain.job import State
from app.launch import asking_command
from app.store.runner_state import RunnerState
from tests.runners import CHECKOUT, environment, running, start, states, wait_for, wait_for_states
from tests.store.jobs import new, opened
from tests.wine import windows_only

pytestmark = windows_only

LONG = "ping -n 300 127.0.0.1 >nul"
FAMILY = f"start /b {LONG} & echo ready& {LONG}"
HERE = "C:\\"
LOG_OFF = -0x80000000


@pytest.fixture
def store(home):
    with opened(home) as store:
        yield store


def enqueue(store, id="it", **fields):
    store.intake.enqueue([new(id, **{"cwd": HERE, "timeout": 0.0, **fields})])


def family_of(store, seq=1, run=1):
    """The processes of a running job, once all three are there."""
    output = store.outputs.path(seq, run)
    wait_for(lambda: output.exists() and b"ready" in output.read_bytes(), "the job")
    wait_for(lambda: store.reads.details(seq).runs[-1].pid is not None, "its pid")
    root = psutil.Process(store.reads.details(seq).runs[-1].pid)
    wait_for(lambda: len(root.children(recursive=True)) >= 2, "its children")
    return [root, *root.children(recursive=True)]


def none_lives(processes):
    return not any(process.is_running() for process in processes)


def tell_ctrl_c(pid):
    """Have Ctrl+C said to a runner, by the program's own hidden verb."""
    return subprocess.run(
        asking_command(0, [pid]),
        cwd=CHECKOUT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        creationflags=subprocess.CREATE_NO_WINDOW,
        check=False,
    ).returncode


def hidden_window_of(pid):
    import win32gui
    import win32process

    found = []

    def look(window, _):
        if win32process.GetWindowThreadProcessId(window)[1] == pid and win32gui.GetWindowText(window) == "QueueCTL":
            found.append(window)
        return True

    win32gui.EnumWindows(look, None)
    return found[0]


def test_a_job_runs_in_a_runner_whose_streams_are_the_null_device(home, store):
    enqueue(store, command="echo hi")
    with running(home) as runner:
        wait_for_states(store, it="completed")
        assert store.outputs.path(1, 1).read_bytes() == b"hi\r\n"
        row = store.runner.row()
        assert (row.state, row.slots, row.pid) == (RunnerState.RUNNING, 2, runner.pid)


def test_of_three_runners_started_at_once_one_works_and_two_leave(home, store):
    processes = [start(home) for _ in range(3)]
    try:
        wait_for(lambda: sum(process.poll() is not None for process in processes) == 2, "two to leave")
        (left,) = [process for process in processes if process.poll() is None]
        wait_for(lambda: store.runner.row().state is RunnerState.RUNNING)
        assert store.runner.row().pid == left.pid
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_ending_the_runner_ends_its_jobs_trees_and_no_job_stays_processing(home, store):
    enqueue(store, command=FAMILY)
    with running(home) as runner:
        family = family_of(store)
        runner.kill()  # TerminateProcess
        runner.wait()
        wait_for(lambda: none_lives(family), "the tree to end with the runner")
    assert states(store) == {"it": "processing"}
    with running(home):
        wait_for(lambda: store.reads.details(1).job.run == 2, "the second run")
        assert store.reads.details(1).job.attempts == 0
        assert store.reads.details(1).runs[0].reason == "Interrupted: the runner died"


@pytest.mark.parametrize("point", ["after_claim", "after_start"])
def test_a_runner_that_dies_at_any_point_loses_nothing(home, store, point):
    enqueue(store, command="echo %QUEUECTL_RUN%")
    with running(home, QUEUECTL_KILL_AT=point) as runner:
        runner.wait(60)
    assert states(store) == {"it": "processing"}
    with running(home):
        wait_for_states(store, it="completed")
    assert [run.outcome for run in store.reads.details(1).runs] == ["interrupted", "succeeded"]


def test_ctrl_c_in_its_console_ends_what_runs_puts_it_back_and_leaves(home, store):
    enqueue(store, command=FAMILY)
    with running(home) as runner:
        family = family_of(store)
        assert tell_ctrl_c(runner.pid) == 0
        assert runner.wait(60) == 0
        assert none_lives(family)
    details = store.reads.details(1)
    assert (details.job.state, details.job.attempts) == (State.PENDING, 0)
    assert details.runs[0].reason == "Interrupted: the runner was stopped"


def test_at_a_log_off_jobs_are_put_back_before_the_message_is_answered(home, store):
    import win32con
    import win32gui

    enqueue(store, command=FAMILY)
    with running(home) as runner:
        family = family_of(store)
        window = hidden_window_of(runner.pid)
        assert win32gui.SendMessage(window, win32con.WM_QUERYENDSESSION, 0, LOG_OFF) == 1
        assert states(store) == {"it": "processing"}
        win32gui.SendMessage(window, win32con.WM_ENDSESSION, 1, LOG_OFF)
        assert none_lives(family)
        details = store.reads.details(1)
        assert (details.job.state, details.job.attempts) == (State.PENDING, 0)
        assert details.runs[0].reason == "Interrupted: the session ended"
        assert store.database.run("SELECT ended_by FROM session") == [("log-off",)]
        assert runner.wait(30) == 0


def test_a_runner_that_is_asked_to_close_as_taskkill_asks_puts_back_and_leaves(home, store):
    import win32con
    import win32gui

    enqueue(store, command=LONG)
    with running(home) as runner:
        wait_for_states(store, it="processing")
        wait_for(lambda: store.runner.row().state is RunnerState.RUNNING)
        win32gui.PostMessage(hidden_window_of(runner.pid), win32con.WM_CLOSE, 0, 0)
        assert runner.wait(60) == 0
    assert states(store) == {"it": "pending"}


def test_cancel_and_pause_are_heard_at_once_by_a_runner(home, store):
    enqueue(store, command=LONG)
    enqueue(store, "next", command="exit 0")
    with running(home, slots=1):
        wait_for_states(store, it="processing")
        store.changes.set_paused(True)
        store.changes.cancel(1)
        wait_for_states(store, it="cancelled")
        assert states(store)["next"] == "pending"
        store.changes.set_paused(False)
        wait_for_states(store, next="completed")


def test_the_helper_is_started_by_this_python():
    assert asking_command(1, [2, 3])[-4:] == ["--ask-to-end", "1", "2", "3"]
    assert asking_command(1, [])[0] == getattr(sys, "_base_executable", sys.executable)
