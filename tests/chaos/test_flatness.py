"""What grows is found, also slowly and under noise; what only goes up and down is not."""

from random import Random

import pytest

from tests.chaos.flatness import Measure, trend_of

MEMORY = Measure("memory", " MB", room=4.0)


def samples(value, seconds=1200):
    chance = Random(1)
    return [(float(second), value(second, chance)) for second in range(seconds)]


def test_noise_is_flat():
    trend = trend_of(MEMORY, samples(lambda _, chance: 100 + chance.gauss(0, 5)))
    assert trend.is_flat
    assert trend.most > 110


def test_a_slow_leak_under_noise_is_found():
    trend = trend_of(MEMORY, samples(lambda second, chance: 100 + second * 0.01 + chance.gauss(0, 5)))
    assert not trend.is_flat
    assert trend.growth == pytest.approx(12, abs=3)


def test_a_leak_of_one_descriptor_a_minute_is_found():
    descriptors = Measure("descriptors", "", room=2)
    assert not trend_of(descriptors, samples(lambda second, _: 20 + second // 60)).is_flat


def test_a_sawtooth_is_flat():
    assert trend_of(MEMORY, samples(lambda second, _: 100 + second % 60)).is_flat


def test_a_few_great_values_are_no_growth():
    trend = trend_of(MEMORY, samples(lambda second, _: 900 if second % 10 == 9 else 100))
    assert trend.is_flat
    assert trend.most == 900


def test_what_shrinks_is_flat():
    assert trend_of(MEMORY, samples(lambda second, _: 500 - second * 0.1)).is_flat


def test_a_share_of_the_median_may_be_allowed():
    outputs = Measure("outputs", " MB", room=1, share=0.25)
    assert trend_of(outputs, samples(lambda second, _: 100 + second * 0.01)).is_flat
    assert not trend_of(outputs, samples(lambda second, _: 100 + second * 0.03)).is_flat


def test_its_words_hold_the_figures():
    trend = trend_of(MEMORY, [(0.0, 10.0), (10.0, 11.0), (20.0, 12.0)])
    assert str(trend) == "memory: 11.0 MB, at most 12.0 MB, grew by +2.00 MB in 20 s (allowed 4.0 MB)"
