"""The pool with `cmd`: what test_pool.py says of /bin/sh, in Windows' words."""

import sys
from contextlib import suppress

import psutil
import pytest
from PySide6.QtCore import QProcessEnvironment

from app.domain.job import Leftovers, State
from app.domain.outcome import Reason
from tests.engine.pools import working
from tests.engine.trees import adopting_platform
from tests.store.jobs import new
from tests.wine import windows_only

pytestmark = windows_only

LONG = "ping -n 60 127.0.0.1 >nul"
FAMILY = f"start /b {LONG} & echo ready& {LONG}"
"""`cmd` with a child that it waits for, and one that it does not."""

HERE = "C:\\"


@pytest.fixture
def at_work(home, qtbot):
    with adopting_platform() as platform, working(home, qtbot, platform=platform) as at_work:
        at_work.platform = platform
        yield at_work


def enqueue(at_work, id="it", **fields):
    at_work.store.intake.enqueue([new(id, **{"cwd": HERE, "max_retries": 1, **fields})])


def family_of(at_work, id="it"):
    """The processes of a running job, once all three are there."""
    at_work.wait_for_output(id, b"ready")
    root = psutil.Process(at_work.started[-1].pid)
    at_work.wait_for(lambda: len(root.children(recursive=True)) >= 2)
    found = [root, *root.children(recursive=True)]
    assert len(found) == 3
    return found


def was_started_by(process, pid):
    with suppress(psutil.Error):
        return process.ppid() == pid
    return False


def alive(processes):
    return [process.pid for process in processes if process.is_running()]


ENDINGS = {
    "a success": ({"command": "exit 0"}, "completed", None, "succeeded", 0),
    "an exit code": ({"command": "echo first& echo no space& exit 3"}, "dead", "Exit code 3: no space", "failed", 3),
    "the largest code of POSIX": ({"command": "exit 255"}, "dead", "Exit code 255", "failed", 255),
    "a code that counts": ({"command": "exit 3", "success_codes": (1, 3)}, "completed", None, "succeeded", 3),
    "a timeout": ({"command": LONG, "timeout": 0.3}, "dead", "Timeout exceeded (0.3s)", "timed_out", None),
    "a folder that is not there": (
        {"cwd": "C:\\no\\such"},
        "dead",
        "Not started: there is no folder C:\\no\\such",
        "not_started",
        None,
    ),
    "a shell that is not there": (
        {"command": "ls", "shell": "pwsh"},
        "dead",
        "Not started: there is no shell 'pwsh' on this computer",
        "not_started",
        None,
    ),
}


@pytest.mark.parametrize(("fields", "state", "error", "outcome", "code"), ENDINGS.values(), ids=ENDINGS.keys())
def test_the_way_cmd_ends_is_the_way_its_run_ends(at_work, fields, state, error, outcome, code):
    enqueue(at_work, **fields)
    at_work.wait_for_states(it=state)
    job, (run,) = at_work.job("it"), at_work.runs("it")
    assert (job.error, job.exit_code) == (error, code)
    assert (run.outcome, run.exit_code) == (outcome, code)


def test_a_program_that_follows_a_command_in_the_same_worker_gets_no_words_of_it(at_work):
    at_work.pool.set_slots(1)
    enqueue(at_work, "command", command="echo first")
    enqueue(at_work, "program", argv=(sys.executable, "-c", "import sys; print(sys.argv)"))
    at_work.wait_for_states(command="completed", program="completed")
    assert at_work.output("program").split() == [b"['-c']"]


def test_a_command_that_is_not_there_fails(at_work):
    enqueue(at_work, command="no-such-program 2>nul")
    at_work.wait_for_states(it="dead")
    assert at_work.job("it").error == f"Exit code {at_work.job('it').exit_code}"  # 1, and Wine's cmd says 9009


def test_a_program_that_is_not_there_says_so(at_work):
    enqueue(at_work, argv=("C:\\no\\such\\program.exe",))
    at_work.wait_for_states(it="dead")
    assert at_work.job("it").error.startswith("Not started: ")


def test_all_that_a_job_and_its_children_write_is_kept_in_the_order_written(at_work):
    enqueue(at_work, command="echo one& echo two>&2& cmd /c echo three& echo four>&2")
    at_work.wait_for_states(it="completed")
    assert at_work.output("it").split() == [b"one", b"two", b"three", b"four"]


