"""Waiting looks after each ring and now and then, and gives up in time."""

import pytest

from app.cli.waiting import Waiting
from tests.cli.conftest import Time


class Bell:
    """Rings when told to."""

    def __init__(self):
        self.rings = 0

    def rang_at(self):
        return self.rings


@pytest.fixture
def time():
    return Time()


def test_what_is_there_already_is_found_without_sleeping(time):
    assert Waiting(time, time.sleep).until(Bell(), lambda: "it", 10) == "it"
    assert time.now == 0


def test_a_ring_is_heard_within_50_ms(time):
    bell = Bell()
    time.meanwhile.append(lambda: setattr(bell, "rings", 1))
    found = Waiting(time, time.sleep).until(bell, lambda: "it" if bell.rings else None, 10)
    assert found == "it"
    assert time.now == pytest.approx(0.05)


def test_without_a_ring_it_looks_now_and_then(time):
    looks = []
    Waiting(time, time.sleep).until(Bell(), lambda: looks.append(time.now), 1)
    assert len(looks) == pytest.approx(4, abs=1)


def test_it_gives_up_when_the_time_is_over(time):
    assert Waiting(time, time.sleep).until(Bell(), lambda: None, 10) is None
    assert time.now == pytest.approx(10, abs=0.1)


def test_a_ring_during_the_look_is_not_missed(time):
    bell = Bell()

    def look():
        bell.rings += 1
        return "it" if bell.rings == 2 else None

    assert Waiting(time, time.sleep).until(bell, look, 10) == "it"
    assert time.now == pytest.approx(0.05)


def test_a_queue_that_rings_all_the_time_is_looked_at_in_steps_and_not_for_ever(time):
    bell = Bell()
    looks = []

    def look():
        bell.rings += 1
        looks.append(time.now)

    assert Waiting(time, time.sleep).until(bell, look, 1) is None
    assert len(looks) == pytest.approx(20, abs=2)


def test_false_is_something_found(time):
    assert Waiting(time, time.sleep).until(Bell(), lambda: False, 10) is False
