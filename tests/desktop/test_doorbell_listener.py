"""Hearing the doorbell."""

import shutil
import sys

import pytest

from app.desktop.doorbell_listener import DoorbellListener
from app.store.doorbell import Doorbell


@pytest.fixture
def bell(home):
    home.make()
    bell = Doorbell(home.ring)
    bell.hang()
    return bell


def listener(home, bell, has_changed=lambda: False, safety=60.0):
    return DoorbellListener(home.ring, bell.hang, has_changed, safety)


def test_a_ring_is_heard(home, bell, qtbot):
    ear = listener(home, bell)
    with qtbot.waitSignal(ear.rung):
        bell.ring()


def test_every_later_ring_is_heard_too(home, bell, qtbot):
    ear = listener(home, bell)
    for _ in range(200):
        with qtbot.waitSignal(ear.rung):
            bell.ring()


@pytest.mark.skipif(sys.platform == "win32", reason="this system keeps a folder that is watched")
def test_a_folder_that_is_removed_with_its_ring_is_not_made_again(home, bell, qtbot):
    looks = []
    ear = listener(home, bell, has_changed=lambda: looks.append(1), safety=0.02)
    with qtbot.waitSignal(ear.rung):
        shutil.rmtree(home.bell)
    looks.clear()
    qtbot.waitUntil(lambda: len(looks) > 2)
    assert not home.bell.exists()


def test_two_listeners_both_hear(home, bell, qtbot):
    one, other = listener(home, bell), listener(home, bell)
    with qtbot.waitSignals([one.rung, other.rung]):
        bell.ring()


def test_a_ring_that_was_taken_away_is_hung_again_at_the_next_safety_look_and_heard(home, bell, qtbot):
    ear = listener(home, bell, safety=0.05)
    with qtbot.waitSignal(ear.rung):
        home.ring.unlink()
    qtbot.waitUntil(home.ring.exists)
    qtbot.waitUntil(lambda: str(home.ring) in ear._watcher.files())
    with qtbot.waitSignal(ear.rung):
        bell.ring()


def test_a_ring_that_was_replaced_is_heard(home, bell, qtbot):
    ear = listener(home, bell)
    other = home.bell / "other"
    other.touch()
    with qtbot.waitSignal(ear.rung):
        other.replace(home.ring)
    with qtbot.waitSignal(ear.rung):
        bell.ring()


def test_a_change_without_a_ring_is_found_by_the_safety_look(home, bell, qtbot):
    changes = [False, True]
    ear = listener(home, bell, has_changed=lambda: changes.pop(0) if changes else False, safety=0.01)
    with qtbot.waitSignal(ear.rung):
        pass
    with qtbot.assertNotEmitted(ear.rung, wait=50):
        pass


def test_a_listener_whose_watched_file_changes_in_content_hears_that_too(home, bell, qtbot):
    ear = listener(home, bell)
    with qtbot.waitSignal(ear.rung):
        home.ring.write_text("x")


def test_the_safety_look_comes_as_often_as_was_asked_for_last(home, bell, qtbot):
    changes = [True]
    ear = listener(home, bell, has_changed=lambda: changes.pop(0) if changes else False, safety=3600.0)
    ear.set_safety(0.01)
    with qtbot.waitSignal(ear.rung):
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the folder does not change with its file")
def test_a_ring_is_passed_on_once_though_the_folder_changes_with_the_file(home, bell, qtbot):
    ear = listener(home, bell)
    heard = []
    ear.rung.connect(lambda: heard.append(1))
    with qtbot.waitSignal(ear._watcher.directoryChanged):
        bell.ring()
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == [1]
