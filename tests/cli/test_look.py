"""``status``, ``list`` and ``show``, as people and as programs read them."""

import re

import pytest

from app.domain.job import State
from app.domain.outcome import Failed, Succeeded
from app.store import space
from app.store.runner_state import RunnerState
from app.store.work import Started
from tests.store.jobs import claim_one, enqueue, finish, new, put_into

JOB_KEYS = {
    *("seq", "id", "command", "argv", "shell", "state", "attempts", "max_retries", "run", "priority", "waited"),
    *("effective", "timeout", "backoff_base", "cwd", "env_names", "success_codes", "on_interrupt", "leftovers"),
    *("created_at", "updated_at", "started_at", "finished_at", "next_retry_at", "duration", "exit_code", "error"),
}
HOSTILE = "\x1b]0;owned\x07 \x1b[2J\u202e\r\nTotal: 99 job(s)\x9b31m"
UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def without_times(text):
    """The text with every moment replaced by one of the same form."""
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2025-11-09 10:15:23", text)
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", "2025-11-09T10:14:12.123456", text)


def ran(store, clock, outcome=None, seconds=0.0, **more):
    """Run the next job to its end; return its seq."""
    claim = claim_one(store)
    clock.forward(seconds)
    finish(store, claim, outcome or Succeeded(), clock(), **more)
    return claim.job.seq


README_STATUS = """\
==================================================
  QueueCTL Status
==================================================

Total Jobs:          5

Jobs by State:
  Pending:           2
  Processing:        1
  Completed:         2
  Failed:            0
  Dead (DLQ):        0

Workers:
  Active Processes:  2
  Currently Working: 1 jobs
==================================================
"""


def test_status_is_the_block_of_the_1_0_readme(queuectl, store, clock, runner):
    enqueue(store, "a", "b", "c", "d", "e")
    ran(store, clock)
    ran(store, clock)
    runner.start(slots=2)
    runner.claim()
    assert queuectl("status").out == README_STATUS


def test_status_on_an_empty_home(queuectl):
    answer = queuectl("status")
    assert (answer.code, answer.err) == (0, "")
    assert "Total Jobs:          0\n" in answer.out
    assert "Active Processes:  0\n" in answer.out
    assert "Cancelled" not in answer.out
    assert "Queue" not in answer.out.replace("QueueCTL", "")


def test_status_shows_cancelled_jobs_and_a_pause_only_when_there_are_any(queuectl, store, clock):
    put_into(store, State.CANCELLED, clock)
    store.changes.set_paused(True)
    out = queuectl("status").out
    assert "  Dead (DLQ):        0\n  Cancelled:         1\n" in out
    assert "  Queue:             paused\n" in out


def test_status_says_that_the_disk_is_too_full_for_jobs(queuectl, monkeypatch):
    assert "Disk:" not in queuectl("status").out
    monkeypatch.setattr(space, "free_bytes", lambda _: 5_000)
    assert "  Disk:              too little free space, so no job is started\n" in queuectl("status").out
    assert queuectl("status", "--json").json["lacks_space"] is True


def test_what_a_dead_runner_left_is_not_being_worked_on(queuectl, store):
    enqueue(store)
    store.runner.begin(4242, 1.0, "2.0.0", "boot", 3)
    store.runner.say(RunnerState.RUNNING, 3)
    claim_one(store)
    answer = queuectl("status", "--json").json
    assert (answer["states"]["processing"], answer["workers"], answer["working"], answer["runner"]) == (1, 0, 0, None)


def test_status_as_json(queuectl, store, runner):
    enqueue(store, "a", "b")
    runner.start(slots=3)
    runner.claim()
    assert queuectl("status", "--json").json == {
        "total": 2,
        "states": {"pending": 1, "processing": 1, "completed": 0, "failed": 0, "dead": 0, "cancelled": 0},
        "workers": 3,
        "working": 1,
        "paused": False,
        "lacks_space": False,
        "runner": {"pid": 4242, "version": "2.0.0", "state": "running"},
    }


