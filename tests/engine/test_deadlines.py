"""The deadlines of all runs."""

import pytest

from app.engine.deadlines import Deadlines
from tests.engine.clocks import Steady

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def awake():
    return Steady()


@pytest.fixture
def foreseen():
    return []


@pytest.fixture
def deadlines(awake, foreseen):
    return Deadlines(lambda count, within: foreseen.append((count, round(within, 6))), awake)


class Told:
    """What was told, in order; each name is a callable of its own."""

    def __init__(self):
        self.names = []
        self._each = {}

    def __call__(self, name):
        return self._each.setdefault(name, lambda: self.names.append(name))


@pytest.fixture
def told():
    return Told()


def test_one_that_has_come_is_told_by_the_timer_once(deadlines, awake, told, qtbot):
    deadlines.set(told("a"), awake() + 0.01)
    awake.now += 0.01
    qtbot.waitUntil(lambda: told.names == ["a"])
    deadlines._look()
    assert told.names == ["a"]
    assert not deadlines._timer.isActive()


def test_none_is_told_before_its_moment_however_early_the_timer_is(deadlines, awake, told, qtbot):
    deadlines.set(told("a"), awake() + 0.03)
    for _ in range(3):
        with qtbot.waitSignal(deadlines._timer.timeout):
            pass
    assert told.names == []
    awake.now += 0.03
    qtbot.waitUntil(lambda: told.names == ["a"])


def test_all_that_have_come_are_told_in_one_go(deadlines, awake, told):
    for number in range(100):
        deadlines.set(told(number), awake() + 1 + number / 100_000)
    deadlines.set(told("later"), awake() + 60)
    awake.now += 1.001
    deadlines._look()
    assert told.names == list(range(100))
    assert 58_000 < deadlines._timer.interval() < 59_000


def test_one_that_is_sooner_than_the_others_is_not_late(deadlines, awake, told):
    deadlines.set(told("far"), awake() + 50)
    deadlines.set(told("near"), awake() + 5)
    assert 4_000 < deadlines._timer.interval() <= 5_000
    deadlines.set(told("middle"), awake() + 20)
    assert 4_000 < deadlines._timer.interval() <= 5_000


def test_what_was_dropped_is_not_told(deadlines, awake, told):
    deadlines.set(told("a"), awake() + 1)
    deadlines.set(told("b"), awake() + 1)
    deadlines.drop(told("a"))
    deadlines.drop(told("never set"))
    awake.now += 1
    deadlines._look()
    assert told.names == ["b"]


def test_one_that_is_told_may_drop_another_that_has_come_too(deadlines, awake, told):
    deadlines.set(lambda: deadlines.drop(told("a")), awake() + 1)
    deadlines.set(told("a"), awake() + 1)
    awake.now += 1
    deadlines._look()
    assert told.names == []


def test_where_nothing_is_set_nothing_wakes_the_program(deadlines, awake, told):
    deadlines.set(told("a"), awake() + 1)
    deadlines.drop(told("a"))
    assert not deadlines._timer.isActive()
    deadlines.set(told("a"), awake() + 1)
    assert deadlines._timer.isActive()


def test_one_that_fails_keeps_no_other_from_being_told(deadlines, awake, told, qtbot):
    def fail():
        raise RuntimeError("no luck")

    deadlines.set(fail, awake() + 1)
    deadlines.set(told("a"), awake() + 1)
    awake.now += 1
    with pytest.raises(RuntimeError, match="no luck"):
        deadlines._look()
    qtbot.waitUntil(lambda: told.names == ["a"])


def test_a_wait_longer_than_a_timer_can_take_is_made_in_steps(deadlines, awake, told):
    deadlines.set(told("a"), awake() + 31_536_000)
    assert deadlines._timer.interval() == 60_000
    awake.now += 60
    deadlines._look()
    assert deadlines._timer.interval() == 60_000
    assert told.names == []


def test_those_that_come_together_are_foreseen_together_shortly_before_and_once(deadlines, awake, foreseen, told):
    for name, after in (("a", 1.0), ("b", 1.004), ("later", 1.5)):
        deadlines.set(told(name), awake() + after)
    awake.now += 0.97
    deadlines._look()
    assert foreseen == []
    awake.now += 0.006
    deadlines._look()
    assert foreseen == [(2, 0.028)]
    awake.now += 0.026  # a has come
    deadlines._look()
    awake.now += 0.1
    deadlines._look()
    assert (foreseen, told.names) == ([(2, 0.028)], ["a", "b"])
    awake.now += 0.375
    deadlines._look()
    assert foreseen == [(2, 0.028), (1, 0.023)]


def test_the_timer_wakes_in_time_to_foresee(deadlines, awake, told):
    deadlines.set(told("a"), awake() + 1)
    assert 900 < deadlines._timer.interval() < 980
    awake.now += 0.975
    deadlines._look()
    assert 20 < deadlines._timer.interval() < 30


def test_what_has_come_already_is_told_and_not_foreseen(deadlines, awake, foreseen, told):
    deadlines.set(told("a"), awake())
    deadlines._look()
    assert (foreseen, told.names) == ([], ["a"])


def test_one_that_is_nearer_than_that_is_foreseen_at_once(deadlines, awake, foreseen, told):
    deadlines.set(told("a"), awake() + 0.01)
    assert deadlines._timer.interval() == 0
    deadlines._look()
    assert (foreseen, told.names) == ([(1, 0.01)], [])
    assert 10 <= deadlines._timer.interval() <= 11


def test_one_that_is_set_again_is_told_at_its_new_moment_only(deadlines, awake, told):
    deadlines.set(told("a"), awake() + 1)
    deadlines.set(told("a"), awake() + 5)
    awake.now += 1
    deadlines._look()
    assert told.names == []
    deadlines.set(told("a"), awake() + 1)
    assert deadlines._timer.interval() < 1000
    awake.now += 1
    deadlines._look()
    awake.now += 3
    deadlines._look()
    assert told.names == ["a"]


def test_one_that_is_told_may_set_another(deadlines, awake, told):
    deadlines.set(lambda: deadlines.set(told("a"), awake() + 2), awake() + 1)
    awake.now += 1
    deadlines._look()
    assert 1_900 < deadlines._timer.interval() < 2_000
    awake.now += 2
    deadlines._look()
    assert told.names == ["a"]
