"""The options as the window knows them."""

import pytest

from app.ui.options_watch import OptionsWatch


@pytest.fixture
def watch(gateway, qtbot):
    watch = OptionsWatch(gateway)
    gateway.changed.emit()
    qtbot.waitUntil(lambda: bool(watch.values))
    return watch


def test_every_option_is_told_at_first(gateway, qtbot):
    watch = OptionsWatch(gateway)
    with qtbot.waitSignal(watch.changed) as told:
        gateway.changed.emit()
    assert told.args[0] == watch.values
    assert watch.values["theme"] == "system"


def test_an_option_that_somebody_else_sets_is_told_alone(watch, store, qtbot):
    with qtbot.waitSignal(watch.changed) as told:
        store.options.set("theme", "dark")
    assert told.args == [{"theme": "dark"}]
    assert watch.values["theme"] == "dark"


def test_what_changes_no_option_is_not_told(watch, store, qtbot):
    said = []
    watch.changed.connect(said.append)
    store.changes.set_paused(True)
    store.options.set("workers", "3")
    qtbot.waitUntil(lambda: bool(said))
    assert said == [{"workers": 3}]
