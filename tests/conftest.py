"""What every test may use: a clock that only the test moves, and a home of its own."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from pytestqt.qtbot import QtBot

from app.paths import Home

settings.register_profile(
    "here",
    deadline=timedelta(seconds=10),  # cores are shared: a slow example is no failure, one that hangs is
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("here")

PATIENCE = 60_000
"""Milliseconds: cores are shared, so what comes late is no failure; what never comes is."""

BEGINNING = 1_700_000_000_000


class Clock:
    """Gives the moment in milliseconds; it stands still until it is moved."""

    def __init__(self, now=BEGINNING):
        self.now = now

    def __call__(self):
        return self.now

    def forward(self, seconds):
        """Move on; back where seconds are negative."""
        self.now += round(seconds * 1000)
        return self.now


class PatientBot(QtBot):
    """Waits longer than pytest-qt does by itself."""

    def waitUntil(self, callback, *, timeout=PATIENCE):  # noqa: N802
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal, *, timeout=PATIENCE, **how):  # noqa: N802
        return super().waitSignal(signal, timeout=timeout, **how)

    def waitSignals(self, signals, *, timeout=PATIENCE, **how):  # noqa: N802
        return super().waitSignals(signals, timeout=timeout, **how)


@pytest.fixture
def qtbot(qapp, request):  # noqa: ARG001  there is an application first
    return PatientBot(request)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def home(tmp_path):
    """A home that does not exist yet."""
    return Home(tmp_path / "home")
