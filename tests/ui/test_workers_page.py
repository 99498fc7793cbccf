"""The page of the workers, with a real runner where it matters."""

import os
import sys

import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QAbstractItemModelTester

from app.locks import ProcessLock
from app.store import space
from app.store.runner_state import RunnerState
from app.ui.runner_control import RunnerControl
from app.ui.workers_model import COMMAND, DOING, ELAPSED, JOB, WORKER, WorkersModel, workers_look
from app.ui.workers_page import WorkersPage
from tests.runners import environment, running, states, wait_for
from tests.store.jobs import claim_one
from tests.ui.conftest import new_job

LONG = 60_000
on_posix = pytest.mark.skipif(sys.platform == "win32", reason="the commands here are for /bin/sh")


@pytest.fixture
def page_alone(tools, qtbot):
    """Nobody tells it of changes."""
    page = WorkersPage(tools, RunnerControl(tools.gateway, environment()))
    qtbot.addWidget(page)
    page.resize(900, 600)
    page.show()
    qtbot.waitUntil(lambda: bool(page.card.state()))
    return page


@pytest.fixture
def page(page_alone, gateway):
    """As in the window."""
    gateway.changed.connect(page_alone.refresh)
    return page_alone


@pytest.fixture
def alive(store, home):
    """A runner with three workers that holds the lock and does nothing: the test is it."""
    lock = ProcessLock(home.runner_lock)
    assert lock.take()
    store.runner.begin(os.getpid(), None, "2.0.0", "boot", 3)
    store.runner.say(RunnerState.RUNNING, 3)
    yield store
    lock.release()


def shown(page, column):
    model = page.model
    return [model.index(row, column).data() for row in range(model.rowCount())]


def claim(store, *ids, **fields):
    store.intake.enqueue([new_job(id, **fields) for id in ids])
    return [claim_one(store) for _ in ids]


def answered(page, qtbot):
    """Wait until the looks that have been asked for by now are answered."""
    heard = []
    page._tools.gateway.look(page, lambda _store: True, heard.append)
    qtbot.waitUntil(lambda: heard == [True])


def test_without_a_runner_the_page_says_so_and_offers_to_start_one(page):
    assert page.card.state() == "Not running"
    assert page.card.start_button.isVisible()
    assert not page.card.stop_button.isVisible()
    assert page.empty.isVisible()
    assert page.card.fact("pid") == "—"


def test_the_runner_and_each_worker_are_shown(alive, page, qtbot, clock):
    claim(alive, "a", "b", command="sleep 9\x1b[31m", timeout=60)
    clock.forward(5)
    qtbot.waitUntil(lambda: page.model.working == 2)
    assert page.card.state() == "Running"
    assert page.card.fact("pid") == str(os.getpid())
    assert page.card.fact("version") == "2.0.0"
    assert page.card.fact("memory").endswith("MiB")
    assert page.card.workers.value() == 3
    assert shown(page, WORKER) == ["Worker 1", "Worker 2", "Worker 3"]
    assert shown(page, DOING) == ["Working", "Working", "Idle"]
    assert shown(page, JOB) == ["a", "b", "—"]
    assert shown(page, COMMAND)[0] == "sleep 9\\x1b[31m"
    assert shown(page, ELAPSED) == ["0:05 / 1:00", "0:05 / 1:00", ""]
    assert not page.empty.isVisible()


def test_a_job_keeps_its_line_while_others_end_and_the_next_takes_the_first_free_one(alive, page, qtbot):
    first, _ = claim(alive, "a", "b")
    qtbot.waitUntil(lambda: page.model.working == 2)
    alive.database.run("UPDATE job SET state = 'completed' WHERE seq = ?", (first.job.seq,))
    alive.doorbell.ring()
    qtbot.waitUntil(lambda: shown(page, JOB) == ["—", "b", "—"])
    claim(alive, "c")
    qtbot.waitUntil(lambda: shown(page, JOB) == ["c", "b", "—"])


