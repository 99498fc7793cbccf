"""Hearing of panels on a session bus of the test's own."""

import os
import shutil
import subprocess
import sys
import textwrap

import pytest

if sys.platform != "linux":
    pytest.skip("D-Bus is Linux'", allow_module_level=True)

# Another process, as it is on a desktop: it does what it is told, and says so. A registry is the name alone; a panel
# besides is what shows the icons, and need not be the same program.
DESKTOP = """
    import sys
    from PySide6.QtCore import ClassInfo, Property, QCoreApplication, QObject, QSocketNotifier, Signal
    from PySide6.QtDBus import QDBusConnection

    NAME = "org.kde.StatusNotifierWatcher"

    @ClassInfo({"D-Bus Interface": NAME})
    class Registry(QObject):
        StatusNotifierHostRegistered = Signal()
        StatusNotifierHostUnregistered = Signal()
        has_panel = False
        IsStatusNotifierHostRegistered = Property(bool, lambda self: self.has_panel)

        def set_panel(self, there):
            self.has_panel = there
            (self.StatusNotifierHostRegistered if there else self.StatusNotifierHostUnregistered).emit()

    application = QCoreApplication([])
    registry = Registry()
    buses = {}

    def become(number):
        bus = buses.setdefault(number, QDBusConnection.connectToBus(QDBusConnection.BusType.SessionBus, number))
        bus.registerObject("/StatusNotifierWatcher", registry, QDBusConnection.RegisterOption.ExportAllContents)
        bus.registerService(NAME)

    DO = {
        "registry": lambda: become("1"),
        "next registry": lambda: become("2"),
        "panel": lambda: registry.set_panel(True),
        "no panel": lambda: registry.set_panel(False),
        "end registry": lambda: [bus.unregisterService(NAME) for bus in buses.values()],
        "": application.quit,
    }

    def told():
        DO[sys.stdin.readline().strip()]()
        print("done", flush=True)

    notifier = QSocketNotifier(0, QSocketNotifier.Type.Read)
    notifier.activated.connect(told)
    application.exec()
"""

PROGRAM = """
    import subprocess, sys
    from PySide6.QtCore import QCoreApplication, QTimer
    from app.desktop.status_notifiers_linux import StatusNotifiers

    desktop = subprocess.Popen(
        [sys.executable, "-c", sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def do(words):
        desktop.stdin.write(words + "\\n")
        desktop.stdin.flush()
        assert desktop.stdout.readline() == "done\\n"

    application = QCoreApplication([])
    before, steps = sys.argv[2].split(","), iter(sys.argv[3].split(","))
    for words in filter(None, before):
        do(words)
    panels = StatusNotifiers(application)
    print(panels.are_there())

    def go_on():
        words = next(steps, None)
        application.quit() if words is None else do(words)

    def heard():
        print(panels.are_there())
        go_on()

    panels.changed.connect(heard)
    QTimer.singleShot(0, go_on)
    QTimer.singleShot(30_000, application.quit)
    application.exec()
    desktop.stdin.close()
    desktop.wait()
"""


def heard(before, steps):
    """What is known at first, after what was done before; and then after each further step."""
    environ = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    environ.pop("DBUS_SESSION_BUS_ADDRESS", None)
    program, desktop = textwrap.dedent(PROGRAM), textwrap.dedent(DESKTOP)
    start = ["dbus-run-session", "--", sys.executable, "-c", program, desktop, ",".join(before), ",".join(steps)]
    done = subprocess.run(start, env=environ, capture_output=True, text=True, timeout=60, check=True)
    assert "Traceback" not in done.stderr
    return [word == "True" for word in done.stdout.split()]


needs_a_bus = pytest.mark.skipif(shutil.which("dbus-run-session") is None, reason="dbus is not installed")


@needs_a_bus
def test_a_panel_that_comes_and_goes_is_heard_of():
    assert heard(["registry"], ["panel", "no panel", "panel", "end registry"]) == [False, True, False, True, False]


@needs_a_bus
def test_a_panel_that_is_there_already_is_known():
    assert heard(["registry", "panel"], ["no panel"]) == [True, False]


@needs_a_bus
def test_a_registry_without_a_panel_is_none():
    assert heard(["registry"], []) == [False]


@needs_a_bus
def test_a_panel_that_comes_with_its_registry_is_heard_of():
    assert heard(["panel"], ["registry", "end registry", "next registry"]) == [False, True, False, True]


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
