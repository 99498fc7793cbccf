"""``queuectl export`` and ``import``: whole queues go out and come in, as they stood or afresh."""

import json
import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cli import transfer
from app.domain.job import State
from app.domain.saved_job import MAX_LINE
from app.paths import Home
from app.store import exports
from tests.cli.conftest import CommandLine
from tests.store.jobs import all_jobs, enqueue, new, opened, put_into


@pytest.fixture
def other(tmp_path, clock, capsys, monkeypatch):
    """Another queue's command line."""
    return CommandLine(Home(tmp_path / "other"), clock, capsys, monkeypatch)


def lines(answer):
    return [json.loads(line) for line in answer.out.splitlines()]


def stood(job):
    """What of a job an export keeps."""
    return (job.id, job.spec, job.state, job.attempts, job.waited, job.created_at)


def test_an_export_has_a_job_a_line_in_the_form_of_job_files_and_where_it_stood(queuectl, store, clock):
    put_into(store, State.DEAD, clock, "d", env={"SECRET": "x"}, shell="sh", cwd="/somewhere")
    clock.forward(1)
    enqueue(store, "p", argv=("a", "b"), timeout=0.5)
    answer = queuectl("export")
    assert lines(answer)[0] == {
        "id": "d",
        "command": "echo hi",
        "shell": "sh",
        "cwd": "/somewhere",
        "timeout": 20,
        "max_retries": 3,
        "backoff_base": 2,
        "priority": 5,
        "success_codes": [0],
        "leftovers": "end",
        "on_interrupt": "retry",
        "state": "dead",
        "attempts": 3,
        "waited": 0,
        "created_at": "2023-11-14T22:13:20.000Z",
    }
    assert [job["id"] for job in lines(answer)] == ["d", "p"]
    assert answer.err == "The environment variables of 1 job(s) were left out; --env writes them too\n"


def test_values_of_the_environment_go_out_only_when_asked(queuectl, store):
    enqueue(store, "j", env={"SECRET": "x"})
    assert "SECRET" not in queuectl("export").out
    answer = queuectl("export", "--env")
    assert (lines(answer)[0]["env"], answer.err) == ({"SECRET": "x"}, "")


def test_one_state_can_be_exported(queuectl, store, clock):
    for state in State:
        put_into(store, state, clock, state.value)
    assert [job["id"] for job in lines(queuectl("export", "--state", "dead"))] == ["dead"]


def test_an_export_into_a_file_is_for_this_person_only_and_replaces_it_when_it_is_whole(queuectl, store, tmp_path):
    enqueue(store, "a", "b")
    file = tmp_path / "jobs.jsonl"
    file.write_text("old")
    answer = queuectl("export", str(file))
    assert (answer.code, answer.out, answer.err) == (0, "2 job(s) exported\n", "")
    assert len(file.read_bytes().splitlines()) == 2
    assert b"\r" not in file.read_bytes()
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_export_that_fails_leaves_what_was_there(queuectl, store, tmp_path, monkeypatch):
    enqueue(store, "a")
    file = tmp_path / "jobs.jsonl"
    file.write_text("old")

    def full(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exports, "saved_form", full)
    answer = queuectl("export", str(file))
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == f"Failed to export to {file}: No space left on device\n"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["jobs.jsonl"]
    assert file.read_text() == "old"


@pytest.mark.parametrize("words", [["export", "/no/such/folder/x"], ["import", "/no/such/file"]])
def test_a_place_that_is_not_there_is_told(queuectl, words):
    answer = queuectl(*words)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("Failed to ")
    assert "No such file or directory" in answer.err


def test_a_queue_comes_back_as_it_stood(queuectl, other, store, clock, tmp_path):
    for state in sorted(set(State) - {State.PROCESSING}):
        here = {"cwd": str(tmp_path), "env": {"A": "ä"}, "success_codes": (0, 3), "priority": 7}
        put_into(store, state, clock, state.value, **here)
        clock.forward(60)
    enqueue(store, "\x1b[31m größer 語", argv=("a b", "--", "\u202e"), cwd=str(tmp_path))
    file = tmp_path / "jobs.jsonl"
    assert queuectl("export", "--env", str(file)).code == 0
    answer = other("import", str(file), "--with-state", "--as-is")
    assert (answer.code, answer.out, answer.err) == (0, "6 job(s) imported\n", "")
    with opened(other.home, clock=clock) as there:
        assert [stood(job) for job in all_jobs(there)] == [stood(job) for job in all_jobs(store)]
    again = other("export", "--env")
    assert again.out == file.read_text()


