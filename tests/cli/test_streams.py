"""What becomes of a call whose standard streams are closed, full, or short of characters."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.jobs import enqueue, new

CHECKOUT = Path(__file__).resolve().parents[2]
CONSOLE = f"{sys.executable} -c 'import sys; from app.bootstrap import console; sys.exit(console())' --home \"$HOME_\" "
FULL = "What was to be shown can't be written: No space left on device\n"

posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")
full = pytest.mark.skipif(os.name != "posix" or not Path("/dev/full").exists(), reason="needs /dev/full")


@pytest.fixture
def shell(home):
    """Call queuectl with words of a shell behind its name; return the finished process."""

    def call(words, **environ):
        return subprocess.run(
            ["/bin/sh", "-c", CONSOLE + words],
            cwd=CHECKOUT,
            env={**os.environ, "HOME_": str(home.root), **environ},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return call


@posix
@pytest.mark.parametrize("words", ["list", "status --json", "show a", "show a --json", "config list"])
def test_a_closed_stdout_is_like_a_reader_that_had_enough(shell, store, words):
    enqueue(store, "a")
    answer = shell(f"{words} >&-")
    assert (answer.returncode, answer.stderr) == (0, "")


@posix
@pytest.mark.parametrize("where", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_an_enqueue_that_was_committed_ends_with_0_whatever_streams_are_closed(shell, store, where):
    answer = shell(f"enqueue --id a --command true {where}")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert store.reads.count() == 1


@posix
def test_a_closed_stdin_holds_no_jobs(shell):
    answer = shell("enqueue - <&-")
    assert answer.returncode == 1
    assert "standard input, line 1: holds no jobs" in answer.stderr


@posix
def test_a_failure_stays_one_when_stdout_is_closed(shell):
    answer = shell("show nobody >&-")
    assert (answer.returncode, answer.stderr) == (1, "Job 'nobody' not found\n")


@full
@pytest.mark.parametrize("words", ["list", "status --json", "show a", "--help", "config get timeout", "dlq list"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_behind_stdout_is_said_and_a_read_has_failed(shell, store, words, unbuffered):
    store.intake.enqueue([new("a"), *(new(f"n{number}") for number in range(200))])
    answer = shell(f"{words} >/dev/full", PYTHONUNBUFFERED=unbuffered)
    assert (answer.returncode, answer.stderr) == (1, FULL) if words != "dlq list" else (0, "")


@full
@pytest.mark.parametrize("words", ["enqueue --id b --command true", "enqueue --id b --json --command true", "pause"])
def test_a_full_disk_behind_stdout_is_said_and_a_change_was_made(shell, store, words):
    answer = shell(f"{words} >/dev/full")
    assert (answer.returncode, answer.stderr) == (0, FULL)
    assert store.reads.count() == 1 or store.reads.is_paused()


@full
def test_a_full_disk_behind_stderr_takes_nothing_but_the_words(shell):
    answer = shell("show nobody 2>/dev/full")
    assert (answer.returncode, answer.stdout) == (1, "")


@full
@pytest.mark.parametrize(("where", "said"), [(">&-", ""), (">/dev/full", FULL)])
def test_a_runner_whose_lines_cannot_be_written_works_on(shell, store, where, said):
    store.intake.enqueue([new("a", command="true"), new("b", command="true")])
    answer = shell(f"worker run --until-empty {where}")
    assert (answer.returncode, answer.stderr) == (0, said)
    assert {job.state for job in store.reads.newest_first()} == {"completed"}


@posix
@pytest.mark.parametrize("encoding", ["ascii", "ascii:strict", "ascii:surrogateescape", "latin-1"])
def test_a_character_that_stdout_lacks_is_spelled_out(shell, store, encoding):
    enqueue(store, "日本語")
    answer = shell("list", PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert r"\u65e5\u672c\u8a9e" in answer.stdout


@posix
def test_a_character_that_a_locale_without_any_lacks_is_spelled_out(shell, store):
    enqueue(store, "日本語")
    answer = shell("list", LC_ALL="POSIX", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert r"\u65e5\u672c\u8a9e" in answer.stdout
