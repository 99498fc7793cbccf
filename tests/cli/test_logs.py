"""``queuectl logs``: whole outputs, on terminals and off them, and while they grow."""

import os
import re
import sys

import pytest

from app.cli import logs
from app.domain.job import State
from app.domain.outcome import Failed, Succeeded
from app.store.output_reading import OutputReader
from app.store.retention import START
from tests.cli.conftest import CommandLine
from tests.store.jobs import claim_one, enqueue, finish, put_into


@pytest.fixture
def terminal(monkeypatch):
    """Standard output counts as a terminal."""
    monkeypatch.setattr(logs, "_is_terminal", lambda: True)


@pytest.fixture
def bytes_out(home, clock, capsysbinary, monkeypatch):
    """The command line, whose output is looked at as bytes."""
    return CommandLine(home, clock, capsysbinary, monkeypatch)


def write(store, seq, run, data):
    path = store.outputs.path(seq, run)
    if not path.exists():
        store.outputs.create(seq, run)
    with path.open("ab") as file:
        file.write(data)


@pytest.fixture
def ended(store, clock):
    """A job with two runs that are over; its seq."""
    seq = enqueue(store, "j")
    for run, text in enumerate((b"first\n", b"second\n"), start=1):
        store.changes.run_next(seq)
        claim = claim_one(store)
        write(store, seq, run, text)
        finish(store, claim, Failed(1), clock(), tail=text.decode(), output_bytes=len(text))
    return seq


@pytest.fixture
def running(store, runner):
    """A job that a living runner is running."""
    enqueue(store, "j")
    runner.start(slots=1)
    return runner.claim()


@pytest.mark.usefixtures("ended")
def test_the_output_of_the_last_run_is_printed_or_of_the_one_asked_for(queuectl):
    answer = queuectl("logs", "j")
    assert (answer.code, answer.out, answer.err) == (0, "second\n", "")
    assert queuectl("logs", "j", "--run", "1").out == "first\n"
    assert queuectl("logs", "j", "--follow").out == "second\n"


@pytest.mark.usefixtures("ended")
def test_a_run_that_there_is_not_is_told(queuectl):
    answer = queuectl("logs", "j", "--run", "7")
    assert (answer.code, answer.out, answer.err) == (1, "", "Job 'j' has no run 7; it has 1, 2\n")


def test_a_job_that_has_not_run_is_told(queuectl, store):
    enqueue(store, "j")
    answer = queuectl("logs", "j")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == "Job 'j' has not run yet\nqueuectl why j says what it waits for.\n"


def test_a_run_that_wrote_nothing_prints_nothing(queuectl, store, clock):
    put_into(store, State.COMPLETED, clock, "j")
    answer = queuectl("logs", "j")
    assert (answer.code, answer.out, answer.err) == (0, "", "")


def test_what_the_database_keeps_stands_in_for_a_file_that_is_gone(queuectl, store, ended):
    store.outputs.free(ended)
    answer = queuectl("logs", "j")
    assert (answer.code, answer.out, answer.err) == (0, "second\n", "Only the end of it was kept:\n")


HOSTILE = "\x1b]0;owned\x07\x1b[2Ja\x1b[31mred\x1b[0m\u202e\r\x9b5n\x00\n".encode()


@pytest.mark.usefixtures("terminal")
def test_on_a_terminal_only_colours_pass(queuectl, store, clock):
    seq = put_into(store, State.COMPLETED, clock, "j")
    write(store, seq, 1, HOSTILE + b"\xff no text \x1b[32m")
    out = queuectl("logs", "j").out
    assert out == "a\x1b[31mred\x1b[0m\\u202e\n\n\ufffd no text \x1b[32m\x1b[0m"
    assert not re.search(r"[\x00-\x08\x0b-\x1a\x9b]", out)


@pytest.mark.parametrize("how", [["--raw"], []])
def test_raw_or_off_a_terminal_the_bytes_are_as_they_are(bytes_out, store, clock, how, request):
    if how:
        request.getfixturevalue("terminal")
    seq = put_into(store, State.COMPLETED, clock, "j")
    data = HOSTILE + os.urandom(3_000_000) + b"\xff\xfe\r\n"
    write(store, seq, 1, data)
    assert bytes_out("logs", "j", *how).out == data


def test_following_prints_what_comes_and_ends_with_the_run(queuectl, store, clock, runner, running):
    pieces = [b"one\n", b"two", b" three\n"]
    times = []

    def job():
        if pieces:
            write(store, running.seq, 1, pieces.pop(0))
            times.append(queuectl.time.now)
        elif runner.running:
            claim, runner.running = runner.running[0], []
            write(store, running.seq, 1, b"last words\n")
            finish(store, claim, Succeeded(), clock(), output_bytes=25)

    queuectl.time.meanwhile.append(job)
    answer = queuectl("logs", "j", "--follow")
    assert (answer.code, answer.out, answer.err) == (0, "one\ntwo three\nlast words\n", "")
    assert queuectl.time.now < 0.5  # as they come, and not at the next look by the clock


