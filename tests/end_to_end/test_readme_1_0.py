"""The tests that the README of 1.0 describes, through the installed command with real processes.

Where that one says ``timeout 30``, which is a Windows command, ``sleep 30`` stands here.
"""

import sys

import pytest

from tests.runners import wait_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sleep is not a Windows command")


# The manual tests


def test_manual_1_the_basic_workflow(queuectl):
    assert queuectl("clear", "--yes").lines == ["All jobs cleared from database"]
    assert queuectl("enqueue", "--id", "test1", "--command", "echo Testing QueueCTL").lines == [
        "Job 'test1' enqueued successfully"
    ]
    assert queuectl("list").lines[2].split()[0] == "test1"
    assert queuectl.states() == {"test1": "pending"}
    started = queuectl("worker", "start").lines
    assert started[0].startswith("Started worker 'worker-1' (PID: ")
    assert started[1] == "Started 1 worker(s)"
    queuectl.wait_for(test1="completed")
    shown = queuectl("show", "test1").out
    assert "State:        completed" in shown
    assert "Testing QueueCTL" in shown.partition("Output:")[2]
    stopped = queuectl("worker", "stop").lines
    assert stopped[0] == started[0].replace("Started", "Stopped")
    assert stopped[1] == "Stopped 1 worker(s)"


def test_manual_2_the_priority_system(queuectl):
    log = queuectl.folder / "log"
    for id, priority in (("low", 2), ("med", 5), ("high", 9)):
        queuectl("enqueue", "--id", id, "--command", f"echo {id} >> {log}", "--priority", str(priority))
    jobs = {job["id"]: (job["priority"], job["waited"], job["effective"]) for job in queuectl.json("list")}
    assert jobs == {"low": (2, 2, 4), "med": (5, 1, 6), "high": (9, 0, 9)}
    queuectl("worker", "start")
    queuectl.wait_for(low="completed", med="completed", high="completed")
    assert log.read_text().split() == ["high", "med", "low"]
    queuectl("worker", "stop")


def test_manual_3_the_retry_mechanism(queuectl):
    queuectl("enqueue", "--id", "retry-test", "--command", "sleep 30", "--timeout", "1", "--max-retries", "2")
    queuectl("worker", "start")
    queuectl.wait_for(**{"retry-test": "failed"})
    shown = queuectl("show", "retry-test").out
    assert "Attempts:     1/2" in shown
    assert "Error:        Timeout exceeded (1s)" in shown
    queuectl.wait_for(**{"retry-test": "dead"})
    assert "Attempts:     2/2" in queuectl("show", "retry-test").out
    dead = queuectl("dlq", "list").lines
    assert dead[0].split() == ["ID", "Command", "Attempts", "Error", "Failed", "At"]
    assert dead[2].split()[:4] == ["retry-test", "sleep", "30", "2"]
    assert dead[-1] == "Total: 1 job(s) in DLQ"
    first, second = queuectl.json("show", "retry-test")["runs"]
    assert [run["outcome"] for run in (first, second)] == ["timed_out", "timed_out"]
    assert 2 <= seconds_between(first["finished_at"], second["started_at"]) < 4
    assert queuectl("dlq", "retry", "retry-test").lines == ["Job 'retry-test' moved back to pending queue"]
    queuectl("worker", "stop", "--now")


def test_manual_4_multiple_workers(queuectl):
    for n in range(1, 11):
        queuectl("enqueue", "--id", f"job{n}", "--command", "sleep 2")
    assert "  Pending:           10" in queuectl("status").lines
    assert queuectl("worker", "start", "--count", "3").lines[-1] == "Started 3 worker(s)"
    wait_for(lambda: queuectl.json("status")["states"]["processing"] == 3)
    status = queuectl("status").lines
    assert "  Active Processes:  3" in status
    assert "  Currently Working: 3 jobs" in status
    wait_for(lambda: queuectl.json("status")["states"]["completed"] == 10)
    assert queuectl("worker", "stop").lines[-1] == "Stopped 3 worker(s)"


def test_manual_5_persistence(queuectl):
    queuectl("enqueue", "--id", "persist", "--command", "echo Persistent Job")
    # each call is a process of its own: nothing but the database lives on from one to the next
    assert queuectl.states() == {"persist": "pending"}
    queuectl("worker", "start")
    queuectl.wait_for(persist="completed")
    queuectl("worker", "stop")
    assert "Persistent Job" in queuectl("show", "persist").out


# The automatic tests


def test_automatic_1_a_job_completes(queuectl):
    queuectl("enqueue", '{"id":"job1","command":"echo Hello"}')
    queuectl("worker", "start")
    queuectl.wait_for(job1="completed")


def test_automatic_2_a_job_is_retried_and_goes_to_the_dead_letter_queue(queuectl):
    job = '{"id":"job2","command":"sleep 30","timeout":1,"max_retries":2,"backoff_base":1}'
    queuectl("enqueue", job)
    queuectl("worker", "start")
    queuectl.wait_for(job2="dead")
    assert [letter["id"] for letter in queuectl.json("dlq", "list")] == ["job2"]


def test_automatic_3_several_workers_share_jobs_without_overlap(queuectl):
    log = queuectl.folder / "log"
    for n in range(5):
        queuectl("enqueue", "--id", f"j{n}", "--command", f"echo {n} >> {log}")
    queuectl("worker", "start", "--count", "2")
    queuectl.wait_for(**{f"j{n}": "completed" for n in range(5)})
    assert sorted(log.read_text().split()) == ["0", "1", "2", "3", "4"]


def test_automatic_4_the_database_keeps_jobs(queuectl):
    queuectl("enqueue", "--id", "kept", "--command", "echo kept")
    assert queuectl.home.database.exists()
    assert queuectl.states() == {"kept": "pending"}


def test_automatic_5_higher_priorities_run_first(queuectl):
    log = queuectl.folder / "log"
    queuectl("enqueue", "--id", "low", "--command", f"echo low >> {log}", "--priority", "1")
    queuectl("enqueue", "--id", "high", "--command", f"echo high >> {log}", "--priority", "10")
    queuectl("worker", "start")
    queuectl.wait_for(low="completed", high="completed")
    assert log.read_text().split() == ["high", "low"]


def test_automatic_6_an_invalid_command_fails_and_goes_to_the_dead_letter_queue(queuectl):
    queuectl("enqueue", "--id", "bad", "--command", "invalid_command_xyz", "--max-retries", "2", "--backoff-base", "1")
    queuectl("worker", "start")
    queuectl.wait_for(bad="dead")
    (letter,) = queuectl.json("dlq", "list")
    assert letter["attempts"] == 2
    assert letter["error"].startswith("Exit code 127: ")


def test_the_three_job_example_of_ageing(queuectl):
    """job1 (3), job2 (5), job3 (4), each enqueued alone: the README of 1.0 gives the numbers after each step."""
    steps = [
        ("job1", 3, {"job1": (0, 3)}),
        ("job2", 5, {"job1": (1, 4), "job2": (0, 5)}),
        ("job3", 4, {"job1": (2, 5), "job2": (1, 6), "job3": (0, 4)}),
    ]
    for id, priority, expected in steps:
        queuectl("enqueue", "--id", id, "--command", "true", "--priority", str(priority))
        assert {job["id"]: (job["waited"], job["effective"]) for job in queuectl.json("list")} == expected


def seconds_between(earlier, later):
    from datetime import datetime

    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()
