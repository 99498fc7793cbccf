"""``queuectl enqueue``: words, exit codes, and what is stored."""

import io
import json
import os
import sys

import pytest

from app.domain.job import OnInterrupt, State
from app.domain.outcome import Succeeded
from tests.store.jobs import all_jobs, claim_one, enqueue, finish


def test_one_job_from_options(queuectl, store, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answer = queuectl("enqueue", "--id", "job1", "--command", "echo Hi")
    assert (answer.code, answer.out, answer.err) == (0, "Job 'job1' enqueued successfully\n", "")
    job = store.reads.by_id("job1")
    assert (job.spec.command, job.spec.cwd) == ("echo Hi", str(tmp_path))
    assert (job.spec.timeout, job.spec.max_retries, job.spec.backoff_base, job.spec.priority) == (20, 3, 2, 5)


def test_one_job_from_json(queuectl, store):
    answer = queuectl("enqueue", '{"id":"job1","command":"echo Hi","timeout":5,"priority":8}')
    assert (answer.code, answer.out) == (0, "Job 'job1' enqueued successfully\n")
    assert store.reads.by_id("job1").spec.priority == 8


def test_every_option_reaches_the_job(queuectl, store, tmp_path):
    words = "--timeout 0.5 --max-retries 7 --backoff-base 1.5 --priority 9 --shell sh --success-codes 0,1,-5"
    more = "--leftovers leave --on-interrupt dead --env A=1 --env B=x=y"
    answer = queuectl("enqueue", "--id", "j", "--command", "x", "--cwd", str(tmp_path), *words.split(), *more.split())
    assert answer.code == 0
    spec = store.reads.by_id("j").spec
    assert (spec.timeout, spec.max_retries, spec.backoff_base, spec.priority) == (0.5, 7, 1.5, 9)
    assert (spec.shell, spec.success_codes, spec.leftovers) == ("sh", (0, 1, -5), "leave")
    assert (spec.on_interrupt, spec.env, spec.cwd) == (OnInterrupt.DEAD, {"A": "1", "B": "x=y"}, str(tmp_path))


def test_options_of_the_queue_are_the_defaults_so_config_set_works(queuectl, store):
    queuectl("config", "set", "max-retries", "7")
    queuectl("config", "set", "timeout", "2m")
    queuectl("enqueue", "--id", "a", "--command", "x")
    queuectl("enqueue", '{"id": "b", "command": "x", "timeout": 3}')
    assert (store.reads.by_id("a").spec.max_retries, store.reads.by_id("a").spec.timeout) == (7, 120)
    assert (store.reads.by_id("b").spec.max_retries, store.reads.by_id("b").spec.timeout) == (7, 3)


def test_what_follows_two_dashes_is_run_without_a_shell(queuectl, store):
    answer = queuectl("enqueue", "--id", "j", "--", "grep", "--json", "-r", "a b", "--", "x")
    assert answer.code == 0
    assert store.reads.by_id("j").spec.argv == ("grep", "--json", "-r", "a b", "--", "x")


def test_a_job_without_an_id_is_named_and_told(queuectl):
    assert queuectl("enqueue", "--command", "x").out == "Job 'job-1' enqueued successfully\n"


@pytest.mark.parametrize("how", [["--file", "{}"], ["@{}"]])
def test_a_file_of_many_jobs(queuectl, store, tmp_path, monkeypatch, how):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    file = tmp_path / "sub" / "jobs.json"
    file.write_text('{"jobs": [{"id": "a", "command": "x"}, {"id": "b", "command": "y", "cwd": "there"}]}')
    answer = queuectl("enqueue", *(word.format(file) for word in how))
    assert (answer.code, answer.out) == (0, "2 job(s) enqueued\n")
    # the caller's folder, and not the file's: so it is where the command line is called
    assert store.reads.by_id("a").spec.cwd == str(tmp_path)
    assert store.reads.by_id("b").spec.cwd == str(tmp_path / "there")


def test_cwd_holds_for_the_jobs_of_a_file(queuectl, store, tmp_path):
    file = tmp_path / "jobs.json"
    file.write_text('[{"id": "a", "command": "x"}, {"id": "b", "command": "y", "cwd": "there"}]')
    queuectl("enqueue", "--file", str(file), "--cwd", str(tmp_path / "work"))
    assert store.reads.by_id("b").spec.cwd == str(tmp_path / "work" / "there")


def test_standard_input_is_a_document_too(queuectl, store):
    answer = queuectl(
        "enqueue", "-", stdin="\ufeff".encode("utf-16-le") + '{"id": "a", "command": "ä"}'.encode("utf-16-le")
    )
    assert (answer.code, answer.out) == (0, "Job 'a' enqueued successfully\n")
    assert store.reads.by_id("a").spec.command == "ä"


def test_several_documents_go_in_together_or_not_at_all(queuectl, store, tmp_path):
    good = tmp_path / "good.jsonl"
    good.write_text('{"id": "a", "command": "x"}\n{"id": "b", "command": "x"}\n')
    assert queuectl("enqueue", "--file", str(good), '{"id": "c", "command": ""}').code == 1
    assert all_jobs(store) == []
    assert queuectl("enqueue", "--file", str(good), '{"id": "c", "command": "x"}').out == "3 job(s) enqueued\n"
    assert [job.waited for job in all_jobs(store)] == [0, 0, 0]


def test_a_file_that_is_wrong_is_told_with_its_place(queuectl, store, tmp_path):
    file = tmp_path / "jobs.jsonl"
    file.write_text('{"command": "x"}\n{"command": "x", "priority": 99}\n')
    answer = queuectl("enqueue", "--file", str(file))
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == (
        f"Failed to enqueue jobs: {file}, line 2, job 2, field priority:"
        " must be a whole number from 1 to 10, not the number 99\n"
    )
    assert all_jobs(store) == []


def test_a_file_that_is_not_there_is_told(queuectl):
    answer = queuectl("enqueue", "--file", "/no/such/file")
    assert answer.code == 1
    assert answer.err == "Failed to enqueue jobs: the file /no/such/file can't be read: No such file or directory\n"


def test_an_id_that_exists_is_refused_with_its_remedy(queuectl):
    queuectl("enqueue", "--id", "job1", "--command", "x")
    answer = queuectl("enqueue", "--id", "job1", "--command", "x")
    assert (answer.code, answer.out) == (1, "")
    first, second = answer.err.splitlines()
    assert first == "Failed to enqueue job 'job1': a job with the id 'job1' exists already (pending)"
    assert "--on-duplicate" in second


def test_an_id_that_exists_is_skipped_renamed_or_replaced_when_asked(queuectl, store, clock):
    enqueue(store, "job1")
    once = ("enqueue", "--id", "job1", "--command", "y", "--on-duplicate")
    assert queuectl(*once, "skip").out == "0 job(s) enqueued, 1 skipped\n"
    assert queuectl(*once, "rename").out == "Job 'job1-2' enqueued successfully\n"
    answer = queuectl(*once, "replace")
    assert (answer.code, answer.err.splitlines()[0]) == (
        1,
        "Failed to enqueue job 'job1': job 'job1' is pending and can't be replaced",
    )
    finish(store, claim_one(store), Succeeded(), clock())
    assert queuectl(*once, "replace").code == 0
    assert store.reads.by_id("job1").state is State.PENDING


def test_a_file_can_skip_what_is_there(queuectl, store):
    enqueue(store, "a")
    answer = queuectl(
        "enqueue", "-", "--on-duplicate", "skip", stdin=b'[{"id":"a","command":"x"},{"id":"b","command":"x"}]'
    )
    assert (answer.code, answer.out) == (0, "1 job(s) enqueued, 1 skipped\n")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--id", "e", "--command", "x", "--priority", "99"], "Failed to enqueue job 'e': priority must be"),
        (["--command", "x", "--timeout", "-1"], "Failed to enqueue the job: timeout must be"),
        (["--command", "x", "--timeout", "nan"], "Failed to enqueue the job: timeout must be"),
        (["--command", "   "], "Failed to enqueue the job: command is empty"),
        (
            ["--id", "a\x1b[31m", "--command", "x"],
            "Failed to enqueue job 'a\\x1b[31m': id contains the character U+001B",
        ),
        (["--command", "x\udcff"], "Failed to enqueue the job: command contains half a character"),
        (["--command", "x", "--cwd", "/tmp/\udcff"], "Failed to enqueue the job: cwd has a name that is not in UTF-8"),
        (["--command", "x", "--env", "QUEUECTL_RUN=1"], "Failed to enqueue the job: env.QUEUECTL_RUN is set by"),
        (['{"id": "job1", "command": 3}'], "Failed to enqueue job 'job1': command line, job 1, field command: must"),
        (["{nonsense"], "Failed to enqueue the job: command line, job 1: is not valid JSON"),
        (
            ['{"id": "a", "max-retries": 3, "command": "x"}'],
            "Failed to enqueue job 'a': command line, job 1, field max-",
        ),
    ],
)
def test_a_job_that_is_wrong_is_refused_and_nothing_is_kept(queuectl, store, words, says):
    answer = queuectl("enqueue", *words)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith(says)
    assert len(answer.err.splitlines()) <= 2
    assert all_jobs(store) == []


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--id", "a"],
        ["--"],
        ["--command", ""],
        ["--command", "x", "--", "y"],
        ["--command", "x", "--priority", "high"],
        ["--command", "x", "--timeout", "soon"],
        ["--command", "x", "--success-codes", "0;1"],
        ["--command", "x", "--env", "A"],
        ["--command", "x", "--env", "A=1", "--env", "A=2"],
        ["--command", "x", "--shell", "fish"],
        ["--command", "x", "--on-duplicate", "ignore"],
        ["{}", "--priority", "3"],
        ["{}", "--", "x"],
        ["--colour"],
    ],
)
def test_wrong_usage_is_told_and_ends_with_2(queuectl, store, words):
    answer = queuectl("enqueue", *words)
    assert (answer.code, answer.out) == (2, "")
    assert "Try 'queuectl enqueue --help'." in answer.err
    assert all_jobs(store) == []


