"""Every command answers in its documented words, whatever it finds: nothing, no runner, a pause, a newer database."""

import pytest

from app.cli.main import COMMANDS
from app.domain.job import State
from app.store.database import raw_connection
from app.store.migrations import SCHEMA_VERSION
from tests.cli.test_main import every_command
from tests.store.jobs import all_jobs, enqueue, open_now, put_into

NOBODY = (1, "", "Job 'j' not found\n")
STATUS_START = "=" * 50 + "\n  QueueCTL Status\n"

# By command: its words, then exit code, what stdout begins with ("" for nothing), what stderr is, on an empty home.
ON_AN_EMPTY_HOME = {
    ("enqueue", "--id", "j", "--command", "x"): (0, "Job 'j' enqueued successfully\n", ""),
    ("enqueue", "--json", "--command", "x"): (0, "[\n", ""),
    ("worker", "run", "--until-empty"): (1, "", "Stopped before everything was done\n"),
    ("worker", "run"): (0, "", ""),
    ("worker", "start", "--foreground"): (0, "", ""),
    ("worker", "stop"): (0, "No workers to stop\n", ""),
    ("worker", "stop", "--now", "--no-wait"): (0, "No workers to stop\n", ""),
    ("status",): (0, STATUS_START, ""),
    ("status", "--json"): (0, "{\n", ""),
    ("list",): (0, "No jobs found\n", ""),
    ("list", "--state", "failed"): (0, "No jobs with state 'failed'\n", ""),
    ("list", "--json"): (0, "[]\n", ""),
    ("show", "j"): NOBODY,
    ("show", "j", "--json"): NOBODY,
    ("logs", "j"): NOBODY,
    ("logs", "j", "--follow"): NOBODY,
    ("why", "j"): NOBODY,
    ("events", "j"): NOBODY,
    ("wait",): (0, "No jobs to wait for\n", ""),
    ("wait", "j", "--timeout", "1"): NOBODY,
    ("edit", "j", "--priority", "3"): NOBODY,
    ("run-next", "j"): NOBODY,
    ("retry", "j"): NOBODY,
    ("cancel", "j"): NOBODY,
    ("dequeue", "j"): NOBODY,
    ("dequeue", "j", "--force"): NOBODY,
    ("clear", "--yes"): (0, "All jobs cleared from database\n", ""),
    ("prune",): (0, "0 job(s) removed from queue\n", ""),
    ("prune", "--outputs"): (0, "Outputs of 0 job(s) deleted\n", ""),
    ("undo",): (0, "Nothing to undo\n", ""),
    ("pause",): (0, "Queue paused\n", ""),
    ("resume",): (0, "Queue resumed\n", ""),
    ("dlq", "list"): (0, "Dead Letter Queue is empty\n", ""),
    ("dlq", "list", "--group"): (0, "Dead Letter Queue is empty\n", ""),
    ("dlq", "list", "--json"): (0, "[]\n", ""),
    ("dlq", "retry", "j"): (1, "", "Job 'j' not found in DLQ or already retried\n"),
    ("dlq", "retry", "--all"): (0, "0 job(s) moved back to pending queue\n", ""),
    ("dlq", "retry", "--error", "x"): (
        1,
        "",
        "No dead letter has the error 'x'\nqueuectl dlq list --group shows the kinds of error.\n",
    ),
    ("config", "list"): (0, "Key", ""),
    ("config", "list", "--json"): (0, "[\n", ""),
    ("config", "get", "timeout"): (0, "timeout = 20\n", ""),
    ("config", "set", "timeout", "7"): (0, "Set timeout = 7\n", ""),
    ("export",): (0, "", ""),
    ("export", "--state", "dead"): (0, "", ""),
    ("import", "-"): (0, "0 job(s) imported\n", ""),
    ("import", "-", "--with-state"): (0, "0 job(s) imported\n", ""),
    ("backup",): (0, "Backed up to ", ""),
    ("restore", "--yes"): (1, "", "There is no backup to restore from\nqueuectl backup makes one.\n"),
    ("doctor",): (0, "ok     program", ""),
    ("doctor", "--json"): (0, "[\n", ""),
    ("completion", "zsh"): (0, "#compdef queuectl", ""),
    ("completion", "powershell"): (0, "Register-ArgumentCompleter", ""),
}

