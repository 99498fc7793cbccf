"""A clock that was set on is not believed for a day, and time that has passed is."""

import pytest

from app.engine.clock_doubt import ClockDoubt

HOUR = 3600
DAY = 24 * HOUR
YEAR = 365 * DAY


class Time:
    """What has passed, and what the clock says."""

    def __init__(self, clock):
        self.clock = clock
        self.elapsed = 5.0

    def passes(self, seconds):
        self.elapsed += seconds
        self.clock.forward(seconds)


@pytest.fixture
def time(clock):
    return Time(clock)


@pytest.fixture
def doubt(time, clock):
    return ClockDoubt(clock, lambda: time.elapsed, [])


@pytest.mark.parametrize("passed", [1, HOUR, 30 * DAY, 2 * YEAR])
def test_time_that_passes_awake_or_asleep_is_believed(doubt, time, passed):
    time.passes(passed)
    assert doubt.look() == 0


@pytest.mark.parametrize("set_on", [-10 * YEAR, -DAY, -HOUR, HOUR / 2])
def test_a_clock_that_is_corrected_or_set_back_is_believed(doubt, clock, set_on):
    clock.forward(set_on)
    assert doubt.look() == 0


@pytest.mark.parametrize("set_on", [2 * HOUR, 10 * YEAR])
def test_a_clock_that_is_set_on_is_doubted_for_a_day(doubt, clock, time, set_on):
    clock.forward(set_on)
    for _ in range(24):
        assert doubt.look() == set_on * 1000
        time.passes(HOUR)
    assert doubt.look() == 0
    time.passes(HOUR)
    assert doubt.look() == 0


def test_one_that_is_set_right_again_is_believed_and_doubted_when_it_is_set_on_once_more(doubt, clock):
    clock.forward(10 * YEAR)
    assert doubt.look()
    clock.forward(-10 * YEAR)
    assert doubt.look() == 0
    clock.forward(10 * YEAR)
    assert doubt.look()


def test_one_that_was_set_back_and_then_right_is_doubted_though_it_is_right_now(doubt, clock):
    """Nobody can tell that from a clock that was right: what ended meanwhile looks ten years old."""
    clock.forward(-10 * YEAR)
    assert doubt.look() == 0
    clock.forward(10 * YEAR)
    assert doubt.look() == 10 * YEAR * 1000


@pytest.mark.parametrize(
    ("ago", "is_doubted"),
    [
        ([], False),
        ([40 * DAY, 3 * DAY, 3 * DAY, 0], False),
        ([20 * DAY, 20 * DAY, 0], False),
        ([400 * DAY, 3 * DAY, 2 * DAY, 0], False),
        ([10 * YEAR, 10 * YEAR, 0], True),
        ([10 * YEAR, 10 * YEAR], True),
        ([10 * YEAR, HOUR, HOUR, 0], True),
        ([10 * YEAR, 23 * HOUR, 2 * HOUR, HOUR, 0], True),
        ([10 * YEAR, 25 * HOUR, 25 * HOUR, 0], False),
        ([0, -10 * YEAR, 0], False),
    ],
    ids=str,
)
def test_a_runner_that_comes_later_sees_it_by_when_those_before_it_began_and_ended(time, clock, ago, is_doubted):
    doubt = ClockDoubt(clock, lambda: time.elapsed, [clock() - before * 1000 for before in ago])
    assert bool(doubt.look()) == is_doubted
    time.passes(DAY)
    doubt.look()
    time.passes(DAY)
    assert doubt.look() == 0
