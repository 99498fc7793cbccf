"""What the tray icon asks for is done with the window; real clicks on a real tray are in tests/desktop/real."""

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from app.domain.job import State
from app.messages import message
from app.store.notices import Notice, NoticeKind
from app.ui.in_the_tray import InTheTray
from app.ui.job_verbs import JobVerbs
from app.ui.leaving import Leaving
from app.ui.question import Question
from app.ui.runner_keeping import RunnerKeeping
from app.ui.sidebar import Place
from app.ui.tray import Tray
from app.ui.tray_presence import TrayPresence
from tests.store.jobs import claim_one
from tests.ui.conftest import new_job
from tests.ui.windows import make_window

# The platform without a screen has no tray either; ours only says that there is one.
pytestmark = pytest.mark.qt_log_ignore("No such signal QPlatformNativeInterface::systemTrayWindowChanged")


class Desktop:
    """A desktop with a tray, or without one, and all that is in it."""

    def __init__(self, tools, qtbot):
        self.has_tray, self.seconds = True, 100.0
        gateway = tools.gateway
        self.window = make_window(tools, qtbot)
        self.presence = TrayPresence(lambda: self.has_tray, lambda: self.seconds)
        self.tray = Tray(tools, self.window._watch, self.presence, gateway)
        control = self.window.control
        keeping = RunnerKeeping(gateway, control, self.window._watch, gateway)
        self.leaving = Leaving(
            tools, self.window, control, self.window._watch, keeping, self.presence.look, gateway, patience=100
        )
        verbs = JobVerbs(gateway, lambda _store: None, gateway)
        self.in_the_tray = InTheTray(self.tray, self.window, verbs, control, self.leaving, gateway)
        self.window.close_wanted.connect(self.leaving.close_window)
        self.tray.show()


@pytest.fixture
def desktop(tools, qtbot):
    desktop = Desktop(tools, qtbot)
    yield desktop
    desktop.tray.hide()
    desktop.presence.deleteLater()


def open_dialogs():
    return {type(one).__name__ for one in QApplication.topLevelWidgets() if one.isVisible()}


def notice(kind=NoticeKind.DIED, seq=None):
    return Notice(number=1, at=0, kind=kind, seq=seq, words=message("It happened"), seen=False)


def test_a_click_hides_the_window_and_the_next_one_shows_it(desktop):
    desktop.tray.toggled.emit()
    assert not desktop.window.isVisible()
    desktop.tray.toggled.emit()
    assert desktop.window.isVisible()


def test_a_minimized_window_comes_up_at_a_click(desktop):
    desktop.window.showMinimized()
    desktop.tray.toggled.emit()
    assert desktop.window.is_seen


def test_closing_hides_the_window_and_the_first_time_says_where_it_is(desktop, qtbot):
    with qtbot.waitSignal(desktop.leaving.first_hidden):
        desktop.window.close()
    assert not desktop.window.isVisible()
    desktop.tray.menu.open_wanted.emit()
    assert desktop.window.isVisible()


def test_a_hidden_window_comes_back_when_the_tray_has_gone(desktop):
    desktop.tray.menu.hide_wanted.emit()
    desktop.has_tray = False
    desktop.presence.look()
    desktop.seconds += 20
    desktop.presence.look()
    assert desktop.window.isVisible()


def test_what_needs_the_window_brings_it_up(desktop, qtbot):
    for wanted, shown in (
        (desktop.tray.menu.add_wanted, "JobForm"),
        (desktop.tray.menu.settings_wanted, "SettingsDialog"),
    ):
        desktop.tray.menu.hide_wanted.emit()
        wanted.emit()
        assert desktop.window.isVisible()
        assert shown in open_dialogs()
        qtbot.waitUntil(desktop.window.may_close)