UNTOUCHED_BY_A_DATABASE = {"completion", "doctor"}


def as_ids(words):
    return " ".join(words)


def test_the_table_names_every_command():
    assert {words[0] for words in ON_AN_EMPTY_HOME} == set(COMMANDS)
    named = {words[:2] for words in ON_AN_EMPTY_HOME} | {words[:1] for words in ON_AN_EMPTY_HOME}
    # worker start needs a process of its own to start; test_worker.py plays it
    assert {words for words, _ in every_command()} - {("worker", "start")} <= named


@pytest.mark.parametrize("words", ON_AN_EMPTY_HOME, ids=as_ids)
def test_on_an_empty_home(queuectl, words):
    answer = queuectl(*words)
    code, out, err = ON_AN_EMPTY_HOME[words]
    assert (answer.code, answer.err) == (code, err)
    assert answer.out.startswith(out)
    assert bool(answer.out) is bool(out)


@pytest.mark.parametrize("words", ON_AN_EMPTY_HOME, ids=as_ids)
@pytest.mark.parametrize("paused", [False, True], ids=["running", "paused"])
def test_with_jobs_of_every_state_no_runner_and_perhaps_a_pause(queuectl, store, clock, words, paused):
    for state in sorted(set(State) - {State.PROCESSING}):
        put_into(store, state, clock, state.value)
    enqueue(store, "j")
    store.changes.set_paused(paused)
    extra = ["--timeout", "0.1"] if words == ("wait",) else []
    if words == ("logs", "j", "--follow"):
        queuectl.time.meanwhile.append(
            lambda: store.reads.by_id("j").state is State.CANCELLED or store.changes.cancel(6)
        )
    answer = queuectl(*words, *extra)
    assert answer.code in ({0, 1, 3} if words[0] == "wait" else {0, 1})
    assert "bug" not in answer.err
    assert "Traceback" not in answer.err
    # a refusal is said on stderr, in one or two lines, and data alone is on stdout
    if answer.code and words[0] != "doctor":
        assert answer.out == ""
        assert 1 <= len(answer.err.splitlines()) <= 3
    assert store.reads.is_paused() is {"pause": True, "resume": False}.get(words[0], paused)


@pytest.mark.parametrize(
    "words", [words for words in ON_AN_EMPTY_HOME if words[0] not in UNTOUCHED_BY_A_DATABASE], ids=as_ids
)
def test_with_a_newer_database(queuectl, home, words):
    open_now(home)
    connection = raw_connection(home.database)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = home.database.read_bytes()
    answer = queuectl(*words)
    assert (answer.code, answer.out) == (1, "")
    first, second = answer.err.splitlines()
    assert f"newer QueueCTL (its version is 99, this program knows {SCHEMA_VERSION}). It was not touched" in first
    assert second == "Install the newer QueueCTL, or choose another folder with --home."
    assert home.database.read_bytes() == before
    assert queuectl.hosted == []


def test_doctor_and_completion_answer_beside_a_newer_database_too(queuectl, home):
    open_now(home)
    connection = raw_connection(home.database)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    answer = queuectl("doctor")
    assert (answer.code, answer.err) == (1, "")
    assert "WRONG  database" in answer.out
    assert queuectl("completion", "bash").code == 0


def test_no_read_changes_anything(queuectl, store, clock):
    for state in State:
        put_into(store, state, clock, state.value)
    before = (all_jobs(store), store.reads.last_event(), store.database.data_version())
    for words in ON_AN_EMPTY_HOME:
        if words[0] in {"status", "list", "show", "why", "events", "logs", "export", "doctor", "completion"}:
            queuectl(*words)
    assert (all_jobs(store), store.reads.last_event(), store.database.data_version()) == before
