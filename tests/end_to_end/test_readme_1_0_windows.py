"""The manual tests of 1.0's README in its own Windows words, through the command with real processes.

That one says ``timeout 30``, which refuses an input that is not the keyboard's, as a job's is; ``ping -n 31`` waits as
long.
"""

from datetime import datetime

from app.locks import ProcessLock
from tests.runners import wait_for
from tests.wine import windows_only

pytestmark = windows_only

THIRTY_SECONDS = "ping -n 31 127.0.0.1 >nul"
TWO_SECONDS = "ping -n 3 127.0.0.1 >nul"
UNTIL_IT_IS_ENDED = "ping -n 3600 127.0.0.1 >nul"


def test_manual_1_the_basic_workflow(queuectl):
    assert queuectl("clear", "--yes").lines == ["All jobs cleared from database"]
    assert queuectl("enqueue", "--id", "test1", "--command", "echo Testing QueueCTL").lines == [
        "Job 'test1' enqueued successfully"
    ]
    assert queuectl("list").lines[2].split()[0] == "test1"
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
        queuectl("enqueue", "--id", id, "--command", f'echo {id}>> "{log}"', "--priority", str(priority))
    jobs = {job["id"]: (job["priority"], job["waited"], job["effective"]) for job in queuectl.json("list")}
    assert jobs == {"low": (2, 2, 4), "med": (5, 1, 6), "high": (9, 0, 9)}
    queuectl("worker", "start")
    queuectl.wait_for(low="completed", med="completed", high="completed")
    assert log.read_text().split() == ["high", "med", "low"]


def test_manual_3_the_retry_mechanism(queuectl):
    # the wait is long enough to be looked at, where a command takes seconds to start
    retried = ("--timeout", "1", "--max-retries", "2", "--backoff-base", "15")
    queuectl("enqueue", "--id", "retry-test", "--command", THIRTY_SECONDS, *retried)
    queuectl("worker", "start")
    queuectl.wait_for(**{"retry-test": "failed"})
    shown = queuectl("show", "retry-test").out
    assert "Attempts:     1/2" in shown
    assert "Error:        Timeout exceeded (1s)" in shown
    queuectl.wait_for(**{"retry-test": "dead"})
    assert "Attempts:     2/2" in queuectl("show", "retry-test").out
    dead = queuectl("dlq", "list").lines
    assert dead[2].split()[0] == "retry-test"
    assert dead[-1] == "Total: 1 job(s) in DLQ"
    first, second = queuectl.json("show", "retry-test")["runs"]
    assert [run["outcome"] for run in (first, second)] == ["timed_out", "timed_out"]
    wait = datetime.fromisoformat(second["started_at"]) - datetime.fromisoformat(first["finished_at"])
    assert wait.total_seconds() >= 15
    assert queuectl("dlq", "retry", "retry-test").lines == ["Job 'retry-test' moved back to pending queue"]
    queuectl("worker", "stop", "--now")


def test_manual_4_multiple_workers(queuectl):
    for n in range(1, 11):
        queuectl("enqueue", "--id", f"job{n}", "--command", TWO_SECONDS)
    assert "  Pending:           10" in queuectl("status").lines
    assert queuectl("worker", "start", "--count", "3").lines[-1] == "Started 3 worker(s)"
    wait_for(lambda: queuectl.json("status")["states"]["processing"] == 3)
    assert "  Active Processes:  3" in queuectl("status").lines
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


def test_a_reader_of_its_output_is_not_held_up_by_the_runner_that_worker_start_leaves(queuectl):
    assert queuectl("worker", "start").lines[-1] == "Started 1 worker(s)"  # its output was read to the end
    assert ProcessLock(queuectl.home.runner_lock).is_held()


def test_clear_and_cancel_end_what_runs(queuectl):
    for id in ("one", "two"):
        queuectl("enqueue", "--id", id, "--command", UNTIL_IT_IS_ENDED, "--timeout", "0")
    queuectl("worker", "start", "--count", "2")
    queuectl.wait_for(one="processing", two="processing")
    assert queuectl("cancel", "one").lines == ["Job 'one' cancelled"]
    assert queuectl.states() == {"one": "cancelled", "two": "processing"}
    queuectl("clear", "--yes")
    assert queuectl.states() == {}
