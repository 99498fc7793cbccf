import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.backoff import delay

finite = st.floats(-1e308, 1e308)
maxima = st.floats(0, 1e12)
parts = st.floats(0, 1)
chances = st.floats(0, 1, exclude_max=True)


@pytest.mark.parametrize(
    ("base", "attempts", "wait"),
    [(2, 1, 2), (2, 2, 4), (2, 3, 8), (2.0, 11, 2048), (1.5, 2, 2.25), (1, 9, 1), (0.5, 3, 0.125), (0, 5, 0)],
)
def test_the_wait_is_the_base_to_the_power_of_the_failures(base, attempts, wait):
    assert delay(base, attempts, 3600) == wait


@pytest.mark.parametrize(("base", "attempts"), [(2, 12), (10, 13), (1000, 1000), (1.0001, 10**6), (1e300, 2)])
def test_a_wait_beyond_the_maximum_is_the_maximum(base, attempts):
    assert delay(base, attempts, 3600) == 3600


def test_a_maximum_of_zero_means_no_wait():
    assert delay(2, 3, 0) == 0
    assert delay(0.5, 3, 0) == 0


def test_jitter_takes_away_at_most_its_part_of_the_wait():
    assert delay(2, 3, 3600, jitter=0.25, chance=0.0) == 8
    assert delay(2, 3, 3600, jitter=0.25, chance=0.5) == 7
    assert delay(2, 3, 3600, jitter=1.0, chance=0.999) == pytest.approx(0.008)


@given(finite, st.integers(1, 2**63 - 1), maxima, parts, chances)
def test_no_input_overflows_or_leaves_the_range(base, attempts, maximum, jitter, chance):
    wait = delay(base, attempts, maximum, jitter, chance)

    assert isinstance(wait, float)
    assert math.isfinite(wait)
    assert 0 <= wait <= maximum


@given(st.floats(1, 1000), st.integers(1, 1000), maxima)
def test_a_later_failure_never_waits_less(base, attempts, maximum):
    assert delay(base, attempts, maximum) <= delay(base, attempts + 1, maximum)
