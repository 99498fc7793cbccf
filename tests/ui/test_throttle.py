"""Calls gathered."""

import pytest

from app.ui.throttle import Throttle


@pytest.fixture
def heard():
    return []


@pytest.fixture
def throttle(qapp, heard):
    throttle = Throttle(50, qapp)
    throttle.passed.connect(lambda: heard.append(1))
    yield throttle
    throttle.deleteLater()


def test_the_first_call_is_passed_on_at_once(throttle, heard):
    throttle.call()
    assert len(heard) == 1


def test_calls_within_the_pause_become_one_after_it(throttle, heard, qtbot):
    for _ in range(10):
        throttle.call()
    assert len(heard) == 1
    qtbot.waitUntil(lambda: len(heard) == 2)
    qtbot.waitUntil(lambda: not throttle._pause.isActive())
    assert len(heard) == 2


def test_without_a_call_nothing_is_passed_on(throttle, heard, qtbot):
    throttle.call()
    qtbot.waitUntil(lambda: not throttle._pause.isActive())
    assert len(heard) == 1
