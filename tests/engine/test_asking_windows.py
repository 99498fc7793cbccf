"""Asking programs on Windows to end, and hearing that everything ends."""

import subprocess
import sys

import psutil
from PySide6.QtCore import QProcess

from app.engine.process_tree import Member, Tree
from tests.engine.trees import finish
from tests.wine import windows_only

pytestmark = windows_only

POLITE = """
import signal, sys, threading
asked = threading.Event()
signal.signal(signal.SIGINT, lambda *_: asked.set())
print("ready", flush=True)
while not asked.wait(0.05):
    pass
sys.exit(7)
"""

WINDOW = """
import sys, win32con, win32gui
def hear(window, message, first, second):
    if message == win32con.WM_DESTROY:
        win32gui.PostQuitMessage(0)
    return win32gui.DefWindowProc(window, message, first, second)
kind = win32gui.WNDCLASS()
kind.lpszClassName = "a job's window"
kind.lpfnWndProc = hear
shown = win32con.WS_OVERLAPPEDWINDOW | win32con.WS_VISIBLE
window = win32gui.CreateWindow(win32gui.RegisterClass(kind), "window", shown, 0, 0, 200, 100, 0, 0, 0, None)
print("ready", flush=True)
win32gui.PumpMessages()
sys.exit(8)
"""


def started(nursery, qtbot, program):
    """A job that has said it is ready."""
    job = nursery.start_command(sys.executable, ["-c", program])
    heard = []

    def is_ready():
        heard.append(bytes(job.process.readAllStandardOutput().data()))
        return b"ready" in b"".join(heard)

    qtbot.waitUntil(is_ready)
    return job


def ask(platform, job):
    return not platform.ask(platform.members([job.tree]))


def test_a_console_program_is_asked_by_ctrl_c_and_ends_in_its_own_way(platform, nursery, qtbot):
    job = started(nursery, qtbot, POLITE)
    assert ask(platform, job)
    finish(qtbot, job)
    assert (job.process.exitStatus(), job.process.exitCode()) == (QProcess.ExitStatus.NormalExit, 7)


def test_what_is_said_to_one_job_no_other_hears(platform, nursery, qtbot):
    one, other = started(nursery, qtbot, POLITE), started(nursery, qtbot, POLITE)
    assert ask(platform, one)
    finish(qtbot, one)
    assert other.process.state() == QProcess.ProcessState.Running
    assert ask(platform, other)
    finish(qtbot, other)


def test_a_program_with_a_window_is_asked_to_close_it(platform, nursery, qtbot):
    job = started(nursery, qtbot, WINDOW)
    assert ask(platform, job)
    finish(qtbot, job)
    assert job.process.exitCode() == 8


def test_who_has_neither_console_nor_window_can_not_be_asked(platform):
    detached = subprocess.DETACHED_PROCESS
    with subprocess.Popen(
        [sys.executable, "-c", POLITE], creationflags=detached, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline().split() == [b"ready"]
        member = Member(process.pid, psutil.Process(process.pid).create_time(), "python.exe")
        tree = Tree("00", process.pid, member.created)
        assert platform.ask({tree: [member]}) == [tree]
        assert process.poll() is None
        process.kill()


def test_who_is_gone_can_not_be_asked(platform):
    gone, never = Tree("00", 2**30, 1.0), Tree("00", None, None)
    assert platform.ask({gone: [Member(2**30, 1.0, "gone.exe")], never: []}) == [gone, never]


def test_a_job_on_a_terminal_is_started_deaf_to_the_ctrl_c_that_is_meant_for_the_runner(
    platform, nursery, qtbot, monkeypatch
):
    import app.engine.process_tree_windows as trees

    monkeypatch.setattr(trees, "is_on_a_terminal", lambda: True)
    job = started(nursery, qtbot, POLITE)
    assert ask(platform, job), "its console is its own here, so it is said there"
    qtbot.wait(500)
    assert job.process.state() == QProcess.ProcessState.Running
    monkeypatch.undo()
    hearing = started(nursery, qtbot, POLITE)  # what is started later hears again
    assert ask(platform, hearing)
    finish(qtbot, hearing)
