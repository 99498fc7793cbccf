"""The details of one job."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester

from app.domain.outcome import Failed, Succeeded, TimedOut
from app.locks import ProcessLock
from app.store import space
from app.ui.job_details import JobDetails
from tests.ui.details import add, begin, finish, run


@pytest.fixture
def details(tools, qtbot):
    details = JobDetails(tools)
    qtbot.addWidget(details)
    details.resize(700, 700)
    with qtbot.waitExposed(details):
        details.show()
    tools.gateway.changed.connect(details.refresh)
    return details


@pytest.fixture
def runner(home, store):  # noqa: ARG001  its queue is there: who finds a runner and no database says that it is gone
    """As if a runner lived."""
    lock = ProcessLock(home.runner_lock)
    assert lock.take()
    yield
    lock.release()


def show(details, seq, qtbot):
    details.show_job(seq)
    qtbot.waitUntil(lambda: details._shown is not None)


def why(details):
    card = details.sheet.overview.why
    return card.words.text()


def cells(table):
    model = table.model()
    return [
        [model.index(row, column).data() for column in range(model.columnCount())] for row in range(model.rowCount())
    ]


def test_without_a_job_or_with_several_it_says_so(details):
    assert "Select a job" in details.message.text()
    details.show_many(12)
    assert details.message.text() == "12 jobs are selected."
    assert details.seq is None


def test_the_header_says_state_id_and_command(details, store, qtbot):
    seq = add(store, "my\u202ejob", command="echo a\necho b")
    show(details, seq, qtbot)
    header = details.sheet.header
    assert header.state.text() == "Pending"
    assert header.id.accessibleName() == "my\\u202ejob"
    assert header.command.accessibleName() == "echo a\\necho b"
    header.copy.click()
    assert QGuiApplication.clipboard().text() == "echo a\necho b"
    with qtbot.waitSignal(details.edit_wanted) as told:
        header.edit.click()
    assert told.args == [seq]


@pytest.mark.usefixtures("runner")
def test_why_a_job_waits_is_said_in_the_window_s_words(details, store, qtbot):
    seq = add(store)
    store.runner.begin(1, 1.0, "2", "boot", 0)
    show(details, seq, qtbot)
    qtbot.waitUntil(lambda: why(details) == "The runner has no workers.")
    assert details.sheet.overview.why.more.text() == "It is the next in line."
    store.changes.set_paused(True)
    qtbot.waitUntil(lambda: why(details) == "The queue is paused, so no job is started.")


@pytest.mark.usefixtures("runner")
def test_a_disk_without_room_is_why(details, store, qtbot, monkeypatch):
    monkeypatch.setattr(space, "free_bytes", lambda _: 5_000)
    show(details, add(store), qtbot)
    assert why(details) == "Too little space is free on the disk, so no job is started."
    assert details.sheet.overview.why.more.text() == "It goes on by itself when there is more."


def test_without_a_runner_that_is_why(details, store, qtbot):
    show(details, add(store), qtbot)
    assert why(details) == "No runner is running, so no job is started."
    assert "queuectl" not in details.sheet.overview.why.more.text()


def test_a_dead_job_shows_its_error_and_last_lines(details, store, qtbot):
    seq = add(store, max_retries=1)
    run(store, seq, b"begin\n\x1b[31mno space\x1b[0m left\n")
    show(details, seq, qtbot)
    assert why(details) == "Exit code 1: no space left"
    assert details.sheet.overview.why.last.toPlainText() == "begin\nno space left"
    assert details.sheet.overview.standing.value("attempts") == "1 of 1 failed"


@pytest.mark.usefixtures("runner")
def test_a_retry_is_counted_down_only_while_it_is_seen(details, store, clock, qtbot):
    seq = add(store)
    run(store, seq, b"x\n")
    show(details, seq, qtbot)
    assert why(details) == "It failed, and is tried again in 2 s."
    timer = details.sheet.overview._clock
    assert timer.isActive()
    clock.forward(1)
    timer.timeout.emit()
    assert why(details) == "It failed, and is tried again in 1 s."
    assert details.sheet.overview.standing.value("retry") == "in 1 s"
    details.sheet.tabs.setCurrentWidget(details.sheet.runs)
    assert not timer.isActive()
    details.sheet.tabs.setCurrentWidget(details.sheet.overview)
    assert timer.isActive()
    clock.forward(2)
    timer.timeout.emit()
    assert not timer.isActive()


@pytest.mark.usefixtures("runner")
def test_a_running_job_shows_how_long_and_what_is_left(details, store, clock, qtbot):
    seq = add(store)
    begin(store, seq)
    clock.forward(5)
    show(details, seq, qtbot)
    assert why(details) == "It is running."
    times = details.sheet.overview.times
    assert (times.value("duration"), times.value("left"), times.value("finished")) == ("5 s", "15 s", None)
    assert not details.sheet.header.edit.isEnabled()


def test_what_the_job_is_given_is_shown_whole_and_secrets_only_when_asked(details, store, qtbot):
    command = "echo \u202e" + "x" * 5000
    seq = add(store, command=command, env={"TOKEN": "s3cret", "A": "b"}, shell="bash", success_codes=(0, 3))
    show(details, seq, qtbot)
    overview = details.sheet.overview
    assert overview.command.toPlainText() == command.replace("\u202e", "\\u202e")
    assert overview.environment.toPlainText() == "A=••••\nTOKEN=••••"
    overview.values.click()
    assert overview.environment.toPlainText() == "A=b\nTOKEN=s3cret"
    assert overview.manner.value("shell") == "bash"
    assert overview.manner.value("success") == "exit code 0, 3"
    other = add(store, "other", env={"TOKEN": "also"})
    show(details, other, qtbot)
    assert overview.environment.toPlainText() == "TOKEN=••••"


def test_a_job_that_is_removed_meanwhile_stays_in_sight_and_is_said(details, store, qtbot):
    seq = add(store)
    show(details, seq, qtbot)
    store.changes.remove([seq])
    qtbot.waitUntil(details.sheet.gone.isVisible)
    assert details.sheet.header.state.text() == "Removed"
    assert not details.sheet.header.edit.isEnabled()


def test_a_job_that_never_was_is_said(details, qtbot):
    details.show_job(99)
    qtbot.waitUntil(lambda: "no longer in the queue" in details.message.text())


def test_runs_are_listed_newest_first_and_open_their_output(details, store, clock, qtbot):
    seq = add(store)
    claim = begin(store, seq, b"first\n")
    clock.forward(2.5)
    finish(store, claim, TimedOut(2.0), left_behind="sleep (12)")
    run(store, seq, b"second\n", Succeeded())
    show(details, seq, qtbot)
    assert [row[:5] for row in cells(details.sheet.runs.table)] == [
        ["2", "Succeeded", cells(details.sheet.runs.table)[0][2], "0 s", "0"],
        ["1", "Timed out", cells(details.sheet.runs.table)[1][2], "2.5 s", "—"],
    ]
    assert cells(details.sheet.runs.table)[1][5:] == ["6 bytes", "sleep (12)", "Timeout exceeded (2s)"]
    details.sheet.tabs.setCurrentWidget(details.sheet.runs)
    details.sheet.runs.table.setFocus()
    details.sheet.runs.table.setCurrentIndex(details.sheet.runs.model.index(1, 0))
    details.sheet.runs.table.activated.emit(details.sheet.runs.model.index(1, 0))
    assert details.sheet.tabs.currentWidget() is details.sheet.output
    qtbot.waitUntil(lambda: details.sheet.output.pane.toPlainText() == "first\n")


def test_events_are_told_in_words(details, store, qtbot):
    seq = add(store)
    run(store, seq, outcome=Failed(1))
    show(details, seq, qtbot)
    assert [row[1:] for row in cells(details.sheet.events.table)] == [
        ["1", "Processing → Retrying", "The run failed; it is tried again"],
        ["1", "Pending → Processing", "Taken by a worker"],
        ["—", "Pending", "Added to the queue"],
    ]


def test_a_refresh_keeps_tab_selection_and_rows(details, store, qtbot):
    seq = add(store)
    begin(store, seq)
    QAbstractItemModelTester(
        details.sheet.runs.model, QAbstractItemModelTester.FailureReportingMode.Fatal, details.sheet.runs.model
    )
    QAbstractItemModelTester(
        details.sheet.events.model, QAbstractItemModelTester.FailureReportingMode.Fatal, details.sheet.events.model
    )
    show(details, seq, qtbot)
    details.sheet.tabs.setCurrentWidget(details.sheet.events)
    details.sheet.events.table.selectRow(0)
    finish(store, _claim(store, seq))
    qtbot.waitUntil(lambda: details.sheet.events.model.rowCount() == 3)
    assert details.sheet.tabs.currentWidget() is details.sheet.events
    assert details.sheet.events.table.currentIndex().row() == 1
    assert cells(details.sheet.runs.table)[0][1] == "Failed"
    other = add(store, "other")
    show(details, other, qtbot)
    assert details.sheet.events.model.rowCount() == 1
    assert details.sheet.runs.model.rowCount() == 0
    assert details.sheet.tabs.currentWidget() is details.sheet.events


def _claim(store, seq):
    """The claim of the run that goes on."""
    from app.domain.job import Claim

    job = store.reads.by_seq(seq)
    return Claim(job=job, run=job.run, token="")


def test_the_definition_is_the_file_s_form_with_nothing_hidden_but_secrets(details, store, qtbot):
    seq = add(store, "me", command="echo \u202e\x7f", env={"TOKEN": "s3cret"})
    show(details, seq, qtbot)
    tab = details.sheet.definition
    text = tab.text.toPlainText()
    assert text.isascii() or "•" in text
    assert "\u202e" not in text
    assert json.loads(text)["command"] == "echo \u202e\x7f"
    assert json.loads(text)["env"] == {"TOKEN": "••••"}
    tab.values.click()
    tab.copy.click()
    assert json.loads(QGuiApplication.clipboard().text())["env"] == {"TOKEN": "s3cret"}


def test_a_runner_that_is_gone_is_noticed_without_a_change(details, store, home, qtbot):
    lock = ProcessLock(home.runner_lock)
    assert lock.take()
    seq = add(store)
    begin(store, seq)
    show(details, seq, qtbot)
    assert why(details) == "It is running."
    lock.release()
    for _ in range(5):
        details.sheet.overview._clock.timeout.emit()
    qtbot.waitUntil(lambda: why(details) == "Its runner is gone.")


def test_out_of_sight_nothing_is_read(details, store, qtbot):
    seq = add(store)
    run(store, seq, b"words\n")
    details.hide()
    details.show_job(seq)
    details.refresh()
    asked = []
    details._tools.gateway.detail(details, lambda _store: True, asked.append)
    qtbot.waitUntil(lambda: bool(asked))
    assert details._shown is None
    details.show()
    qtbot.waitUntil(lambda: details._shown is not None)
    assert details.sheet.output.pane.source is None
    details.sheet.tabs.setCurrentWidget(details.sheet.output)
    qtbot.waitUntil(lambda: details.sheet.output.pane.toPlainText() == "words\n")


def test_an_answer_for_another_job_than_the_one_selected_now_is_dropped(details, store, qtbot):
    one, two = add(store, "one"), add(store, "two")
    details.show_job(one)
    details.show_job(two)
    qtbot.waitUntil(lambda: details._shown is not None)
    assert details.sheet.header.id.accessibleName() == "two"


def test_the_theme_is_followed_while_a_job_is_shown(details, store, tools, qtbot):
    seq = add(store)
    run(store, seq, b"x\n")
    show(details, seq, qtbot)
    before = details.sheet.header._icon.pixmap().toImage()
    tools.theme.choose("dark")
    assert details.sheet.header._icon.pixmap().toImage() != before


def test_each_tab_is_reached_by_keyboard(details, store, qtbot):
    show(details, add(store), qtbot)
    details.sheet.tabs.tabBar().setFocus()
    for number in range(1, 5):
        qtbot.keyClick(details.sheet.tabs.tabBar(), Qt.Key.Key_Right)
        assert details.sheet.tabs.currentIndex() == number
