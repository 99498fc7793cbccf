"""What the parts promise together, through the installed command."""

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.runners import wait_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the commands here are for /bin/sh")


def test_worker_start_does_not_hold_up_a_shell_that_waits_for_its_output(queuectl):
    done = subprocess.run(
        ["/bin/sh", "-c", f'x=$("{queuectl.program}" worker start); echo "got: $x"'],
        env=queuectl.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "Started 1 worker(s)" in done.stdout


def test_ten_worker_starts_at_once_leave_one_runner_with_ten_workers(queuectl):
    calls = [queuectl.popen("worker", "start", stdout=subprocess.PIPE, text=True) for _ in range(10)]
    answers = [call.communicate(timeout=120)[0].splitlines() for call in calls]
    assert [call.returncode for call in calls] == [0] * 10
    workers = sorted(line.split("'")[1] for answer in answers for line in answer[:-1])
    assert sorted(workers) == sorted(f"worker-{n}" for n in range(1, 11))
    assert len({line.split("PID: ")[1] for answer in answers for line in answer[:-1]}) == 1
    assert queuectl.json("status")["workers"] == 10


def test_a_worker_started_by_a_job_outlives_the_job(queuectl):
    job = f'"{queuectl.program}" worker start'
    queuectl("enqueue", "--id", "starter", "--command", f"{job} --count 2")
    queuectl("enqueue", "--id", "later", "--command", "sleep 0.5")
    queuectl("worker", "start")
    queuectl.wait_for(starter="completed", later="completed")
    assert queuectl.json("status")["workers"] == 3


def test_a_runner_that_a_job_starts_for_another_queue_is_no_part_of_that_job(queuectl, tmp_path):
    other = tmp_path / "other"
    with_other = f'"{queuectl.program}" --home {other}'
    queuectl("enqueue", "--id", "it", "--command", f"{with_other} worker start")
    queuectl("--home", str(other), "enqueue", "--id", "there", "--command", "true")
    queuectl("worker", "start")
    queuectl.wait_for(it="completed")
    try:
        assert queuectl.json("show", "it")["runs"][0]["left_behind"] is None
        wait_for(lambda: json.loads(queuectl("--home", str(other), "list", "--json").out)[0]["state"] == "completed")
        assert json.loads(queuectl("--home", str(other), "status", "--json").out)["workers"] == 1
    finally:
        queuectl("--home", str(other), "worker", "stop")


def test_stopping_waits_for_running_jobs(queuectl):
    gate = queuectl.folder / "gate"
    queuectl("enqueue", "--id", "it", "--command", f"until [ -e {gate} ]; do sleep 0.02; done")
    queuectl("worker", "start")
    queuectl.wait_for(it="processing")
    stop = queuectl.popen("worker", "stop", stdout=subprocess.PIPE, text=True)
    wait_for(lambda: queuectl.json("status")["runner"]["state"] == "draining")
    assert queuectl.states() == {"it": "processing"}
    gate.touch()
    assert stop.communicate(timeout=60)[0].splitlines()[-1] == "Stopped 1 worker(s)"
    assert queuectl.states() == {"it": "completed"}
    assert queuectl("worker", "stop").lines == ["No workers to stop"]


def test_stopping_now_puts_running_jobs_back(queuectl):
    queuectl("enqueue", "--id", "it", "--command", "sleep 100")
    queuectl("worker", "start")
    queuectl.wait_for(it="processing")
    queuectl("worker", "stop", "--now")
    assert queuectl.states() == {"it": "pending"}
    assert queuectl.json("show", "it")["attempts"] == 0


def test_cancel_ends_a_running_job(queuectl):
    queuectl("enqueue", "--id", "it", "--command", "sleep 100")
    queuectl("worker", "start")
    queuectl.wait_for(it="processing")
    assert queuectl("cancel", "it").lines == ["Job 'it' cancelled"]
    assert queuectl.states() == {"it": "cancelled"}
    assert "  Cancelled:         1" in queuectl("status").lines


def test_cancel_and_clear_work_after_a_runner_was_killed(queuectl):
    queuectl("enqueue", "--id", "one", "--command", "sleep 100")
    queuectl("enqueue", "--id", "two", "--command", "sleep 100")
    pid = int(queuectl("worker", "start", "--count", "2").lines[0].split("PID: ")[1].rstrip(")"))
    queuectl.wait_for(one="processing", two="processing")
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: queuectl.json("status")["runner"] is None)
    assert queuectl("cancel", "one").lines == ["Job 'one' cancelled"]
    assert queuectl.states() == {"one": "cancelled", "two": "pending"}
    assert queuectl("clear", "--yes").lines == ["All jobs cleared from database"]
    assert queuectl.states() == {}


