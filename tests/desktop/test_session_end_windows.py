"""The hidden window that hears a log-off: the messages that Windows sends are sent here."""

import sys
import threading

import pytest
from PySide6.QtCore import QObject, QThread, Slot

from tests.wine import windows_only

pytestmark = windows_only

if sys.platform == "win32":
    import win32con
    import win32gui

    from app.desktop.session_end_windows import SessionEnd

LOG_OFF, SHUTDOWN = -0x80000000, 0  # as win32gui wants it: a signed number of 32 bits


class Listener(QObject):
    """Notes what came, on which thread, and says that all is done."""

    def __init__(self, end):
        super().__init__()
        self.heard = []
        self.threads = set()
        self._end = end
        end.came.connect(self.hear)
        end.asked.connect(self.hear_asked)

    @Slot(str)
    def hear(self, what):
        self.heard.append(what)
        self.threads.add(QThread.currentThread())
        self._end.close()

    @Slot()
    def hear_asked(self):
        self.heard.append("asked")


@pytest.fixture
def end(qapp):  # noqa: ARG001  signals need an application
    end = SessionEnd()
    yield end
    end.close()


@pytest.fixture
def listener(end):
    return Listener(end)


def send(end, message, first, second):
    """Send a message as another process does, and return a list that will hold the answer."""
    answers = []
    window = end.window
    threading.Thread(target=lambda: answers.append(win32gui.SendMessage(window, message, first, second))).start()
    return answers


@pytest.mark.parametrize(("number", "word"), [(LOG_OFF, "log-off"), (SHUTDOWN, "shutdown")])
def test_the_end_of_the_session_is_held_up_until_the_listener_is_done(end, listener, qtbot, number, word):
    assert win32gui.SendMessage(end.window, win32con.WM_QUERYENDSESSION, 0, number) == 1
    assert listener.heard == []
    answers = send(end, win32con.WM_ENDSESSION, 1, number)
    assert answers == [], "nobody has heard it yet: the event loop has not turned"
    qtbot.waitUntil(lambda: answers == [0])
    assert listener.heard == [word]
    assert listener.threads == {QThread.currentThread()}


def test_a_session_that_goes_on_after_all_ends_nothing(end, listener, qtbot):
    answers = send(end, win32con.WM_ENDSESSION, 0, LOG_OFF)
    qtbot.waitUntil(lambda: answers == [0])
    assert listener.heard == []


def test_being_asked_to_close_is_told_and_the_window_stays(end, listener, qtbot):
    win32gui.PostMessage(end.window, win32con.WM_CLOSE, 0, 0)
    qtbot.waitUntil(lambda: listener.heard == ["asked"])
    assert win32gui.IsWindow(end.window)


def test_the_window_is_a_top_level_one_that_is_never_seen(end):
    found = []
    win32gui.EnumWindows(lambda window, _: found.append(window), None)
    assert end.window in found
    assert not win32gui.IsWindowVisible(end.window)


@pytest.mark.parametrize(("event", "word"), [(2, "console closed"), (5, "log-off"), (6, "shutdown")])
def test_a_closed_console_is_an_end_too(end, listener, qtbot, event, word):
    answers = []
    threading.Thread(target=lambda: answers.append(end._on_console(event))).start()
    qtbot.waitUntil(lambda: answers == [True])
    assert listener.heard == [word]


@pytest.mark.parametrize("event", [0, 1])
def test_ctrl_c_and_ctrl_break_are_left_to_others(end, listener, event):
    assert not end._on_console(event)
    assert listener.heard == []


def test_after_closing_no_window_is_left(qapp):  # noqa: ARG001
    end = SessionEnd()
    window = end.window
    end.close()
    assert not win32gui.IsWindow(window)
