"""The number that a person sets and somebody else brings about."""

import pytest
from PySide6.QtCore import Qt

from app.ui import stepper
from app.ui.stepper import Stepper

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def new_number(tools, qtbot):
    def new():
        number = Stepper(tools, 1, 9, "Workers", "One less", "One more")
        qtbot.addWidget(number)
        number.show()
        number.known(2)
        return number

    return new


@pytest.fixture
def number(new_number):
    return new_number()


def ask_for_one_more(number, qtbot):
    with qtbot.waitSignal(number.settled) as told:
        qtbot.mouseClick(number.more, LEFT)
    number.expect()
    return told.args[0]


def test_what_holds_is_shown_where_nobody_chooses(number):
    number.known(5)
    assert number.value() == 5
    assert number.less.isEnabled()
    number.known(9)
    assert not number.more.isEnabled()


def test_what_holds_does_not_disturb_who_is_choosing(number, qtbot):
    qtbot.mouseClick(number.more, LEFT)
    number.known(2)
    assert number.value() == 3
    with qtbot.waitSignal(number.settled) as told:
        qtbot.mouseClick(number.more, LEFT)
    assert told.args == [4]


def test_a_number_that_was_asked_for_stays_until_it_holds_and_the_next_click_counts_from_it(number, qtbot):
    assert ask_for_one_more(number, qtbot) == 3
    number.known(2)
    assert number.value() == 3
    assert ask_for_one_more(number, qtbot) == 4
    number.known(3)
    assert number.value() == 4
    number.known(4)
    number.known(2)
    assert number.value() == 2


def test_a_number_that_does_not_come_gives_way_to_what_holds(number, qtbot):
    ask_for_one_more(number, qtbot)
    number.known(2)
    number.give_up()
    assert number.value() == 2


def test_nobody_waits_for_ever(new_number, qtbot, monkeypatch):
    monkeypatch.setattr(stepper, "PATIENCE", 50)
    number = new_number()
    ask_for_one_more(number, qtbot)
    number.known(2)
    assert number.value() == 3
    qtbot.waitUntil(lambda: number.value() == 2)


def test_a_click_while_a_number_is_given_up_is_not_lost(number, qtbot):
    ask_for_one_more(number, qtbot)
    number.known(2)
    with qtbot.waitSignal(number.settled) as told:
        qtbot.mouseClick(number.more, LEFT)
        number.give_up()
    assert told.args == [4]