def test_with_fewer_workers_those_over_the_number_run_their_last_job(alive, page, qtbot):
    claim(alive, "a", "b")
    alive.changes.cancel(1)
    alive.runner.say(RunnerState.RUNNING, 1)
    qtbot.waitUntil(lambda: shown(page, DOING) == ["Cancelling", "Last job"])


def test_a_paused_queue_and_a_runner_that_leaves_are_said_in_words(alive, page, qtbot):
    alive.changes.set_paused(True)
    qtbot.waitUntil(lambda: page.card.state() == "Running, queue paused")
    assert shown(page, DOING) == ["Paused"] * 3
    alive.runner.say(RunnerState.DRAINING, 3)
    qtbot.waitUntil(lambda: page.card.state() == "Stopping")
    assert page.card.start_button.isVisible()
    assert not page.card.stop_button.isVisible()


def test_a_disk_without_room_is_said_in_words(alive, page, qtbot, monkeypatch):
    monkeypatch.setattr(space, "free_bytes", lambda _: 5_000)
    alive.doorbell.ring()
    qtbot.waitUntil(lambda: page.card.state() == "Running, disk full")
    assert page.card.hint() == "Too little space is free on the disk. Jobs go on by themselves when there is more."


def test_what_a_dead_runner_left_is_said(store, page, qtbot):
    claim(store, "a")
    qtbot.waitUntil(lambda: page.card.hint() == "Interrupted: 1 job, put back when a runner starts.")
    assert page.model.rowCount() == 0


def test_a_runner_that_does_not_answer_is_shown_and_can_be_ended(alive, page, qtbot, clock):
    alive.runner.ask("drain")
    clock.forward(11)
    alive.doorbell.ring()
    qtbot.waitUntil(lambda: page.card.state() == "Not answering")
    qtbot.mouseClick(page.card.end_button, Qt.MouseButton.LeftButton)
    assert page._question.yes.text() == f"End process {os.getpid()}"
    page._question.no.click()


def test_a_double_click_opens_the_job(alive, page, qtbot):
    (run,) = claim(alive, "a")
    qtbot.waitUntil(lambda: page.model.working == 1)
    with qtbot.waitSignal(page.opened) as told:
        page.workers.doubleClicked.emit(page.model.index(0, JOB))
    assert told.args == [run.job.seq]


def test_the_log_shows_time_level_and_event_and_nothing_hidden(page, qtbot, home):
    line = (
        '{"event": "a bug\\u202e", "level": "critical", "timestamp": "2026-01-01T10:00:00Z", "pid": 7, "logger": "x",'
    )
    text = line + ' "exception": "Traceback\\n  more\\nValueError: no"}\nno json\n'
    (home.logs / "runner.log").write_text(text)
    page.hide()
    page.show()
    qtbot.waitUntil(lambda: page.log.rowCount() == 2)
    cells = [[page.log.index(row, column).data() for column in range(3)] for row in range(2)]
    assert cells[0][1:] == ["Bug", "a bug\\u202e: ValueError: no   pid=7"]
    assert cells[1] == ["—", "", "no json"]


def test_the_folder_of_the_log_is_opened(page, qtbot, home):
    class Opener(QObject):
        def __init__(self):
            super().__init__()
            self.urls = []

        @Slot(QUrl)
        def open(self, url):
            self.urls.append(url.toLocalFile())

    opener = Opener()
    QDesktopServices.setUrlHandler("file", opener, "open")
    qtbot.mouseClick(page.folder_button, Qt.MouseButton.LeftButton)
    QDesktopServices.unsetUrlHandler("file")
    assert opener.urls == [str(home.logs)]


def test_nothing_is_looked_at_while_the_page_is_hidden(alive, page, qtbot):
    page.hide()
    claim(alive, "a")
    with qtbot.waitSignal(page._tools.gateway.changed):
        alive.doorbell.ring()
    answered(page, qtbot)
    assert page.model.working == 0
    assert not page._safety.isActive()
    page.show()
    qtbot.waitUntil(lambda: page.model.working == 1)