README_LIST = """\
ID    Command       State      Attempts    Priority  Wait  Effective  Created At
----  ------------  ---------  ----------  --------  ----  ---------  -------------------
job3  echo Task     completed  0/3         8         0     8          2025-11-09 10:15:23
job1  echo Hello    completed  0/3         5         0     5          2025-11-09 10:15:23
job2  timeout 30    pending    0/3         5         2     7          2025-11-09 10:15:23

Total: 3 job(s)
"""


def test_list_is_the_block_of_the_1_0_readme(queuectl, store, clock):
    enqueue(store, "job2", command="timeout 30")
    store.changes.run_next(enqueue(store, "job1", command="echo Hello"))
    ran(store, clock)
    enqueue(store, "job3", command="echo Task", priority=8)
    ran(store, clock)
    assert without_times(queuectl("list").out) == README_LIST


def test_list_without_jobs(queuectl):
    assert queuectl("list").out == "No jobs found\n"
    assert queuectl("list", "--state", "dead").out == "No jobs with state 'dead'\n"
    assert queuectl("list", "--json").out == "[]\n"


def test_list_of_one_state(queuectl, store, clock):
    put_into(store, State.DEAD, clock, "d")
    enqueue(store, "p")
    out = queuectl("list", "--state", "pending").out
    assert "p     echo hi" in out
    assert "dead" not in out
    assert out.endswith("\nTotal: 1 job(s)\n")
    assert [job["id"] for job in queuectl("list", "--state", "dead", "--json").json] == ["d"]


def test_list_knows_no_other_state(queuectl):
    answer = queuectl("list", "--state", "lost")
    assert (answer.code, answer.out) == (2, "")


def test_list_can_be_limited_to_the_newest(queuectl, store):
    enqueue(store, "a", "b", "c")
    out = queuectl("list", "--limit", "2").out
    assert [line.split()[0] for line in out.splitlines()[2:4]] == ["c", "b"]
    assert out.endswith("\nTotal: 3 job(s), the newest 2 shown\n")
    assert [job["id"] for job in queuectl("list", "--limit", "2", "--json").json] == ["c", "b"]
    assert queuectl("list", "--limit", "3").out.endswith("\nTotal: 3 job(s)\n")


def test_a_long_command_is_cut_at_40_characters_and_nothing_at_the_width_of_a_terminal(queuectl, store):
    enqueue(store, "i" * 128, command="0123456789" * 5)
    row = queuectl("list").out.splitlines()[2]
    assert row.startswith("i" * 128 + "  " + ("0123456789" * 4)[:37] + "...  pending")


def test_list_goes_on_after_the_first_thousand(queuectl, store):
    store.intake.enqueue([new(f"job{number}") for number in range(2500)])
    lines = queuectl("list").out.splitlines()
    assert len(lines) == 2500 + 4
    assert lines[-1] == "Total: 2500 job(s)"
    assert len(queuectl("list", "--json").json) == 2500


def test_wide_characters_keep_the_columns(queuectl, store):
    enqueue(store, "語語語", command="語")
    head, _, row = queuectl("list").out.splitlines()[:3]
    # each of the four takes two cells, so as many characters fewer stand before the column of the state
    assert row.index("pending") == head.index("State") - 4


def test_nothing_of_a_job_reaches_the_terminal_as_a_command(queuectl, store, clock):
    enqueue(store, HOSTILE, command=HOSTILE, max_retries=1)
    ran(store, clock, Failed(1), tail=HOSTILE, last_line=HOSTILE)
    for words in (["list"], ["show", HOSTILE], ["dlq", "list"], ["show", HOSTILE + "x"], ["cancel", HOSTILE]):
        answer = queuectl(*words)
        text = answer.out + answer.err
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text), words
        # an output keeps its lines, all else is one line
        assert "\nTotal: 99" not in answer.out.partition("Output:")[0] + answer.out.partition("Runs:")[2]
    assert len(queuectl("list").out.splitlines()) == 5
    for words in (["list", "--json"], ["show", HOSTILE, "--json"], ["dlq", "list", "--json"]):
        answer = queuectl(*words)
        assert answer.out.isascii()
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", answer.out)
        job = answer.json[0] if "list" in words else answer.json
        assert (job["id"], job["command"]) == (HOSTILE, HOSTILE)


