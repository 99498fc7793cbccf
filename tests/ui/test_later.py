"""Steps that are done by and by."""

import pytest
from PySide6.QtCore import QObject, QTimer

from app.ui import later as module
from app.ui.later import Later


@pytest.fixture
def later(qtbot):  # noqa: ARG001  its event loop
    owner = QObject()
    yield Later(owner)
    owner.deleteLater()


def test_steps_are_done_in_order_each_in_a_turn_of_its_own(later, qtbot):
    done = []

    def step(number):
        done.append(number)
        QTimer.singleShot(0, later, lambda: done.append(f"between {number}"))

    later.plan([lambda: step(1), lambda: step(2), lambda: step(3)])
    assert done == []
    with qtbot.waitSignal(later.done):
        later.begin()
    assert done[:5] == [1, "between 1", 2, "between 2", 3]
    assert later.is_done


def test_it_begins_once_however_often_it_is_told(later, qtbot):
    done = []
    later.plan([lambda: done.append(1)])
    later.begin()
    later.begin()
    qtbot.waitUntil(lambda: later.is_done)
    later.begin()
    qtbot.wait(1)
    assert done == [1]


def test_where_nothing_is_ever_painted_it_begins_by_itself(qtbot, monkeypatch):
    monkeypatch.setattr(module, "_SOON", 1)
    owner = QObject()
    later = Later(owner)
    done = []
    later.plan([lambda: done.append(1)])
    qtbot.waitUntil(lambda: done == [1])
    owner.deleteLater()


def test_a_step_that_fails_is_told_and_the_next_one_follows(later, qtbot):
    def fail():
        raise ValueError("no")

    done = []
    later.plan([fail, lambda: done.append(1)])
    with qtbot.captureExceptions() as told, qtbot.waitSignal(later.done):
        later.begin()
    assert [str(error) for _kind, error, _trace in told] == ["no"]
    assert done == [1]


def test_nothing_is_done_after_the_end(later, qtbot):
    done = []
    later.plan([later.stop, lambda: done.append(1)])
    later.begin()
    qtbot.waitUntil(lambda: not later._turns.isActive())
    later.begin()
    qtbot.wait(1)
    assert done == []