def test_a_change_is_read_when_the_window_says_so_and_not_before(alive, page_alone, qtbot):
    page = page_alone
    page._safety.stop()
    with qtbot.waitSignal(page._tools.gateway.changed):
        claim(alive, "a")
    answered(page, qtbot)
    assert page.model.working == 0
    page.refresh()
    qtbot.waitUntil(lambda: page.model.working == 1)


def test_a_number_that_was_asked_for_does_not_jump_back_before_the_runner_answers(alive, page, qtbot):
    more = page.card.workers.more
    with qtbot.waitSignal(page.card.workers_wanted) as told:
        qtbot.mouseClick(more, Qt.MouseButton.LeftButton)
    assert told.args == [4]
    alive.changes.set_paused(True)
    qtbot.waitUntil(lambda: page.card.state() == "Running, queue paused")
    assert page.card.workers.value() == 4
    with qtbot.waitSignal(page.card.workers_wanted) as told:
        qtbot.mouseClick(more, Qt.MouseButton.LeftButton)
    assert told.args == [5]
    alive.runner.say(RunnerState.RUNNING, 4)
    alive.changes.set_paused(False)
    qtbot.waitUntil(lambda: page.card.state() == "Running")
    assert page.card.workers.value() == 5
    alive.runner.say(RunnerState.RUNNING, 5)
    qtbot.waitUntil(lambda: page.model.rowCount() == 5)
    alive.runner.say(RunnerState.RUNNING, 2)
    qtbot.waitUntil(lambda: page.card.workers.value() == 2)


def test_while_a_runner_leaves_the_number_is_that_of_the_next_one(alive, page, qtbot):
    alive.options.set("workers", "6")
    alive.runner.say(RunnerState.DRAINING, 3)
    qtbot.waitUntil(lambda: page.card.state() == "Stopping")
    assert page.card.workers.value() == 6


def test_the_model_is_a_sound_one(alive, tools):
    model = WorkersModel(tools, tools.now)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show(workers_look(alive))
    claim(alive, "a", "b")
    model.show(workers_look(alive))
    alive.runner.say(RunnerState.RUNNING, 1)
    model.show(workers_look(alive))
    assert model.rowCount() == 2
    model.tick()


@on_posix
def test_the_buttons_start_a_runner_change_its_workers_and_stop_it_now(page, qtbot, store):
    store.intake.enqueue([new_job("it", "sleep 300", timeout=0)])
    qtbot.mouseClick(page.card.start_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.card.state() == "Running" and page.model.working == 1, timeout=LONG)
    qtbot.mouseClick(page.card.workers.more, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(page.notified, timeout=LONG) as told:
        qtbot.mouseClick(page.card.workers.more, Qt.MouseButton.LeftButton)
    assert told.args == ["4 workers from now on"]
    assert store.runner.row().slots == 4
    qtbot.waitUntil(lambda: page.model.rowCount() == 4)
    qtbot.mouseClick(page.card.stop_now_button, Qt.MouseButton.LeftButton)
    assert page._question.yes.text() == "Stop now and put back 1 job"
    page._question.yes.click()
    qtbot.waitUntil(lambda: page.card.state() == "Not running", timeout=LONG)
    qtbot.waitUntil(lambda: not page._control.is_stopping)
    assert states(store) == {"it": "pending"}
    assert page.card.workers.value() == 4


@on_posix
def test_a_runner_that_somebody_else_started_and_stopped_is_seen(page, qtbot, home, store):
    with running(home, slots=1) as runner:
        wait_for(lambda: store.runner.row().state is RunnerState.RUNNING)
        qtbot.waitUntil(lambda: page.card.fact("pid") == str(runner.pid), timeout=LONG)
        runner.kill()
        runner.wait()
        # no bell rings for a killed runner: the look every two seconds sees it
        qtbot.waitUntil(lambda: page.card.state() == "Not running", timeout=LONG)
