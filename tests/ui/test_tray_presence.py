"""Whether there is a tray: looked for, since nobody tells."""

import pytest

from app.ui.tray_presence import EVERY, TrayPresence


class Desktop:
    """A tray that comes and goes, and a clock."""

    def __init__(self):
        self.has_tray = False
        self.seconds = 100.0

    def available(self):
        return self.has_tray

    def monotonic(self):
        return self.seconds


@pytest.fixture
def desktop():
    return Desktop()


@pytest.fixture
def heard():
    return []


@pytest.fixture
def presence(desktop, heard, qapp):  # noqa: ARG001  it has a timer
    presence = TrayPresence(desktop.available, desktop.monotonic)
    presence.came.connect(lambda: heard.append("came"))
    presence.went.connect(lambda: heard.append("went"))
    yield presence
    presence.stop()


def pass_time(desktop, presence, seconds):
    """Look as often as the timer would."""
    for _ in range(seconds * 1000 // EVERY):
        desktop.seconds += EVERY / 1000
        presence.look()


def test_a_tray_that_is_there_at_the_start_has_come(desktop, presence, heard):
    desktop.has_tray = True
    presence.start()
    assert presence.is_there
    assert heard == ["came"]


def test_a_tray_that_stays_is_told_once(desktop, presence, heard):
    desktop.has_tray = True
    presence.start()
    pass_time(desktop, presence, 60)
    assert heard == ["came"]


def test_a_tray_that_comes_late_is_found(desktop, presence, heard):
    presence.start()
    assert not presence.is_there
    pass_time(desktop, presence, 10)
    desktop.has_tray = True
    pass_time(desktop, presence, 10)
    assert heard == ["came"]


def test_where_there_is_no_tray_it_has_gone_after_fifteen_seconds_and_that_is_said_once(desktop, presence, heard):
    presence.start()
    pass_time(desktop, presence, 10)
    assert heard == []
    pass_time(desktop, presence, 300)
    assert heard == ["went"]


def test_a_panel_that_restarts_has_not_gone_but_comes_again(desktop, presence, heard):
    desktop.has_tray = True
    presence.start()
    desktop.has_tray = False
    pass_time(desktop, presence, 20)
    assert heard == ["came"]
    assert not presence.is_there
    desktop.has_tray = True
    pass_time(desktop, presence, 10)
    assert heard == ["came", "came"]


def test_a_tray_that_stays_away_has_gone_until_it_comes_again(desktop, presence, heard):
    desktop.has_tray = True
    presence.start()
    desktop.has_tray = False
    pass_time(desktop, presence, 30)
    assert heard == ["came", "went"]
    desktop.has_tray = True
    assert presence.look()
    desktop.has_tray = False
    pass_time(desktop, presence, 30)
    assert heard == ["came", "went", "came", "went"]


def test_who_asks_gets_the_truth_of_this_moment(desktop, presence):
    desktop.has_tray = True
    presence.start()
    desktop.has_tray = False
    assert not presence.look()
    assert not presence.is_there


def test_it_looks_every_ten_seconds_and_not_at_all_once_stopped(presence):
    presence.start()
    assert presence._timer.isActive()
    assert presence._timer.interval() == 10_000
    presence.stop()
    assert not presence._timer.isActive()


def test_no_tray_is_known_of_once_stopped(desktop, presence, heard):
    desktop.has_tray = True
    presence.start()
    presence.stop()
    assert not presence.is_there
    presence.start()
    assert heard == ["came", "came"]