README_SHOW = """\
============================================================
  Job: job1
============================================================
Command:      echo Hello World
State:        completed
Attempts:     0/3
Priority:     5
Waiting Time: 0
Effective:    5 (priority + waiting_time)
Timeout:      20s
Created:      2025-11-09T10:14:12.123456
Updated:      2025-11-09T10:14:12.123456
Exec Time:    0.25s

Output:
Hello World
============================================================
"""


SHOW_RUNS = """
Runs:
Run  Started At           Took      Outcome      Exit  Bytes  Reason
---  -------------------  --------  -----------  ----  -----  ------
1    2025-11-09 10:15:23            succeeded    0
"""


def test_show_is_the_block_of_the_1_0_readme(queuectl, store, clock):
    enqueue(store, "job1", command="echo Hello World")
    ran(store, clock, seconds=0.25, tail="Hello World\n")
    shown = without_times(queuectl("show", "job1").out)
    assert shown == README_SHOW + SHOW_RUNS


def test_show_of_a_job_that_failed_tells_the_error(queuectl, store, clock):
    enqueue(store, "j", timeout=0)
    ran(store, clock, Failed(3), last_line="no such\tserver", tail="no such\tserver\n")
    out = queuectl("show", "j").out
    assert "Error:        Exit code 3: no such\\tserver\n" in out
    assert "Timeout:      none\n" in out
    assert "Output:\nno such\tserver\n" in out


def test_show_of_a_job_that_waits_has_no_output(queuectl, store):
    enqueue(store, "j")
    out = queuectl("show", "j").out
    assert "Output" not in out
    assert "Exec Time" not in out
    assert "Error" not in out


def test_show_of_a_running_job_shows_what_it_has_written_so_far(queuectl, store, runner):
    seq = enqueue(store, "j")
    runner.start(slots=1)
    run = runner.claim().run
    store.outputs.create(seq, run).write_bytes("halb fertig: größer\n".encode())
    assert "Output:\nhalb fertig: größer\n=====" in queuectl("show", "j").out
    assert queuectl("show", "j", "--json").json["output_tail"] == "halb fertig: größer\n"


def test_show_of_a_long_output_says_where_all_of_it_is(queuectl, store, clock):
    seq = enqueue(store, "j")
    store.outputs.create(seq, 1).write_bytes(b"x" * 1_000_000)
    ran(store, clock, tail="the end\n", output_bytes=1_000_000)
    out = queuectl("show", "j").out
    assert f"Output:\nthe end\n\nThis is the end of it. All of it: {store.outputs.path(seq, 1)}\n" in out


@pytest.mark.parametrize("kept", [5000, 1_000_040])
def test_show_of_an_output_that_was_shortened_does_not_promise_all_of_it(queuectl, store, clock, kept):
    seq = enqueue(store, "j")
    store.outputs.create(seq, 1).write_bytes(b"x" * kept)
    ran(store, clock, tail="the end\n", output_bytes=1_000_000)
    out = queuectl("show", "j").out
    assert f"This is the end of it. What was kept of it: {store.outputs.path(seq, 1)}\n" in out


def test_show_has_a_table_of_the_runs_below_the_block_of_1_0(queuectl, store, clock):
    seq = enqueue(store, "j", max_retries=9)
    assert "Runs" not in queuectl("show", "j").out
    claim = claim_one(store)
    store.work.started([Started(seq=seq, run=1, pid=7, pid_created=1.0, at=clock.forward(1))])
    finish(store, claim, Failed(3), clock.forward(2.5), last_line="no", output_bytes=7, left_behind="sleep, 1 in all")
    store.changes.run_next(seq)
    claim_one(store)
    runs = without_times(queuectl("show", "j").out).partition("\nRuns:\n")[2].splitlines()
    assert runs[2:] == [
        "1    2025-11-09 10:15:23  2.50s     failed       3     7      Exit code 3: no; left behind: sleep, 1 in all",
        "2    2025-11-09 10:15:23            running",
    ]