def test_clear_cancels_what_runs(queuectl):
    queuectl("enqueue", "--id", "it", "--command", "sleep 100")
    queuectl("worker", "start")
    queuectl.wait_for(it="processing")
    queuectl("clear", "--yes")
    assert queuectl.states() == {}


def test_dequeue_refuses_a_running_job_and_force_cancels_it_first(queuectl):
    queuectl("enqueue", "--id", "it", "--command", "sleep 100")
    queuectl("worker", "start")
    queuectl.wait_for(it="processing")
    assert "Job 'it' is running" in queuectl("dequeue", "it", code=1).err
    assert queuectl("dequeue", "it", "--force").lines == ["Job 'it' removed from queue"]
    assert queuectl.states() == {}


def test_a_file_of_jobs_goes_in_whole_or_not_at_all(queuectl):
    (queuectl.folder / "good.json").write_text('[{"id": "a", "command": "true"}, {"id": "b", "command": "true"}]')
    (queuectl.folder / "bad.json").write_text('[{"id": "c", "command": "true"},\n {"id": "d", "comand": "true"}]')
    assert queuectl("enqueue", "--file", "good.json").lines == ["2 job(s) enqueued"]
    refused = queuectl("enqueue", "@bad.json", code=1).err
    assert "bad.json, line 2, job 2" in refused
    assert "command" in refused
    assert sorted(queuectl.states()) == ["a", "b"]
    assert queuectl("enqueue", "-", stdin='{"id": "e", "command": "true"}\n{"id": "f", "command": "true"}').code == 0
    assert sorted(queuectl.states()) == ["a", "b", "e", "f"]


def test_a_setting_counts_for_jobs_that_name_no_value_of_their_own(queuectl):
    assert queuectl("config", "set", "timeout", "7").lines == ["Set timeout = 7"]
    queuectl("enqueue", "--id", "it", "--command", "true")
    assert queuectl.json("show", "it")["timeout"] == 7


def test_until_empty_tells_by_its_exit_code_whether_a_job_died(queuectl):
    queuectl("enqueue", "--id", "good", "--command", "true")
    queuectl("worker", "run", "--until-empty", code=0)
    queuectl("enqueue", "--id", "bad", "--command", "exit 1", "--max-retries", "1")
    queuectl("worker", "run", "--until-empty", code=1)
    queuectl("pause")
    queuectl("enqueue", "--id", "late", "--command", "true")
    assert "paused" in queuectl("worker", "run", "--until-empty", code=1).err


def test_a_second_runner_is_refused_by_name(queuectl):
    pid = queuectl("worker", "start").lines[0].split("PID: ")[1].rstrip(")")
    assert f"A runner is already running (PID: {pid})" in queuectl("worker", "run", "--until-empty", code=1).err


def test_ctrl_c_lets_running_jobs_end_and_a_second_one_puts_them_back(queuectl):
    queuectl("enqueue", "--id", "it", "--command", "sleep 100")
    run = queuectl.popen("worker", "run", stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    queuectl.wait_for(it="processing")
    run.send_signal(signal.SIGINT)
    wait_for(lambda: "signal heard" in (queuectl.home.logs / "runner.log").read_text(), "the first to be heard")
    assert queuectl.states() == {"it": "processing"}
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=60)
    assert queuectl.states() == {"it": "pending"}


def test_enqueue_starts_without_qt_and_all_else_it_does_not_need(queuectl):
    unwanted = ("PySide6", "structlog", "rich", "psutil")
    program = (
        "import sys; sys.argv = ['queuectl', 'enqueue', '--id', 'it', '--command', 'true']\n"
        "from app.bootstrap import console\n"
        "code = console()\n"
        f"print([name for name in {unwanted!r} if name in sys.modules])\n"
        "sys.exit(code)"
    )
    call = [sys.executable, "-c", program]
    done = subprocess.run(call, env=queuectl.environment, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines() == ["Job 'it' enqueued successfully", "[]"]


def test_another_home_is_another_queue(queuectl, tmp_path):
    queuectl("enqueue", "--id", "here", "--command", "true")
    queuectl("--home", str(tmp_path / "other"), "enqueue", "--id", "there", "--command", "true")
    assert queuectl.states() == {"here": "pending"}
