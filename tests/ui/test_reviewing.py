"""Where everything that comes in goes."""

import json
import threading

import pytest
from PySide6.QtWidgets import QMainWindow

from app.ui.reviewing import Reviewing
from tests.ui.conftest import new_job


@pytest.fixture
def window(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    window.show()
    return window


@pytest.fixture
def desk(tools, window):
    return Reviewing(tools, window)


@pytest.fixture
def incoming(desk):
    return desk.incoming


def jobs(*ids):
    return json.dumps([{"id": id, "command": "echo"} for id in ids])


def is_ready(desk, button):
    return desk.dialog is not None and desk.dialog.isVisible() and desk.dialog.footer.add_button.text() == button


def count(store):
    return sum(store.reads.counts().values())


def test_what_comes_in_opens_a_review_that_is_not_modal(desk, incoming, store, qtbot):
    incoming.take_text(jobs("a", "b"), "/")
    qtbot.waitUntil(lambda: is_ready(desk, "Add 2 jobs"))
    assert not desk.dialog.isModal()
    with qtbot.waitSignal(desk.added) as told:
        desk.dialog.footer.add_button.click()
    assert (len(told.args[0]), told.args[1]) == (2, 0)
    assert desk.dialog is None
    assert count(store) == 2


def test_several_drops_join_one_review(desk, incoming, qtbot, tmp_path):
    (tmp_path / "a.json").write_text(jobs("a"))
    incoming.open_files([str(tmp_path / "a.json")])
    incoming.take_text(jobs("b", "c"), "/")
    qtbot.waitUntil(lambda: is_ready(desk, "Add 3 jobs"))
    incoming.take_text("echo d", "/")
    qtbot.waitUntil(lambda: is_ready(desk, "Add 4 jobs"))


def test_what_comes_while_jobs_go_in_is_reviewed_after_that(desk, incoming, gateway, store, qtbot):
    store.intake.enqueue([new_job("taken")])
    incoming.take_text(jobs("a", "taken"), "/")
    qtbot.waitUntil(lambda: is_ready(desk, "Add 2 jobs"))
    desk.dialog.duplicates.skip.click()
    gate = threading.Event()
    gateway.change(desk, lambda _store: gate.wait(10))
    desk.dialog.footer.add_button.click()
    with qtbot.waitSignal(incoming.read):
        incoming.take_text(jobs("b", "c", "taken"), "/")
    with qtbot.waitSignal(desk.added) as told:
        gate.set()
    assert (len(told.args[0]), told.args[1]) == (1, 1)
    qtbot.waitUntil(lambda: is_ready(desk, "Add 3 jobs"))
    assert desk.dialog.duplicates.choice is None
    assert count(store) == 2


def test_what_is_still_read_when_jobs_have_gone_in_is_reviewed_after_that(desk, incoming, gateway, store, qtbot):
    incoming.take_text(jobs("a"), "/")
    qtbot.waitUntil(lambda: is_ready(desk, "Add 1 job") and desk.dialog.footer.add_button.isEnabled())
    dialog = desk.dialog
    added, read = threading.Event(), threading.Event()
    gateway.change(desk, lambda _store: added.wait(10))
    gateway.detail(desk, lambda _store: read.wait(10), bool)
    dialog.footer.add_button.click()
    incoming.take_text(jobs("b", "c"), "/")
    with qtbot.waitSignal(desk.added):
        added.set()
    assert dialog.isVisible()
    read.set()
    qtbot.waitUntil(lambda: is_ready(desk, "Add 2 jobs"))
    assert count(store) == 1


def test_without_the_wish_to_review_harmless_jobs_are_added_at_once(desk, incoming, store, qtbot):
    store.options.set("review-before-add", "off")
    with qtbot.waitSignal(desk.added) as told:
        incoming.take_text(jobs("a", "b"), "/")
    assert len(told.args[0]) == 2
    assert desk.dialog is None
    assert count(store) == 2


def marked(tmp_path):
    import os

    path = tmp_path / "marked.json"
    path.write_text(jobs("new"))
    try:
        os.setxattr(path, "user.xdg.origin.url", b"https://example.com/")
    except (OSError, AttributeError) as error:
        pytest.skip(f"no attributes here: {error}")
    return lambda incoming: incoming.open_files([str(path)])


@pytest.mark.parametrize(
    "come",
    [
        pytest.param(lambda _folder: lambda incoming: incoming.take_text(jobs("a"), "/"), id="an id that is taken"),
        pytest.param(lambda _folder: lambda incoming: incoming.take_text(jobs("x", "x"), "/"), id="an id twice"),
        pytest.param(lambda _folder: lambda incoming: incoming.take_text('{"comand": 1}', "/"), id="errors"),
        pytest.param(lambda _folder: lambda incoming: incoming.take_text("echo hi", "/"), id="lines of text"),
        pytest.param(lambda folder: lambda incoming: incoming.open_files([str(folder)]), id="a folder"),
        pytest.param(marked, id="a file from the internet"),
    ],
)
def test_whatever_speaks_against_it_is_reviewed_all_the_same(desk, incoming, store, qtbot, tmp_path, come):
    store.intake.enqueue([new_job("a")])
    store.options.set("review-before-add", "off")
    with qtbot.assertNotEmitted(desk.added):
        come(tmp_path)(incoming)
        qtbot.waitUntil(lambda: desk.dialog is not None and desk.dialog.isVisible())
    assert count(store) == 1


def test_a_reading_that_takes_long_is_shown_and_can_be_called_off(desk, incoming, gateway, qtbot):
    gate = threading.Event()
    gateway.file(desk, lambda _store: gate.wait(10), bool)
    incoming.take_text(jobs("a"), "/")
    qtbot.waitUntil(desk.dialog.isVisible)
    assert desk.dialog.footer.reason.text() == "Reading …"
    with qtbot.waitSignal(incoming.stopped):
        desk.dialog.reject()
        gate.set()
    assert desk.dialog is None
    incoming.take_text(jobs("b"), "/")
    qtbot.waitUntil(lambda: is_ready(desk, "Add 1 job"))


def test_a_file_that_was_mended_is_read_again_from_the_review(desk, incoming, qtbot, tmp_path):
    path = tmp_path / "a.json"
    path.write_text("[")
    incoming.open_files([str(path)])
    qtbot.waitUntil(lambda: desk.dialog is not None and desk.dialog.errors.isVisible())
    path.write_text(jobs("a"))
    desk.dialog.errors.again.click()
    qtbot.waitUntil(lambda: is_ready(desk, "Add 1 job") and not desk.dialog.errors.isVisible())
