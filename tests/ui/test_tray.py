"""The icon in the tray on a real queue; what a click on a real panel does is in tests/desktop."""

import sys

import pytest
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from app.domain.job import State
from app.domain.outcome import Succeeded
from app.locks import ProcessLock
from app.store.runner_state import RunnerState
from app.store.runner_store import Ask
from app.ui.gateway import DatabaseLost
from app.ui.queue_watch import QueueWatch
from app.ui.tray import Tray
from app.ui.tray_icon import TrayState, tray_icon
from app.ui.tray_presence import TrayPresence
from tests.store.jobs import claim_one, enqueue, finish, put_into

# The platform without a screen has no tray either; ours only says that there is one.
pytestmark = pytest.mark.qt_log_ignore("No such signal QPlatformNativeInterface::systemTrayWindowChanged")

Reason = QSystemTrayIcon.ActivationReason


class Desktop:
    """A tray that comes and goes, and a clock."""

    def __init__(self):
        self.has_tray = True
        self.seconds = 100.0

    def available(self):
        return self.has_tray

    def monotonic(self):
        return self.seconds


@pytest.fixture
def desktop():
    return Desktop()


@pytest.fixture
def tray(tools, gateway, desktop, qtbot):
    watch = QueueWatch(gateway)
    tray = Tray(tools, watch, TrayPresence(desktop.available, desktop.monotonic), monotonic=desktop.monotonic)
    tray.show()
    with qtbot.waitSignal(watch.seen):
        watch.look()
    yield tray
    tray.hide()
    tray.menu.deleteLater()
    tray.deleteLater()


@pytest.fixture
def runner(store, home):
    """A runner with three workers."""
    lock = ProcessLock(home.runner_lock)
    assert lock.take()
    store.runner.begin(77, 1.5, "2.0", "boot", 3)
    store.runner.say(RunnerState.RUNNING, 3)
    yield store.runner
    lock.release()


def shows(tray, state):
    return tray.icon is not None and tray.icon.icon().cacheKey() == tray_icon(state).cacheKey()


def wait_for(qtbot, tray, state, words):
    qtbot.waitUntil(lambda: bool(shows(tray, state) and tray.icon.toolTip() == words))


def entries(tray):
    tray.menu.aboutToShow.emit()
    return [action.text() for action in tray.menu.running.actions() if action.isVisible()]


# Icon and tooltip


def test_an_idle_queue(tray, runner, qtbot):  # noqa: ARG001
    wait_for(qtbot, tray, TrayState.IDLE, "QueueCTL · nothing to run")


def test_a_queue_at_work_is_told_in_figures(tray, store, clock, runner, qtbot):  # noqa: ARG001
    for number in range(3):
        put_into(store, State.DEAD, clock, f"d{number}")
    put_into(store, State.FAILED, clock, "f")
    store.bulk.mark_seen()
    enqueue(store, "a", "b", *(f"w{number}" for number in range(14)))
    claim_one(store)
    claim_one(store)
    words = "QueueCTL · 2 running, 14 waiting, 1 retrying, 3 dead letters"
    wait_for(qtbot, tray, TrayState.RUNNING, words)


def test_a_paused_queue(tray, store, runner, qtbot):  # noqa: ARG001
    enqueue(store, "a")
    store.changes.set_paused(True)
    wait_for(qtbot, tray, TrayState.PAUSED, "QueueCTL · paused, 1 waiting")


def test_without_a_runner_that_is_said(tray, store, qtbot):
    enqueue(store, "a")
    wait_for(qtbot, tray, TrayState.IDLE, "QueueCTL · no runner, 1 waiting")


def test_a_new_dead_letter_wants_attention_until_it_was_looked_at(tray, store, clock, runner, qtbot):  # noqa: ARG001
    put_into(store, State.DEAD, clock)
    wait_for(qtbot, tray, TrayState.ATTENTION, "QueueCTL · 1 dead letter")
    store.bulk.mark_seen()
    wait_for(qtbot, tray, TrayState.IDLE, "QueueCTL · 1 dead letter")


def test_a_runner_that_does_not_answer_wants_attention(tray, runner, clock, qtbot):
    runner.ask(Ask.DRAIN)
    clock.forward(11)
    runner.say(RunnerState.RUNNING, 2)
    wait_for(qtbot, tray, TrayState.ATTENTION, "QueueCTL · the runner does not answer")


def test_others_can_want_attention(tray, store, qtbot):
    tray.attention(True)
    qtbot.waitUntil(lambda: shows(tray, TrayState.ATTENTION))
    store.changes.set_paused(True)
    tray.attention(False)
    qtbot.waitUntil(lambda: shows(tray, TrayState.PAUSED))


def test_a_queue_that_is_lost_wants_attention_and_can_do_nothing(tray, gateway, home, qtbot):
    gateway.lost.emit(DatabaseLost(home))
    wait_for(qtbot, tray, TrayState.ATTENTION, "QueueCTL")
    assert not tray.menu.add_job.isEnabled()
    assert tray.menu.quit.isEnabled()


def test_a_queue_that_was_brought_back_is_shown_and_can_be_used_again(tray, gateway, home, qtbot):
    gateway.lost.emit(DatabaseLost(home))
    wait_for(qtbot, tray, TrayState.ATTENTION, "QueueCTL")
    gateway.open_again()
    qtbot.waitUntil(lambda: shows(tray, TrayState.IDLE))
    assert tray.menu.add_job.isEnabled()