def test_what_is_on_the_clipboard_is_reviewed(desktop, qtbot):
    desktop.tray.menu.hide_wanted.emit()
    QGuiApplication.clipboard().setText("echo pasted")
    desktop.tray.menu.paste_wanted.emit()
    assert desktop.window.isVisible()
    qtbot.waitUntil(lambda: desktop.window.reviewing.dialog is not None)


def test_the_queue_is_paused_and_goes_on(desktop, store, qtbot):
    desktop.tray.menu.pause_wanted.emit(True)
    qtbot.waitUntil(store.reads.is_paused)
    desktop.tray.menu.pause_wanted.emit(False)
    qtbot.waitUntil(lambda: not store.reads.is_paused())


def test_the_number_of_workers_is_kept_for_the_next_runner_where_none_lives(desktop, store, qtbot):
    desktop.tray.menu.workers_wanted.emit(5)
    qtbot.waitUntil(lambda: store.options.text("workers") == "5")


@pytest.mark.parametrize(
    ("wanted", "place"), [("workers_page_wanted", Place.WORKERS), ("dead_letters_wanted", Place.DEAD_LETTERS)]
)
def test_a_place_is_shown(desktop, wanted, place):
    desktop.tray.menu.hide_wanted.emit()
    getattr(desktop.tray.menu, wanted).emit()
    assert desktop.window.isVisible()
    assert desktop.window.sidebar.place is place


def test_a_running_job_is_shown_and_cancelled_after_a_question(desktop, store, qtbot):
    store.intake.enqueue([new_job("a")])
    claim_one(store)
    desktop.tray.menu.hide_wanted.emit()
    desktop.tray.menu.job_wanted.emit(1)
    assert desktop.window.isVisible()
    qtbot.waitUntil(lambda: desktop.window.jobs.table.selected_seqs() == [1])
    desktop.tray.menu.cancel_wanted.emit(1)
    qtbot.waitUntil(lambda: desktop.window.findChild(Question) is not None)
    assert desktop.window.findChild(Question).yes.text() == "Cancel 'a'"
    desktop.window.findChild(Question).yes.click()
    qtbot.waitUntil(lambda: store.reads.by_id("a").cancel_requested)
    assert store.reads.by_id("a").state is State.PROCESSING


def test_a_notice_is_told_beside_the_tray_and_a_click_on_it_opens_what_it_tells_of(desktop):
    desktop.tray.menu.hide_wanted.emit()
    desktop.in_the_tray.show_notice(notice(), "2 jobs died", "The last was 'a'")
    assert desktop.window.toast.words() == ""
    desktop.tray.message_clicked.emit()
    assert desktop.window.isVisible()
    assert desktop.window.sidebar.place is Place.DEAD_LETTERS


def test_a_failed_runner_is_shown_by_the_icon_until_the_window_is_seen(desktop, qtbot):
    desktop.tray.menu.hide_wanted.emit()
    desktop.in_the_tray.show_notice(notice(NoticeKind.RUNNER), "Runner failed", "It died.")
    qtbot.waitUntil(lambda: desktop.tray._state is not None and desktop.tray._state.name == "ATTENTION")
    desktop.tray.menu.open_wanted.emit()
    qtbot.waitUntil(lambda: desktop.tray._state.name != "ATTENTION")


def test_without_a_tray_a_notice_is_told_in_the_window(desktop):
    desktop.has_tray = False
    desktop.presence.look()
    desktop.in_the_tray.show_notice(notice(NoticeKind.DONE), "Queue done", "1 job completed")
    assert desktop.window.toast.words() == "Queue done. 1 job completed"


def test_without_a_tray_a_failed_runner_is_left_to_the_bar_in_the_window(desktop):
    desktop.has_tray = False
    desktop.presence.look()
    desktop.in_the_tray.show_notice(notice(NoticeKind.RUNNER), "Runner failed", "It died.")
    assert desktop.window.toast.words() == ""


def test_quit_is_quit(desktop, qtbot):
    with qtbot.waitSignal(desktop.leaving.left):
        desktop.tray.menu.quit_wanted.emit()
