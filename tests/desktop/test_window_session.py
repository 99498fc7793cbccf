"""The end of the person's session, as the window hears of it from Qt."""

import ctypes
import subprocess
import sys
from pathlib import Path

import PySide6
import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QSessionManager
from PySide6.QtWidgets import QLineEdit

from app.desktop.window_session import WindowSession, record_end
from app.locks import ProcessLock
from tests.runners import CHECKOUT, environment
from tests.store.jobs import opened
from tests.wine import windows_only

pytestmark = pytest.mark.qt_log_ignore("NonClientDpiScaling")  # Wine 8 has none, and Qt says so of each native window

PACKAGE = Path(PySide6.__file__).parent
GUI = {"win32": "Qt6Gui.dll", "darwin": "Qt/lib/QtGui.framework/QtGui"}.get(sys.platform, "Qt/lib/libQt6Gui.so.6")
NAMES = {
    "commit": ("?commitDataRequest@QGuiApplication@@QEAAXAEAVQSessionManager@@@Z", "commitDataRequest"),
    "save": ("?saveStateRequest@QGuiApplication@@QEAAXAEAVQSessionManager@@@Z", "saveStateRequest"),
}


def tell(application, what):
    """Emit a signal of the application as its platform does; PySide 6.11 itself can't, it crashes on the reference."""
    windows, name = NAMES[what]
    emit = ctypes.CDLL(str(PACKAGE / GUI))[
        windows if sys.platform == "win32" else f"_ZN15QGuiApplication{len(name)}{name}ER15QSessionManager"
    ]
    emit.argtypes, emit.restype = [ctypes.c_void_p] * 2, None
    manager = application.findChild(QSessionManager)
    emit(shiboken6.getCppPointer(application)[0], shiboken6.getCppPointer(manager)[0])
    return manager


@pytest.fixture
def session(qapp):
    session = WindowSession(qapp)
    yield session
    shiboken6.delete(session)


@pytest.fixture
def heard(session):
    heard = []
    session.ending.connect(heard.append)
    session.went_on.connect(lambda: heard.append("went on"))
    return heard


def test_it_is_told_before_the_system_has_its_answer(qapp, session, heard):
    assert not session._ending
    tell(qapp, "commit")
    assert heard == ["log-off"]
    assert session._ending


@pytest.mark.usefixtures("session")
def test_it_is_told_once_however_often_the_system_asks(qapp, heard):
    for _ in range(3):
        tell(qapp, "commit")
    assert heard == ["log-off"]


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("what", ["commit", "save"])
def test_no_session_manager_starts_the_program_again(qapp, what):
    qapp.findChild(QSessionManager).setRestartHint(QSessionManager.RestartHint.RestartIfRunning)
    assert tell(qapp, what).restartHint() == QSessionManager.RestartHint.RestartNever


def test_a_session_that_is_only_saved_does_not_end(qapp, session, heard):
    tell(qapp, "save")
    assert heard == []
    assert not session._ending


def test_a_session_that_has_not_ended_for_long_goes_on_and_may_end_later(qapp, qtbot):
    session = WindowSession(qapp, patience=1)
    with qtbot.waitSignal(session.went_on):
        tell(qapp, "commit")
    assert not session._ending
    with qtbot.waitSignal(session.ending):
        tell(qapp, "commit")
    shiboken6.delete(session)


@pytest.mark.parametrize("how", ["key", "mouse"])
def test_a_session_in_which_the_person_works_goes_on(qapp, qtbot, session, heard, how):
    field = QLineEdit()
    qtbot.addWidget(field)
    tell(qapp, "commit")
    if how == "key":
        qtbot.keyClicks(field, "on")
    else:
        qtbot.mouseClick(field, Qt.MouseButton.LeftButton)
    assert heard == ["log-off", "went on"]
    assert not session._ending


def test_it_is_recorded_of_a_runner_that_lives(home):
    with opened(home) as store:
        store.runner.begin(1, 2.0, "2.0.0", "boot", 1)
        record_end(store, "log-off")
        assert ended_by(store) is None, "a runner that is dead did not die of this"
        lock = ProcessLock(home.runner_lock)
        assert lock.take()
        record_end(store, "log-off")
        lock.release()
        assert ended_by(store) == "log-off"


def ended_by(store):
    return store.database.run("SELECT ended_by FROM session")[0][0]


PROGRAM = """
import sys
from PySide6.QtWidgets import QApplication, QWidget
from app.desktop.window_session import WindowSession
application = QApplication([])
application.setQuitOnLastWindowClosed(False)
if sys.argv[1] != "in the tray":
    window = QWidget()
    window.show()
    window.setVisible(sys.argv[1] == "seen")
session = WindowSession(application)
session.ending.connect(lambda what: print(what, flush=True))
application.aboutToQuit.connect(lambda: print("quits", flush=True))
print("ready", flush=True)
application.exec()
print("over", flush=True)
"""


@windows_only
@pytest.mark.parametrize("window", ["seen", "hidden", "in the tray"])
def test_windows_ends_the_session_and_nothing_holds_it_up(window):
    import win32con

    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, window],
        cwd=CHECKOUT,
        env={**environment(), "QT_QPA_PLATFORM": "windows"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert program.stdout.readline() == "ready\n", program.stderr.read()
        told = windows_of(program.pid)
        assert all(send(one, win32con.WM_QUERYENDSESSION, 0) == 1 for one in told)
        assert program.stdout.readline() == "log-off\n"
        for one in told:
            send(one, win32con.WM_ENDSESSION, 1)
        assert program.stdout.read() == "quits\nover\n"
        assert program.wait(30) == 0
    finally:
        program.kill()
        program.communicate()


def windows_of(pid):
    """The windows of a process that Windows tells: all at the top, seen or not."""
    import win32gui
    import win32process

    found = []
    win32gui.EnumWindows(lambda window, _: found.append(window), None)
    return [window for window in found if win32process.GetWindowThreadProcessId(window)[1] == pid]


def send(window, message, first):
    import win32gui

    try:
        return win32gui.SendMessage(window, message, first, -0x80000000)
    except win32gui.error:  # the process has ended at an earlier message
        return None
