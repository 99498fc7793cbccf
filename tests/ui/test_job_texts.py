"""What is typed into the job form, read and written back."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.ui.job_texts import (
    read_codes,
    read_duration,
    read_number,
    waits,
    write_codes,
    write_duration,
    write_number,
)

WHOLE = some.integers(-(2**31), 2**32 - 1)


@given(some.floats(allow_nan=False, allow_infinity=False))
def test_a_number_comes_back_as_it_was_written(value):
    assert read_number(write_number(value)) == value
    assert read_duration(write_duration(value)) == value


@given(some.lists(WHOLE | some.integers(-3, 8)))
def test_exit_codes_come_back_as_they_were_written(codes):
    assert read_codes(write_codes(codes)) == tuple(codes)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("20", 20), ("90s", 90), (" 2 h ", 7200), ("1.5m", 90), ("30d", 2_592_000), ("0", 0), ("-5", -5), (".5", 0.5)],
)
def test_a_duration_may_have_a_unit(text, seconds):
    assert read_duration(text) == seconds


@pytest.mark.parametrize("text", ["abc", "1,5", "2 hours", "1_000", "0x10", "nan", "inf"])
def test_what_is_no_number_stays_text(text):
    assert read_number(text) == text
    assert read_duration(text) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(20.0, "20s"), (60.0, "1m"), (90.0, "90s"), (7200.0, "2h"), (86_400.0, "1d"), (0.5, "0.5s"), (0.0, "0")],
)
def test_a_duration_is_written_in_the_largest_unit_it_fills(seconds, text):
    assert write_duration(seconds) == text


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("0, 1, 3-7", (0, 1, 3, 4, 5, 6, 7)),
        ("0 1;2", (0, 1, 2)),
        ("-1--1", (-1,)),
        ("-3-1", (-3, -2, -1, 0, 1)),
        ("7-3 x", ("7-3", "x")),
        ("", ()),
    ],
)
def test_exit_codes_are_read_with_spans(text, codes):
    assert read_codes(text) == codes


def test_exit_codes_are_written_with_spans():
    assert write_codes((0, 1, 3, 4, 5, 9)) == "0, 1, 3-5, 9"


@pytest.mark.parametrize(
    ("base", "runs", "jitter", "text"),
    [
        (2, 0, 0, "No retries: it runs once."),
        (2, 3, 0, "Retries after 2 s, 4 s"),
        (2, 7, 0, "Retries after 2 s, 4 s, 8 s, 16 s, 32 s, 1 min 04 s"),
        (10, 1000, 0, "Retries after 10 s, 1 min 40 s, 16 min 40 s, 1 h 00 min, 1 h 00 min … 994 more"),
        (2, 2, 0.5, "Retries after at most 2 s"),
    ],
)
def test_waits_are_told_as_times(base, runs, jitter, text):
    assert waits(base, runs, 3600, jitter) == text
