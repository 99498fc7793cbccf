"""A desk for each test, and the program on it."""

import shutil
from pathlib import Path

import pytest

from tests import lacking
from tests.desktop.real import screen as screens
from tests.desktop.real.desk import Desk
from tests.desktop.real.hosts import HOSTS
from tests.desktop.real.program import Program
from tests.desktop.real.targets import chosen
from tests.desktop.real.the_queue import Queue

NEEDED = (
    *("Xvfb", "dbus-daemon", "lxqt-panel", "l3afpad", "openbox", "pcmanfm", "tesseract", "tint2"),
    *("wmctrl", "xclip", "xdotool", "xprop", "xwininfo"),
)
_REPORT = pytest.StashKey()


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("desktop")
            for name, why in chosen().lacks.items():
                if name in item.name:
                    item.add_marker(pytest.mark.skip(reason=why))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.when == "call":
        item.stash[_REPORT] = report
    return report


@pytest.fixture
def screen():
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        lacking.missing(f"a desktop needs {', '.join(missing)}: see packaging/desktop_programs.py")
    with screens.opened() as screen:
        yield screen


@pytest.fixture
def desk(screen, request):
    desk = Desk(screen, request.node.name)
    yield desk
    report = request.node.stash.get(_REPORT, None)
    desk.pictures.take("failed" if report is None or report.failed else "at the end")


@pytest.fixture
def program(screen, desk):  # noqa: ARG001  the last picture shows the program still running
    program = Program(screen, chosen())
    yield program
    assert program.trouble() == []


@pytest.fixture
def queue(screen, program):
    return Queue(screen, program)


@pytest.fixture(params=sorted(HOSTS))
def host(screen, request):
    """Each of the tray hosts, running."""
    return HOSTS[request.param](screen).start()
