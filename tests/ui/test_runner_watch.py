"""Looking at the runner until something has come about."""

import pytest
from PySide6.QtCore import QTimer

from app.ui.runner_watch import Watch

RARELY = 2000 * 0.95  # a coarse timer may be early


@pytest.fixture
def watch(gateway, qtbot):
    """Has looked at least once."""
    watch = Watch(gateway, lambda facts: watch.seen.append((watch.milliseconds, facts)), gateway)
    watch.seen = []
    watch.start()
    qtbot.waitUntil(lambda: bool(watch.seen))
    yield watch
    watch.stop()


def test_without_a_change_it_looks_every_two_seconds_and_not_more_often(watch, qtbot):
    assert not watch.seen[0][1].lives
    qtbot.waitUntil(lambda: len(watch.seen) > 1 and watch.seen[-1][0] - watch.seen[-2][0] >= RARELY)
    assert all(timer.isSingleShot() or timer.interval() >= 2000 for timer in watch.findChildren(QTimer))


def test_a_change_is_looked_at_at_once_and_once_more_a_moment_later(watch, qtbot, store):
    watch._safety.stop()
    begun = len(watch.seen)
    with qtbot.waitSignal(watch._gateway.changed):
        store.doorbell.ring()
    qtbot.waitUntil(lambda: len(watch.seen) >= begun + 2)
    qtbot.waitUntil(lambda: not watch._afterwards.isActive())


def test_when_it_is_stopped_a_change_is_none_of_its_business(watch, qtbot, store):
    watch.stop()
    begun = len(watch.seen)
    with qtbot.waitSignal(watch._gateway.changed):
        store.doorbell.ring()
    heard = []
    watch._gateway.look(watch, lambda _store: True, heard.append)
    qtbot.waitUntil(lambda: heard == [True])
    assert len(watch.seen) == begun
    assert not any(timer.isActive() for timer in watch.findChildren(QTimer))