def test_the_icon_changes_once_a_second_at_most(tray, qtbot):
    qtbot.waitUntil(lambda: not tray._calm._pause.isActive())
    tray.attention(True)
    assert shows(tray, TrayState.ATTENTION)
    tray.attention(False)
    assert shows(tray, TrayState.ATTENTION)
    qtbot.waitUntil(lambda: shows(tray, TrayState.IDLE))


# What runs


def test_the_menu_knows_what_runs_without_asking_as_it_opens(tray, store, clock, gateway, qtbot):
    enqueue(store, *(f"j{number}" for number in range(15)))
    for _ in range(15):
        claim_one(store)
    clock.forward(3)
    qtbot.waitUntil(lambda: len(entries(tray)) == 11)
    gateway.close()  # nobody could answer now
    assert entries(tray) == [*(f"j{number} · 0:03" for number in range(10)), "… and 5 more"]


def test_what_has_ended_is_gone_from_the_menu(tray, store, clock, qtbot):
    enqueue(store, "a")
    claim = claim_one(store)
    qtbot.waitUntil(lambda: bool(entries(tray)))
    finish(store, claim, Succeeded(), clock())
    qtbot.waitUntil(lambda: not entries(tray))


# Clicks


def test_a_click_wants_the_window_shown_or_hidden(tray, qtbot):
    with qtbot.waitSignal(tray.toggled):
        tray.icon.activated.emit(Reason.Trigger)


@pytest.mark.parametrize("second", [Reason.DoubleClick, Reason.Trigger])
def test_a_double_click_is_one_click(tray, desktop, second):
    heard = []
    tray.toggled.connect(lambda: heard.append("toggled"))
    tray.icon.activated.emit(Reason.Trigger)
    desktop.seconds += QApplication.doubleClickInterval() / 2000
    tray.icon.activated.emit(second)
    assert heard == ["toggled"]
    desktop.seconds += QApplication.doubleClickInterval() / 1000
    tray.icon.activated.emit(Reason.Trigger)
    assert heard == ["toggled", "toggled"]


@pytest.mark.parametrize("reason", [Reason.MiddleClick, Reason.Context, Reason.Unknown])
def test_other_clicks_do_nothing(tray, reason, qtbot):
    with qtbot.assertNotEmitted(tray.toggled):
        tray.icon.activated.emit(reason)


def test_on_macos_a_click_opens_the_menu_alone(tray, monkeypatch, qtbot):
    monkeypatch.setattr("sys.platform", "darwin")
    with qtbot.assertNotEmitted(tray.toggled):
        tray.icon.activated.emit(Reason.Trigger)


# Trays that come and go


def test_with_no_tray_there_is_no_icon_until_one_comes(tray, desktop):
    tray.hide()
    desktop.has_tray = False
    tray.show()
    assert tray.icon is None
    desktop.has_tray = True
    tray.presence.look()
    assert tray.icon.isVisible()


def test_a_tray_that_comes_again_gets_the_same_menu_and_a_new_icon_as_the_old_one_was(tray, store, desktop, qtbot):
    store.changes.set_paused(True)
    wait_for(qtbot, tray, TrayState.PAUSED, "QueueCTL · paused, no runner")
    old = tray.icon
    desktop.has_tray = False
    tray.presence.look()
    desktop.has_tray = True
    tray.presence.look()
    assert tray.icon is not old
    assert tray.icon.contextMenu() is tray.menu
    assert shows(tray, TrayState.PAUSED)
    assert tray.icon.toolTip() == "QueueCTL · paused, no runner"
    with qtbot.waitSignal(tray.toggled):
        tray.icon.activated.emit(Reason.Trigger)


def test_a_hidden_tray_stays_hidden_when_a_panel_comes(tray, desktop):
    tray.hide()
    assert tray.icon is None
    desktop.has_tray = True
    tray.presence.look()
    assert tray.icon is None


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is one kind of panel")
def test_a_panel_of_another_kind_gets_an_icon_of_its_own(tray, desktop):
    from app.desktop.status_notifiers_linux import StatusNotifiers

    panels = tray.findChild(StatusNotifiers)
    old = tray.icon
    panels.changed.emit()
    assert tray.icon is not old
    desktop.has_tray = False
    panels.changed.emit()
    assert tray.icon is None
    desktop.has_tray = True
    panels.changed.emit()
    assert tray.icon.isVisible()
    tray.hide()
    panels.changed.emit()
    assert tray.icon is None


# Messages


@pytest.mark.parametrize("kind", QSystemTrayIcon.MessageIcon)
def test_a_message_of_every_kind_is_told(tray, kind):
    assert tray.notify("7 jobs died", "a, <b>, c", kind)


def test_a_message_needs_a_tray(tray, desktop):
    desktop.has_tray = False
    tray.presence.look()
    assert not tray.notify("7 jobs died", "a, b, c")
    tray.hide()
    assert not tray.notify("7 jobs died", "a, b, c")


def test_a_click_on_a_message_is_told(tray, qtbot):
    with qtbot.waitSignal(tray.message_clicked):
        tray.icon.messageClicked.emit()