def test_without_the_state_jobs_come_afresh(queuectl, other, store, clock):
    for state in (State.DEAD, State.COMPLETED):
        put_into(store, state, clock, state.value)
    export = queuectl("export").out.encode()
    clock.forward(99)
    assert other("import", "-", stdin=export).out == "2 job(s) imported\n"
    with opened(other.home, clock=clock) as there:
        for job in all_jobs(there):
            assert (job.state, job.attempts, job.waited, job.created_at) == (State.PENDING, 0, 0, clock())


def test_an_import_is_one_call_that_ages_those_who_wait_by_one(queuectl, store):
    enqueue(store, "old")
    queuectl("import", "-", stdin=b'{"id":"a","command":"x"}\n{"id":"b","command":"x"}\n')
    assert {job.id: job.waited for job in all_jobs(store)} == {"old": 1, "a": 0, "b": 0}


@pytest.mark.parametrize("with_state", [[], ["--with-state"]])
def test_all_or_nothing_comes_in(queuectl, store, with_state):
    good = b'{"id":"a","command":"x"}\n' * 1
    answer = queuectl("import", "-", *with_state, stdin=good + b'{"command":"x","priority":99}\n')
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == (
        "Failed to import: standard input, line 2, job 2, field priority:"
        " must be a whole number from 1 to 10, not the number 99\n"
    )
    assert all_jobs(store) == []


def test_as_is_lets_odd_old_values_through(queuectl, store):
    text = b'{"id":"a","command":"","priority":99,"timeout":-1}'
    assert queuectl("import", "-", "--as-is", stdin=text).code == 0
    spec = store.reads.by_id("a").spec
    assert (spec.command, spec.priority, spec.timeout) == ("", 99, -1)


@pytest.mark.parametrize("with_state", [[], ["--with-state"]])
def test_an_id_that_exists_is_refused_skipped_renamed_or_replaced(queuectl, store, clock, with_state):
    put_into(store, State.COMPLETED, clock, "a")
    text = b'{"id":"a","command":"y","state":"dead"}'
    answer = queuectl("import", "-", *with_state, stdin=text)
    first, second = answer.err.splitlines()
    assert (answer.code, first) == (
        1,
        "Failed to import: standard input, job 1: a job with the id 'a' exists already (completed)",
    )
    assert "--on-duplicate" in second
    once = ("import", "-", *with_state, "--on-duplicate")
    assert queuectl(*once, "skip", stdin=text).out == "0 job(s) imported, 1 skipped\n"
    assert queuectl(*once, "rename", stdin=text).out == "1 job(s) imported\n"
    assert queuectl(*once, "replace", stdin=text).out == "1 job(s) imported\n"
    expected = State.DEAD if with_state else State.PENDING
    assert {job.id: job.state for job in all_jobs(store)} == {"a-2": expected, "a": expected}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_a_shell_made_of_an_export_is_read(queuectl, store, encoding):
    text = '{"id":"ä語\U0001f600\\u0a0a","command":"x"}\r\n\r\n{"id":"\u0a0a\u0d0a","command":"y"}'
    assert queuectl("import", "-", "--as-is", stdin=text.encode(encoding)).out == "2 job(s) imported\n"
    assert [job.id for job in all_jobs(store)] == ["ä語\U0001f600\u0a0a", "\u0a0a\u0d0a"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'{"command":"x"}\n\xff\xfe', "standard input, line 2: is not text in UTF-8 or UTF-16"),
        (b'{"command":"x"}\n{"command":"\xc3', "standard input, line 2: is not text in UTF-8 or UTF-16"),
        (b"x" * (MAX_LINE * 3), "standard input, line 1, job 1: is longer than a job can be"),
        (b"\x00\x01\x02", "standard input, line 1, job 1: is not valid JSON"),
    ],
)
def test_what_is_no_export_is_refused(queuectl, store, data, says):
    answer = queuectl("import", "-", stdin=data)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith(f"Failed to import: {says}")
    assert all_jobs(store) == []


def test_an_empty_import_brings_none(queuectl):
    assert queuectl("import", "-").out == "0 job(s) imported\n"
    assert queuectl("export").out == ""


def test_large_queues_go_through_in_pages(queuectl, other, store):
    store.intake.enqueue([new(f"job{number}") for number in range(2500)])
    assert other("import", "-", "--with-state", stdin=queuectl("export").out.encode()).out == "2500 job(s) imported\n"


@given(st.lists(st.text(st.characters(exclude_characters="\n", codec="utf-8"), max_size=8), max_size=6))
def test_lines_come_as_they_are_in_either_encoding(texts):
    import io

    for encoding in ("utf-8", "utf-16"):
        data = "\n".join(["x", *texts]).encode(encoding)
        assert list(transfer._lines(io.BytesIO(data), "f")) == ["x", *texts]