def test_a_command_reaches_cmd_as_it_was_written(at_work):
    enqueue(at_work, command='echo "a  b" ^& c & if "x y"=="x y" echo "quoted"')
    at_work.wait_for_states(it="completed")
    assert [line.strip() for line in at_work.output("it").splitlines()] == [b'"a  b" & c', b'"quoted"']


def test_standard_input_is_empty(at_work):
    enqueue(at_work, command="set /p x=& echo read all")
    at_work.wait_for_states(it="completed")
    assert at_work.output("it").strip() == b"read all"


def test_a_job_finds_itself_in_its_environment_and_its_folder(home, qtbot, tmp_path):
    inherited = QProcessEnvironment.systemEnvironment()
    inherited.insert("QUEUECTL_TOKEN", "of the job this was called from")
    with working(home, qtbot, environment=inherited) as at_work:
        command = "echo %QUEUECTL_JOB_ID% %QUEUECTL_RUN% %QUEUECTL_TOKEN% %MINE%& cd"
        enqueue(at_work, command=command, env={"MINE": "a b"}, cwd=str(tmp_path))
        at_work.wait_for_states(it="completed")
        token = at_work.runs("it")[0].token
        lines = [line.strip() for line in at_work.output("it").decode().splitlines()]
        assert lines == [f"it 1 {token} a b", str(tmp_path)]


def test_argv_runs_without_a_shell(at_work):
    enqueue(at_work, argv=("cmd", "/d", "/c", "exit", "7"))
    at_work.wait_for_states(it="dead")
    assert at_work.job("it").exit_code == 7


def test_a_timeout_ends_cmd_with_its_grandchildren(at_work):
    enqueue(at_work, command=FAMILY, timeout=6.0)
    family = family_of(at_work)
    at_work.wait_for_states(it="dead")
    assert alive(family) == []
    assert at_work.job("it").error == "Timeout exceeded (6s)"
    assert at_work.runs("it")[0].left_behind.startswith("2 process(es) ended: ")


def test_cancelling_ends_cmd_with_its_grandchildren(at_work):
    enqueue(at_work, command=FAMILY)
    family = family_of(at_work)
    at_work.store.changes.cancel(at_work.job("it").seq)
    at_work.wait_for_states(it="cancelled")
    assert alive(family) == []


@pytest.mark.parametrize("at_once", [False, True])
def test_stopping_ends_trees_and_puts_their_jobs_back(at_work, qtbot, at_once):
    enqueue(at_work, command=FAMILY)
    family = family_of(at_work)
    with qtbot.waitSignal(at_work.pool.emptied):
        at_work.pool.stop_now(Reason.SESSION_END, at_once=at_once)
    assert alive(family) == []
    job, (run,) = at_work.job("it"), at_work.runs("it")
    assert (job.state, job.attempts) == (State.PENDING, 0)
    assert run.reason == "Interrupted: the session ended"


def test_what_start_leaves_running_is_ended_with_the_job_and_the_run_says_so(at_work):
    enqueue(at_work, command=f"start /b {LONG}")
    at_work.wait_for_states(it="completed")
    assert at_work.runs("it")[0].left_behind.lower() == "1 process(es) ended: ping.exe"


def test_leftovers_leave_lets_it_run_on_while_the_runner_lives(at_work):
    enqueue(at_work, command=f"start /b {LONG}", leftovers=Leftovers.LEAVE)
    at_work.wait_for_states(it="completed")
    run = at_work.runs("it")[0]
    assert run.left_behind == "left running until the runner ends"
    (left,) = [process for process in psutil.process_iter() if was_started_by(process, run.pid)]
    left.kill()
    left.wait(20)


def test_as_many_jobs_run_at_once_as_there_are_workers(at_work, tmp_path):
    gate = tmp_path / "gate"
    command = f'for /l %i in (1,1,100000) do @if exist "{gate}" exit 0'
    for id in "abc":
        enqueue(at_work, id, command=command)
    at_work.wait_for(lambda: at_work.pool.running == 2)
    assert [str(at_work.job(id).state) for id in "abc"] == ["processing", "processing", "pending"]
    gate.touch()
    at_work.wait_for_states(a="completed", b="completed", c="completed")
