"""Dropping onto the window, anywhere in it."""

import json

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
    QTableWidget,
    QWidget,
)

from app.ui.drop_overlay import DropOverlay
from app.ui.incoming import Incoming

CORNER = QPoint(5, 5)
COPY, MOVE = Qt.DropAction.CopyAction, Qt.DropAction.MoveAction
NONE, LEFT = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton


@pytest.fixture
def incoming(gateway):
    return Incoming(gateway)


@pytest.fixture
def window(qtbot):
    """A window full of widgets that take drops themselves."""
    window = QMainWindow()
    window.setAcceptDrops(True)
    window.search, window.text, window.table = QLineEdit(), QPlainTextEdit(), QTableWidget(9, 3)
    window.table.setAcceptDrops(True)
    middle = QWidget()
    row = QHBoxLayout(middle)
    for widget in (window.search, window.text, window.table):
        row.addWidget(widget)
    window.setCentralWidget(middle)
    window.resize(600, 300)
    qtbot.addWidget(window)
    return window


@pytest.fixture
def overlay(tools, incoming, window):
    overlay = DropOverlay(tools, incoming, window)
    window.show()
    return overlay


@pytest.fixture
def files(tmp_path):
    for name in ("a b.json", "ü.jsonl"):
        (tmp_path / name).write_text(json.dumps({"command": name}))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in ("a b.json", "ü.jsonl")])
    return data


def send(window, event):
    """Send an event as the platform does: to the native window."""
    QApplication.sendEvent(window.windowHandle(), event)
    return event


def enter(window, data, at=CORNER, actions=COPY | MOVE):
    return send(window, QDragEnterEvent(at, actions, data, LEFT, NONE))


def move(window, data, at=CORNER, actions=COPY | MOVE):
    return send(window, QDragMoveEvent(at, actions, data, LEFT, NONE))


def drop(window, data, at=CORNER, actions=COPY | MOVE):
    return send(window, QDropEvent(QPointF(at), actions, data, LEFT, NONE))


def test_a_drag_of_job_files_is_covered_by_what_it_would_do(window, overlay, files):
    event = enter(window, files)
    assert event.isAccepted()
    assert event.dropAction() == COPY
    assert overlay.isVisible()
    assert overlay.geometry() == window.rect()
    assert overlay.words == overlay.accessibleName() == "Add the jobs of 2 files"


@pytest.mark.parametrize("place", ["search", "text", "table"])
def test_a_drop_on_any_widget_is_read_and_the_widget_gets_nothing(
    window, overlay, incoming, files, qtbot, tmp_path, place
):
    widget = getattr(window, place)
    at = widget.mapTo(window, widget.rect().center())
    enter(window, files, at)
    assert move(window, files, at).dropAction() == COPY
    with qtbot.waitSignal(incoming.read) as told:
        event = drop(window, files, at)
    assert (event.isAccepted(), event.dropAction()) == (True, COPY)
    assert [document.path for document in told.args[0]] == [str(tmp_path / "a b.json"), str(tmp_path / "ü.jsonl")]
    assert (window.search.text(), window.text.toPlainText()) == ("", "")
    assert not overlay.isVisible()


def test_dropped_text_is_read(window, overlay, incoming, qtbot):
    data = QMimeData()
    data.setText('{"command": "a"}')
    enter(window, data)
    assert overlay.words == "Add jobs from text"
    with qtbot.waitSignal(incoming.read) as told:
        drop(window, data)
    assert len(told.args[0][0].jobs) == 1


def test_what_can_not_be_used_is_refused(window, overlay, incoming, qtbot):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/tmp/picture.png")])
    with qtbot.assertNotEmitted(incoming.began):
        assert not enter(window, data).isAccepted()
        assert not move(window, data).isAccepted()
        assert not drop(window, data).isAccepted()
    assert not overlay.isVisible()


@pytest.mark.usefixtures("overlay")
def test_what_was_dragged_here_before_the_overlay_was_made_is_taken(window, incoming, files, qtbot):
    assert move(window, files).isAccepted()
    send(window, QDragLeaveEvent())
    with qtbot.waitSignal(incoming.read):
        assert drop(window, files).isAccepted()


def test_a_window_that_accepts_no_drops_takes_none(window, overlay, incoming, files, qtbot):
    window.setAcceptDrops(False)
    with qtbot.assertNotEmitted(incoming.began):
        assert not enter(window, files).isAccepted()
        assert not drop(window, files).isAccepted()
    assert not overlay.isVisible()


def test_files_that_can_only_be_moved_are_refused(window, overlay, files):
    assert not enter(window, files, actions=MOVE).isAccepted()
    assert not overlay.isVisible()


def test_the_cover_goes_when_the_drag_leaves_and_follows_the_size_meanwhile(window, overlay, files, qtbot):
    enter(window, files)
    window.resize(500, 280)
    qtbot.waitUntil(lambda: overlay.geometry() == window.rect())
    send(window, QDragLeaveEvent())
    assert not overlay.isVisible()
    assert overlay.words is None


@pytest.mark.usefixtures("overlay")
def test_nothing_is_taken_while_a_modal_dialog_waits(window, files, qtbot):
    dialog = QDialog(window)
    dialog.setModal(True)
    qtbot.addWidget(dialog)
    dialog.show()
    assert not enter(window, files).isAccepted()
    dialog.close()
    assert enter(window, files).isAccepted()


def test_a_window_that_is_made_anew_is_listened_to_again(window, overlay, files):
    window.hide()
    window.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint)
    window.show()
    assert enter(window, files).isAccepted()
    assert overlay.isVisible()


def test_it_is_drawn_in_both_themes(window, overlay, files, tools):
    enter(window, files)
    light = overlay.grab().toImage().pixelColor(300, 40)
    tools.theme.choose("dark")
    assert overlay.grab().toImage().pixelColor(300, 40) != light
