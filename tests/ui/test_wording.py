"""Words and figures."""

from datetime import datetime

import pytest
from PySide6.QtCore import QLocale

from app.domain.job import State
from app.messages import KnownError, message
from app.ui import wording


@pytest.fixture(autouse=True)
def english(qapp):
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English))
    yield qapp
    QLocale.setDefault(before)


def at(*moment):
    return round(datetime(*moment).astimezone().timestamp() * 1000)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "—"),
        (0, "0 s"),
        (0.44, "0.4 s"),
        (5, "5 s"),
        (12.6, "13 s"),
        (65, "1 min 05 s"),
        (7380, "2 h 03 min"),
        (200_000, "2 d 07 h"),
    ],
)
def test_a_duration_is_told_in_two_units_at_most(seconds, text):
    assert wording.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (5.9, "0:05"), (65, "1:05"), (600, "10:00"), (7385, "2:03:05")]
)
def test_a_stopwatch_shows_minutes_and_seconds(seconds, text):
    assert wording.stopwatch(seconds) == text


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        ((2026, 11, 24, 10, 15, 23), "10:15:23"),
        ((2026, 11, 9, 10, 15, 23), "9 Nov 10:15"),
        ((2025, 11, 9, 10, 15, 23), "2025-11-09"),
    ],
)
def test_a_moment_is_as_short_as_its_day_allows(moment, text):
    assert wording.when(at(*moment), at(2026, 11, 24, 23, 0, 0)) == text


def test_moments_that_are_not_there_are_a_dash():
    assert [wording.when(None, 0), wording.moment(None), wording.clock(None), wording.size(None)] == ["—"] * 4


@pytest.mark.parametrize(("octets", "text"), [(0, "0 bytes"), (812, "812 bytes"), (2**24, "16.0 MiB")])
def test_a_size_is_told_in_binary_units(octets, text):
    assert wording.size(octets) == text


def test_a_number_has_its_thousands_set_apart():
    assert wording.number(1_234_567) == "1,234,567"


def test_each_state_has_a_word_of_its_own():
    assert len({wording.state_word(state) for state in State}) == len(State)


def test_an_error_is_told_with_its_remedy_below():
    assert wording.said_error(KnownError("{n} is too much", n=3, remedy=message("Take {n}.", n=2))) == (
        "3 is too much\nTake 2."
    )


def test_text_of_jobs_is_one_line_in_which_nothing_hides():
    assert wording.one_line("a\nb\u202ec") == "a\\nb\\u202ec"


def test_a_moment_that_is_no_date_here_is_told_all_the_same():
    far = 2**53
    assert wording.moment(far).startswith("999")
    assert wording.when(far, 0).startswith("999")


def test_a_message_inside_a_message_is_told_in_full():
    assert wording.said(message("{inner}!", inner=message("{n} of them", n=3))) == "3 of them!"
