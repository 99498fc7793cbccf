"""The window over a queue that a real runner works on."""

import json

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QApplication

from app.domain.job import State
from app.store.opening import wall_clock
from app.ui.question import Question
from app.ui.sidebar import Place
from tests.runners import running
from tests.ui.conftest import new_job
from tests.ui.windows import make_window

COPY = Qt.DropAction.CopyAction
LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def clock():
    """The time that the runner has, too."""
    return wall_clock


@pytest.fixture
def window(tools, home, qtbot):
    with running(home, slots=2):
        yield make_window(tools, qtbot)


def drop(window, path):
    """What the desktop sends to a window on which a file is dropped."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    place = window.rect().center()
    handle = window.windowHandle()
    enter = QDragEnterEvent(place, COPY, data, LEFT, PLAIN)
    QApplication.sendEvent(handle, enter)
    event = QDropEvent(QPointF(place), COPY, data, LEFT, PLAIN)
    QApplication.sendEvent(handle, event)


def state_shown(window, id):
    found = [line.state for _, line in window.jobs.table.model.loaded() if line.id == id]
    return found[0] if found else None


def test_a_dropped_file_is_reviewed_added_by_a_click_and_seen_to_complete(window, store, qtbot, tmp_path):
    file = tmp_path / "my jöbs.json"
    file.write_text(json.dumps([{"id": "one", "command": "echo 1"}, {"id": "two", "command": "echo 2"}]))
    drop(window, file)
    qtbot.waitUntil(lambda: window.reviewing.dialog is not None and window.reviewing.dialog.isVisible())
    assert store.reads.count() == 0
    add = next(one for one in window.reviewing.dialog.findChildren(QAbstractButton) if one.text() == "Add 2 jobs")
    qtbot.waitUntil(add.isEnabled)
    qtbot.mouseClick(add, LEFT)
    qtbot.waitUntil(lambda: state_shown(window, "one") is State.COMPLETED)
    qtbot.waitUntil(lambda: state_shown(window, "two") is State.COMPLETED)
    qtbot.waitUntil(lambda: window.sidebar.count_of(Place.COMPLETED) == "2")


def test_a_running_job_is_cancelled_by_key_and_its_output_was_seen_live(window, store, qtbot):
    store.intake.enqueue([new_job("long", command="echo begun; sleep 60", timeout=120)])
    qtbot.waitUntil(lambda: state_shown(window, "long") is State.PROCESSING)
    window.jobs.table.selection.choose([1])
    sheet = window.jobs.details.sheet
    sheet.tabs.setCurrentWidget(sheet.output)
    qtbot.waitUntil(lambda: "begun" in sheet.output.pane.toPlainText())
    window.jobs.table.rows.setFocus()
    qtbot.keyClick(window.jobs.table.rows, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    qtbot.mouseClick(window.findChild(Question).yes, LEFT)
    qtbot.waitUntil(lambda: state_shown(window, "long") is State.CANCELLED)


def test_a_job_that_died_is_understood_and_retried(window, store, qtbot, tmp_path):
    gate = tmp_path / "gate"
    command = f"test -e {gate} || (echo no gate; exit 3)"
    store.intake.enqueue([new_job("needs-gate", command=command, max_retries=1)])
    qtbot.waitUntil(lambda: window.sidebar.count_of(Place.DEAD_LETTERS) == "1")
    window.sidebar.go_to(Place.DEAD_LETTERS)
    table = window.dead_letters.table
    qtbot.waitUntil(lambda: table.total == 1 and table.model.line(0) is not None)
    assert table.model.line(0).error == "Exit code 3: no gate"
    gate.touch()
    qtbot.waitUntil(window.dead_letters.retry_button.isEnabled)
    qtbot.mouseClick(window.dead_letters.retry_button, LEFT)
    qtbot.waitUntil(lambda: window.sidebar.count_of(Place.COMPLETED) == "1")
    qtbot.waitUntil(lambda: table.total == 0)


def test_the_toolbar_gives_a_living_runner_more_workers(window, store, qtbot):
    qtbot.waitUntil(window.workers_count.isEnabled)
    qtbot.mouseClick(window.workers_count.more, LEFT)
    qtbot.waitUntil(lambda: store.runner.row().slots == 3)
    qtbot.waitUntil(lambda: "3 workers" in window.status.runner())


def test_a_paused_queue_starts_nothing_and_says_so(window, store, qtbot):
    window.actions_.pause.trigger()
    qtbot.waitUntil(lambda: window.status.runner() == "Paused")
    store.intake.enqueue([new_job("held")])
    qtbot.waitUntil(lambda: state_shown(window, "held") is State.PENDING)
    window.actions_.pause.trigger()
    qtbot.waitUntil(lambda: state_shown(window, "held") is State.COMPLETED)


def test_a_runner_that_is_killed_is_seen_to_be_gone(tools, home, store, qtbot):
    with running(home) as runner:
        window = make_window(tools, qtbot)
        qtbot.waitUntil(lambda: "Runner works" in window.status.runner())
        runner.kill()
        runner.wait()
        qtbot.waitUntil(lambda: window.status.runner().startswith("No runner"))
        assert store.reads.count() == 0


def test_a_queue_that_was_moved_away_is_missed(tools, home, store, qtbot):
    window = make_window(tools, qtbot)
    gone = home.root.with_name("gone")
    home.root.rename(gone)
    qtbot.waitUntil(lambda: "is not there any more" in window.trouble.words())
    assert not window.actions_.add_job.isEnabled()
    gone.rename(home.root)
    assert store.reads.count() == 0