def test_following_reads_only_what_is_new(queuectl, store, clock, runner, running, monkeypatch):
    write(store, running.seq, 1, b"x" * 10_000_000)
    read = []
    real = OutputReader._before_hole
    monkeypatch.setattr(OutputReader, "_before_hole", lambda self, file: read.append(self._offset) or real(self, file))
    seen = []

    def job():
        seen.append(len(read))
        if len(seen) == 5:
            write(store, running.seq, 1, b"y")
        if len(seen) == 10:
            claim, runner.running = runner.running[0], []
            finish(store, claim, Succeeded(), clock(), output_bytes=10_000_001)

    queuectl.time.meanwhile.append(job)
    assert queuectl("logs", "j", "--follow").out == "x" * 10_000_000 + "y"
    # each place once as long as there was something, and then the end again and again
    places = [place for place in read if place < 10_000_000]
    assert len(places) == len(set(places))


def test_following_a_job_that_has_not_run_waits_for_it(queuectl, store, clock, runner):
    seq = enqueue(store, "j")

    def become_run():
        if not runner.slots:
            runner.start(slots=1)
            runner.claim()
            write(store, seq, 1, b"at last\n")
        elif runner.running:
            claim, runner.running = runner.running[0], []
            finish(store, claim, Succeeded(), clock(), output_bytes=8)

    queuectl.time.meanwhile.append(become_run)
    answer = queuectl("logs", "j", "--follow")
    assert (answer.code, answer.out) == (0, "at last\n")
    assert answer.err == "No runner is running; start one with: queuectl worker start\n"


def test_following_a_job_that_is_cancelled_before_it_runs_ends(queuectl, store):
    seq = enqueue(store, "j")
    queuectl.time.meanwhile.append(lambda: store.reads.by_seq(seq).state is State.PENDING and store.changes.cancel(seq))
    answer = queuectl("logs", "j", "--follow")
    assert (answer.code, answer.out) == (1, "")
    assert "Job 'j' has not run yet\n" in answer.err


def test_following_ends_when_the_runner_is_gone(queuectl, store, runner, running):
    write(store, running.seq, 1, b"so far\n")
    queuectl.time.meanwhile.append(runner.die)
    answer = queuectl("logs", "j", "--follow")
    assert (answer.code, answer.out) == (1, "so far\n")
    assert answer.err.startswith("The runner of job 'j' died, and this is what the job wrote until then\n")


def test_following_goes_on_in_an_output_that_was_shortened(queuectl, store, clock, runner, running):
    data = b"".join(b"line %d\n" % number for number in range(10_000))
    write(store, running.seq, 1, data[:-14])

    def end_over_the_cap():
        if runner.running:
            claim, runner.running = runner.running[0], []
            store.outputs.path(running.seq, 1).write_bytes(data[:1000] + b"\n[gap]\n" + data[-3000:])
            finish(store, claim, Succeeded(), clock(), output_bytes=len(data))

    queuectl.time.meanwhile.append(end_over_the_cap)
    assert queuectl("logs", "j", "--follow").out == data.decode()


@pytest.mark.skipif(not hasattr(os, "SEEK_DATA"), reason="this system does not tell where holes are")
def test_a_part_that_was_freed_is_told_on_stderr(queuectl, store, clock):
    seq = put_into(store, State.COMPLETED, clock, "j")
    with store.outputs.create(seq, 1).open("wb") as file:
        file.write(b"h" * 4096)
        file.seek(2**30)
        file.write(b"tail\n")
    if store.outputs.path(seq, 1).stat().st_blocks > 1000:
        pytest.skip("this file system knows no holes")
    answer = queuectl("logs", "j")
    assert answer.out == "h" * 4096 + "tail\n"
    assert answer.err == f"[QueueCTL: {2**30 - 4096:,} bytes are left out here]\n"


def test_nobody_has_no_output(queuectl):
    assert queuectl("logs", "nobody").err == "Job 'nobody' not found\n"


def test_standard_output_is_asked_whether_it_is_a_terminal(monkeypatch):
    for answer in (True, False):
        monkeypatch.setattr(sys.stdout, "isatty", lambda answer=answer: answer, raising=False)
        assert logs._is_terminal() is answer


@pytest.mark.parametrize(
    ("by", "words"),
    [
        ("keep-outputs", "The output was freed to keep within keep-outputs."),
        ("prune", "The output was deleted by prune."),
    ],
)
def test_an_output_that_was_freed_is_no_error_and_says_why_it_is_gone(queuectl, store, ended, by, words):
    store.database.run("UPDATE run SET kept_bytes = output_bytes")
    if by == "prune":
        store.retention.free_pruned(ended)
    else:
        store.retention.free_outputs(START, 0, set(State))
    answer = queuectl("logs", "j")
    assert (answer.code, answer.out, answer.err) == (0, "second\n", f"{words}\nOnly the end of it was kept:\n")
    assert words in queuectl("show", "j").out
    assert [run["freed_by"] for run in queuectl("show", "j", "--json").json["runs"]] == [by, by]
