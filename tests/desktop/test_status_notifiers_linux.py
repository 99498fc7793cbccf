"""Hearing of panels on a session bus of the test's own."""

import os
import shutil
import subprocess
import sys
import textwrap

import pytest

if sys.platform != "linux":
    pytest.skip("D-Bus is Linux'", allow_module_level=True)

PROGRAM = """
    from PySide6.QtCore import QCoreApplication, QTimer
    from PySide6.QtDBus import QDBusConnection
    from app.desktop.status_notifiers_linux import StatusNotifiers

    NAME = "org.kde.StatusNotifierWatcher"
    application = QCoreApplication([])
    panel = QDBusConnection.connectToBus(QDBusConnection.BusType.SessionBus, "a panel")
    next_panel = QDBusConnection.connectToBus(QDBusConnection.BusType.SessionBus, "another panel")
    begins_with_one = "--panel" in __import__("sys").argv
    if begins_with_one:
        panel.registerService(NAME)
    panels = StatusNotifiers(application)
    print("at first", panels.are_there())
    steps = iter([lambda: panel.unregisterService(NAME), lambda: next_panel.registerService(NAME), application.quit])

    def heard():
        print("then", panels.are_there())
        next(steps)()

    panels.changed.connect(heard)
    if not begins_with_one:
        panel.registerService(NAME)
    else:
        next(steps)()
    QTimer.singleShot(20_000, application.quit)
    application.exec()
"""


def run(*args):
    """Run the program on a bus of its own; return what it printed."""
    start = ["dbus-run-session", "--"]
    environ = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    environ.pop("DBUS_SESSION_BUS_ADDRESS", None)
    code = textwrap.dedent(PROGRAM)
    done = subprocess.run(
        [*start, sys.executable, "-c", code, *args], env=environ, capture_output=True, text=True, timeout=60, check=True
    )
    assert "Traceback" not in done.stderr
    return done.stdout.splitlines()


needs_a_bus = pytest.mark.skipif(shutil.which("dbus-run-session") is None, reason="dbus is not installed")


@needs_a_bus
def test_a_panel_that_comes_and_goes_is_heard_of():
    assert run() == ["at first False", "then True", "then False", "then True"]


@needs_a_bus
def test_a_panel_that_is_there_already_is_known():
    assert run("--panel") == ["at first True", "then False", "then True"]


def test_without_a_session_bus_there_is_no_such_panel():
    code = textwrap.dedent("""
        from PySide6.QtCore import QCoreApplication
        from app.desktop.status_notifiers_linux import StatusNotifiers
        application = QCoreApplication([])
        print(StatusNotifiers(application).are_there())
    """)
    environ = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": "disabled:", "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=60, check=True
    )
    assert (done.stdout, done.stderr) == ("False\n", "")
