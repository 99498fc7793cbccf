"""The alarm for the next retry."""

import pytest

from app.engine.alarm import Alarm
from tests.engine.clocks import Steady

pytestmark = pytest.mark.usefixtures("qapp")


def test_it_rings_when_the_moment_has_come(qtbot, clock):
    alarm = Alarm(clock, Steady())
    with qtbot.waitSignal(alarm.rang):
        alarm.set(clock())


def test_a_moment_that_is_past_rings_at_once(qtbot, clock):
    alarm = Alarm(clock, Steady())
    with qtbot.waitSignal(alarm.rang):
        alarm.set(clock() - 10_000)


def test_where_the_timer_fires_before_the_moment_it_is_armed_again_and_rings_later(qtbot, clock):
    alarm = Alarm(clock, Steady())
    rings = []
    alarm.rang.connect(lambda: rings.append(clock()))
    moment = clock() + 30
    alarm.set(moment)
    alarm._look()  # as a timer that is too early would
    assert rings == []
    clock.forward(0.03)
    qtbot.waitUntil(lambda: rings == [moment])


def test_no_wait_is_longer_than_a_minute_so_that_a_clock_that_was_set_is_noticed(clock):
    alarm = Alarm(clock, Steady())
    alarm.set(clock() + 10 * 86_400_000)
    assert alarm._timer.remainingTime() <= 60_000


def test_a_moment_years_away_overflows_nothing(clock):
    alarm = Alarm(clock, Steady())
    alarm.set(clock() + 2**53)
    assert alarm._timer.isActive()


def test_none_means_never(clock):
    alarm = Alarm(clock, Steady())
    alarm.set(clock() + 5)
    alarm.set(None)
    assert not alarm._timer.isActive()


def test_a_clock_that_was_set_back_is_told(clock, qtbot):
    steady = Steady()
    alarm = Alarm(clock, steady)
    alarm.set(clock() + 60_000)
    steady.now += 60
    clock.forward(-3600)
    with qtbot.waitSignal(alarm.clock_was_set_back):
        alarm._look()


def test_a_clock_that_was_set_back_is_told_though_the_alarm_was_set_again_meanwhile(clock, qtbot):
    steady = Steady()
    alarm = Alarm(clock, steady)
    alarm.set(clock() + 60_000)
    steady.now += 1
    clock.forward(-3599)
    with qtbot.waitSignal(alarm.clock_was_set_back) as told:
        alarm.set(clock() + 60_000)
    assert told.args == [3_600_000]


def test_time_that_passes_as_it_should_is_not_taken_for_a_clock_that_was_set_back(clock, qtbot):
    steady = Steady()
    alarm = Alarm(clock, steady)
    alarm.set(clock() + 120_000)
    steady.now += 60
    clock.forward(60)
    with qtbot.assertNotEmitted(alarm.clock_was_set_back):
        alarm._look()