def test_of_many_runs_show_has_the_last_20(queuectl, store, clock):
    seq = enqueue(store, "j", max_retries=100)
    for _ in range(25):
        store.changes.run_next(seq)
        ran(store, clock, Failed(1))
    rows = queuectl("show", "j").out.partition("\nRuns (the last 20 of 25):\n")[2].splitlines()[2:]
    assert [int(row.split()[0]) for row in rows] == list(range(6, 26))
    assert len(queuectl("show", "j", "--json").json["runs"]) == 25


@pytest.mark.parametrize("words", [["show", "nobody"], ["show", "nobody", "--json"]])
def test_show_of_nobody(queuectl, words):
    answer = queuectl(*words)
    assert (answer.code, answer.out, answer.err) == (1, "", "Job 'nobody' not found\n")


def test_json_of_a_job_keeps_the_contract(queuectl, store, clock):
    enqueue(store, "j", timeout=20.0, backoff_base=1.5, env={"B": "2", "A": "1"}, success_codes=(0, 3))
    clock.forward(1)
    ran(store, clock, Failed(7), seconds=2, last_line="why")
    (job,) = queuectl("list", "--json").json
    assert set(job) == JOB_KEYS
    assert (job["timeout"], type(job["timeout"]), job["backoff_base"]) == (20, int, 1.5)
    assert (job["duration"], type(job["duration"])) == (2, int)
    assert (job["seq"], job["run"], job["attempts"], job["exit_code"]) == (1, 1, 1, 7)
    assert (job["env_names"], job["success_codes"], job["error"]) == (["A", "B"], [0, 3], "Exit code 7: why")
    assert (job["argv"], job["shell"]) == (None, None)
    assert (job["created_at"], job["finished_at"]) == ("2023-11-14T22:13:20.000Z", "2023-11-14T22:13:23.000Z")
    assert job["next_retry_at"] == "2023-11-14T22:13:24.500Z"


def test_json_of_a_job_that_never_ran_has_nulls(queuectl, store):
    enqueue(store, "j", argv=("a", "b"))
    (job,) = queuectl("list", "--json").json
    absent = ("command", "shell", "started_at", "finished_at", "next_retry_at", "duration", "exit_code", "error")
    assert [job[key] for key in absent] == [None] * len(absent)
    assert (job["argv"], job["env_names"]) == (["a", "b"], [])
    shown = queuectl("show", "j", "--json").json
    assert (shown["runs"], shown["output_tail"]) == ([], None)


def test_json_of_show_has_all_runs_and_events(queuectl, store, clock):
    enqueue(store, "j", env={"A": "1"})
    ran(
        store,
        clock,
        Failed(1),
        seconds=1,
        last_line="no",
        tail="no\n",
        output_bytes=3,
        left_behind="1 process(es) ended",
    )
    store.changes.run_next(1)
    ran(store, clock, tail="yes\n")
    shown = queuectl("show", "j", "--json").json
    assert set(shown) == JOB_KEYS | {"env", "runs", "events", "output_tail"}
    assert (shown["env"], shown["output_tail"]) == ({"A": "1"}, "yes\n")
    first, second = shown["runs"]
    assert first == {
        "run": 1,
        "started_at": None,
        "finished_at": "2023-11-14T22:13:21.000Z",
        "duration": None,
        "outcome": "failed",
        "exit_code": 1,
        "reason": "Exit code 1: no",
        "left_behind": "1 process(es) ended",
        "output_bytes": 3,
        "freed_by": None,
    }
    assert (second["run"], second["outcome"], second["reason"]) == (2, "succeeded", None)
    assert [(event["from_state"], event["to_state"], event["cause"]) for event in shown["events"]] == [
        (None, "pending", "enqueued"),
        ("pending", "processing", "claimed"),
        ("processing", "failed", "failed"),
        ("failed", "processing", "claimed"),
        ("processing", "completed", "succeeded"),
    ]
    assert all(UTC.fullmatch(event["at"]) for event in shown["events"])
