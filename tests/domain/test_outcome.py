import signal

import pytest

from app.domain.outcome import (
    Cancelled,
    Crashed,
    Failed,
    Interrupted,
    NotStarted,
    Reason,
    Succeeded,
    TimedOut,
    Word,
    error_key,
    exit_code,
    reason,
    seconds,
    word,
)

CASES = [
    (Succeeded(), Word.SUCCEEDED, 0, None),
    (Succeeded(3), Word.SUCCEEDED, 3, None),
    (Failed(7), Word.FAILED, 7, "Exit code 7: no space left"),
    (TimedOut(20.0), Word.TIMED_OUT, None, "Timeout exceeded (20s)"),
    (Crashed(0), Word.CRASHED, None, "Ended by a signal"),
    (NotStarted("no such folder"), Word.NOT_STARTED, None, "Not started: no such folder"),
    (Cancelled(), Word.CANCELLED, None, "Cancelled"),
    (Interrupted(Reason.DISK_FULL), Word.INTERRUPTED, None, "Interrupted: the disk is full"),
]


@pytest.mark.parametrize(("outcome", "name", "code", "text"), CASES)
def test_each_outcome_has_its_name_its_exit_code_and_its_text(outcome, name, code, text):
    assert word(outcome) is name
    assert exit_code(outcome) == code
    assert reason(outcome, "no space left") == text


def test_every_name_belongs_to_an_outcome():
    assert {name for _, name, _, _ in CASES} == set(Word)


def test_a_failure_without_output_tells_the_exit_code_alone():
    assert reason(Failed(1)) == "Exit code 1"
    assert reason(Failed(1), "  \t\r\n") == "Exit code 1"


def test_a_failure_tells_two_hundred_characters_of_the_last_line():
    assert reason(Failed(1), "  " + "x" * 500) == "Exit code 1: " + "x" * 200


def test_a_signal_is_told_by_number_and_name():
    number = signal.SIGTERM.value
    assert reason(Crashed(number)) == f"Ended by signal {number} (SIGTERM)"


def test_a_signal_without_a_name_is_told_by_number():
    assert reason(Crashed(250)) == "Ended by signal 250"


@pytest.mark.parametrize(
    ("value", "text"), [(20.0, "20s"), (100, "100s"), (0.5, "0.5s"), (1.25, "1.25s"), (0.0, "0s"), (86400, "86400s")]
)
def test_a_duration_is_written_as_people_write_it(value, text):
    assert seconds(value) == text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Exit code 1: line 17: no 'a.txt'", "Exit code 1: line 4: no 'b.txt'"),
        ('Exit code 2: "x" is not a number', 'Exit code 2: "12" is not a number'),
        ("Timeout exceeded (20s)", "Timeout exceeded (300s)"),
        ("Exit code 1: `ls` took 3.25 s", "Exit code 1: `cp -r` took 10.5 s"),
    ],
)
def test_errors_of_one_kind_have_one_key(one, other):
    assert error_key(one) == error_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Exit code 1", "Exit code 2"),
        ("Exit code 12", "Exit code 13"),
        ("Exit code -1073741819", "Exit code -1073741510"),
        ("Ended by signal 9 (SIGKILL)", "Ended by signal 11 (SIGSEGV)"),
        ("Ended by signal 40", "Ended by signal 41"),
        ("Exit code 1: no 'a'", "Exit code 1: not 'a'"),
    ],
)
def test_errors_of_different_kinds_have_different_keys(one, other):
    assert error_key(one) != error_key(other)
