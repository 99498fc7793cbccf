"""A real store behind a real gateway, and the window's things around them."""

import gc

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from app.domain.job import JobSpec, NewJob
from app.store.store import open_store
from app.ui.gateway import Gateway
from app.ui.icons import Icons
from app.ui.theme import Theme
from app.ui.tools import Tools


@pytest.fixture(autouse=True)
def collecting_here():
    """As in the program: no other thread destroys a QObject."""
    gc.disable()
    yield
    gc.collect(1)
    gc.enable()


def open_here(home, clock):
    return open_store(home, told=print, is_old_worker=lambda _pid: False, clock=clock)


@pytest.fixture
def store(home, clock):
    """The store for the test itself, connected on its thread."""
    store = open_here(home, clock)
    with store.connected():
        yield store


@pytest.fixture
def gateway(store, qtbot, home, clock):  # noqa: ARG001  the store is made first, by the test's own thread
    """The window's own way to the same store."""
    gateway = Gateway(lambda: open_here(home, clock))
    gateway.begin()
    with qtbot.waitSignal(gateway.opened):
        pass
    yield gateway
    gateway.close()


@pytest.fixture
def tools(gateway, qapp, home, clock):
    """What a page is given; the theme is undone afterwards."""
    theme = Theme(QApplication.instance(), "light")
    yield Tools(
        gateway=gateway,
        theme=theme,
        icons=Icons(theme),
        layout=QSettings(str(home.data / "window.ini"), QSettings.Format.IniFormat),
        now=clock,
    )
    qapp.setStyleSheet("")
    theme.deleteLater()


def spec(command="echo hi", **fields):
    """A job's spec with everything filled in."""
    given = {"cwd": "/", "timeout": 20.0, "max_retries": 3, "backoff_base": 2.0, "priority": 5, **fields}
    return JobSpec(command=command, **given)


def new_job(id=None, command="echo hi", **fields):
    return NewJob(id, spec(command, **fields))
