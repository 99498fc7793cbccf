"""``queuectl edit``: what is named changes, in the states in which it may."""

import re

import pytest

from app.domain.job import State
from tests.store.jobs import claim_one, enqueue, put_into


def test_options_change_the_fields_they_name(queuectl, store, tmp_path):
    enqueue(store, "j", env={"A": "1"}, timeout=5.0)
    answer = queuectl("edit", "j", "--priority", "9", "--command", "echo new", "--cwd", str(tmp_path))
    assert (answer.code, answer.out, answer.err) == (0, "Job 'j' edited\n", "")
    spec = store.reads.by_id("j").spec
    assert (spec.priority, spec.command, spec.cwd) == (9, "echo new", str(tmp_path))
    assert (spec.timeout, spec.env) == (5.0, {"A": "1"})


def test_variables_are_added_changed_and_taken_away_one_by_one(queuectl, store):
    enqueue(store, "j", env={"A": "1", "B": "2", "C": "3"})
    assert queuectl("edit", "j", "--env", "B=x=y", "--env", "D=4", "--unset", "A").code == 0
    assert store.reads.by_id("j").spec.env == {"B": "x=y", "C": "3", "D": "4"}
    assert queuectl("edit", "j", "--json", '{"env": {"E": "5"}}').code == 0
    assert store.reads.by_id("j").spec.env == {"E": "5"}
    assert queuectl("edit", "j", "--json", '{"env": null}', "--env", "F=6").code == 0
    assert store.reads.by_id("j").spec.env == {"F": "6"}


def test_a_document_changes_any_field_and_null_gives_the_default(queuectl, store):
    queuectl("config", "set", "timeout", "77")
    enqueue(store, "j", shell="sh")
    answer = queuectl("edit", "j", "--json", '{"timeout": null, "shell": null, "max_attempts": 9}', "--priority", "2")
    assert answer.code == 0
    spec = store.reads.by_id("j").spec
    assert (spec.timeout, spec.shell, spec.max_retries, spec.priority) == (77, None, 9, 2)


def test_an_argv_takes_the_place_of_the_command(queuectl, store):
    enqueue(store, "j", shell="sh")
    assert queuectl("edit", "j", "--", "grep", "--json", "-r", "x y").code == 0
    spec = store.reads.by_id("j").spec
    assert (spec.command, spec.argv, spec.shell) == (None, ("grep", "--json", "-r", "x y"), None)


@pytest.mark.parametrize("state", [State.PENDING, State.FAILED, State.DEAD, State.CANCELLED])
def test_in_these_states_a_job_is_edited_and_stays_where_it_is(queuectl, store, clock, state):
    put_into(store, state, clock, "j")
    enqueue(store, "later")
    before = store.reads.by_id("j")
    assert queuectl("edit", "j", "--priority", "9").code == 0
    after = store.reads.by_id("j")
    assert (after.state, after.attempts, after.waited, after.spec.priority) == (
        state,
        before.attempts,
        before.waited,
        9,
    )


@pytest.mark.parametrize("state", [State.PROCESSING, State.COMPLETED])
def test_in_these_it_is_not(queuectl, store, clock, state):
    if state is State.PROCESSING:
        enqueue(store, "j")
        claim_one(store)
    else:
        put_into(store, state, clock, "j")
    answer = queuectl("edit", "j", "--priority", "9")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == f"Job 'j' is {state}; edit is for jobs that are cancelled, dead, failed, pending\n"
    assert store.reads.by_id("j").spec.priority == 5


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--timeout", "-1"], "timeout must be a number from 0"),
        (["--json", '{"prority": 3}'], "prority is not a field of a job\nDid you mean priority?"),
        (["--json", '{"id": "k"}'], "id is never changed"),
        (["--json", "{nonsense"], "is not valid JSON: at column 2"),
        (["--json", "[1]"], "must be an object"),
        (["--json", '{"timeout": 1, "timeout": 2}'], "timeout is given more than once"),
        (["--json", '{"env": ["A"]}', "--env", "B=1"], "env must be an object"),
        (["--env", "QUEUECTL_RUN=1"], "env.QUEUECTL_RUN is set by QueueCTL"),
        (["--command", "\x1b[31m\udcff"], "command contains half a character"),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_changes(queuectl, store, words, says):
    enqueue(store, "j")
    before = store.reads.by_id("j")
    answer = queuectl("edit", "j", *words)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith(f"Failed to edit job 'j': {says}")
    assert store.reads.by_id("j") == before


def test_a_comma_too_many_is_told_in_the_words_that_files_have_for_it(queuectl, store):
    enqueue(store, "j")
    said = queuectl("edit", "j", "--json", '{"a":1,}').err
    # from Python 3.13 on it is the comma's place that is told
    assert re.search(r"at column [78] a comma stands before the closing \}\nRemove the comma\.\n$", said)


@pytest.mark.parametrize(
    "words",
    [["j"], ["j", "--command", "x", "--", "y"], ["j", "--shell", "fish"], ["j", "--env", "A"], ["--timeout", "1"]],
)
def test_wrong_usage_ends_with_2(queuectl, store, words):
    enqueue(store, "j")
    answer = queuectl("edit", *words)
    assert (answer.code, answer.out) == (2, "")


def test_nobody_is_not_edited(queuectl):
    assert queuectl("edit", "nobody", "--timeout", "1").err == "Job 'nobody' not found\n"