def test_json_is_an_array_of_the_new_jobs(queuectl):
    answer = queuectl("enqueue", "--json", "-", stdin=b'[{"id":"a","command":"x"},{"id":"b","command":"x"}]')
    assert [job["id"] for job in answer.json] == ["a", "b"]
    assert queuectl("enqueue", "--json", "--id", "a", "--command", "x", "--on-duplicate", "skip").out == "[]\n"


def test_an_old_id_with_escapes_is_made_visible(queuectl, store):
    enqueue(store, "a\x1b[2J")
    answer = queuectl("enqueue", "--on-duplicate", "rename", '{"id": "b", "command": "x"}')
    assert "\x1b" not in answer.out + answer.err
    assert "\x1b" not in queuectl("list").out


def test_a_folder_that_is_gone_is_told(queuectl, tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    try:
        gone.rmdir()
    except OSError:
        pytest.skip("this system keeps a folder that a process is in")
    answer = queuectl("enqueue", "--command", "x")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("Failed to enqueue the job: the present folder does not exist any more\n")


class Terminal(io.StringIO):
    """An stderr that says it is a terminal."""

    def isatty(self):
        return True


@pytest.mark.parametrize(("count", "is_drawn"), [(100, False), (3000, True)])
def test_a_bar_is_drawn_for_a_long_import_on_a_terminal(queuectl, monkeypatch, count, is_drawn):
    monkeypatch.setattr(sys, "stderr", Terminal())
    answer = queuectl("enqueue", "-", stdin=json.dumps([{"command": "x"}] * count).encode())
    assert answer.out == f"{count} job(s) enqueued\n"
    assert ("job(s)" in sys.stderr.getvalue()) is is_drawn


def test_no_bar_is_drawn_into_a_file(queuectl):
    answer = queuectl("enqueue", "-", stdin=json.dumps([{"command": "x"}] * 3000).encode())
    assert (answer.out, answer.err) == ("3000 job(s) enqueued\n", "")


def test_a_file_beyond_the_limit_is_refused_unread(queuectl, tmp_path):
    file = tmp_path / "huge.json"
    with file.open("wb") as huge:
        os.truncate(huge.fileno(), 300 * 2**20)
    answer = queuectl("enqueue", "--file", str(file))
    assert answer.code == 1
    assert "is larger than 256 MiB" in answer.err


def test_timeout_as_a_command_is_warned_about_on_windows_and_taken(queuectl, store, monkeypatch):
    words = ("enqueue", "--id", "j", "--command", "timeout 30")
    monkeypatch.setattr("app.cli.enqueue.PLATFORM", "posix")
    assert queuectl(*words, "--on-duplicate", "rename").err == ""
    monkeypatch.setattr("app.cli.enqueue.PLATFORM", "nt")
    answer = queuectl(*words, "--on-duplicate", "rename")
    assert (answer.code, answer.out) == (0, "Job 'j-2' enqueued successfully\n")
    assert answer.err == (
        "Job 'j': timeout 30 will fail: on Windows it refuses to run without a keyboard."
        " Say instead: ping -n 31 127.0.0.1 >nul\n"
    )
    assert len(all_jobs(store)) == 2


def test_a_file_is_warned_about_once(queuectl, monkeypatch):
    monkeypatch.setattr("app.cli.enqueue.PLATFORM", "nt")
    answer = queuectl("enqueue", "-", stdin=b'{"command":"timeout 1"}\n' * 3)
    assert (answer.out, len(answer.err.splitlines())) == ("3 job(s) enqueued\n", 1)


TWO = b'[{"id":"new","command":"x"},{"id":"b","command":"x"}]'


def test_an_id_that_exists_is_refused_with_the_place_of_its_job_in_the_document(queuectl, store, tmp_path):
    enqueue(store, "b")
    file, other = tmp_path / "two.json", tmp_path / "one.json"
    file.write_bytes(TWO)
    other.write_bytes(b'{"id":"c","command":"x"}')
    taken = "job 2: a job with the id 'b' exists already (pending)"
    for words in (["--file", file], ["--file", other, "--file", file]):
        answer = queuectl("enqueue", *map(str, words))
        assert (answer.code, answer.err.splitlines()[0]) == (1, f"Failed to enqueue jobs: {file}, {taken}")
    answer = queuectl("enqueue", "-", stdin=TWO)
    assert answer.err.splitlines()[0] == f"Failed to enqueue jobs: standard input, {taken}"
    answer = queuectl("enqueue", "-", "--on-duplicate", "replace", stdin=TWO)
    assert answer.err.startswith("Failed to enqueue jobs: standard input, job 2: job 'b' is pending")


@pytest.mark.parametrize("on_duplicate", ["fail", "replace"])
def test_two_jobs_of_one_call_with_one_id_are_named_by_their_numbers(queuectl, store, on_duplicate):
    text = b'[{"id":"d1","command":"x"},{"command":"x"},{"id":"d1","command":"x"}]'
    answer = queuectl("enqueue", "-", "--on-duplicate", on_duplicate, stdin=text)
    first, second = answer.err.splitlines()
    assert (answer.code, first) == (1, "Failed to enqueue jobs: jobs 1 and 3 of this call have the same id 'd1'")
    assert "skip or rename" in second
    assert all_jobs(store) == []


@pytest.mark.parametrize("words", [["--file", ""], ["@"]])
def test_a_file_without_a_name_is_wrong_usage(queuectl, words):
    answer = queuectl("enqueue", *words)
    assert (answer.code, answer.out) == (2, "")
    assert "Name the file" in answer.err
