"""The first start: a greeting that comes once, and an example that does what it says."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QPushButton, QWidget

from app.domain.job import State
from app.domain.job_file import iter_jobs
from app.ui.actions import Actions
from app.ui.first_start import Greeting, example_file
from app.ui.jobs_page import JobsPage
from app.ui.looks import queue_look
from tests.store.jobs import put_into
from tests.ui.conftest import new_job

JOBS = {job["id"]: job for job in json.loads(Path(example_file()).read_text(encoding="utf-8"))["jobs"]}
EXPECTED = json.loads((Path(example_file()).parent / "first-jobs.expected.json").read_text(encoding="utf-8"))


@pytest.fixture
def layout(tmp_path):
    return QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def place(qtbot):
    """Where greetings stand; it is not shown itself."""
    place = QWidget()
    qtbot.addWidget(place)
    return place


@pytest.fixture
def greet(layout, place):
    """Makes what a start makes; the next one is that of the next start."""

    def make():
        greeting = Greeting(layout)
        greeting.setParent(place)
        return greeting

    return make


@pytest.fixture
def greeting(greet):
    return greet()


def test_an_empty_queue_that_no_window_has_opened_is_greeted_in_one_line(greeting, store):
    assert greeting.words() == ""
    greeting.show_look(queue_look(store))
    assert greeting.words() == "Welcome to QueueCTL. Drop a file of jobs here, or try the example."
    assert "\n" not in greeting.words()


@pytest.mark.parametrize("state", [State.PENDING, State.DEAD])
def test_with_the_first_job_it_goes_and_never_comes_back(greeting, store, clock, greet, state):
    greeting.show_look(queue_look(store))
    seq = put_into(store, state, clock, "a")
    greeting.show_look(queue_look(store))
    assert greeting.words() == ""
    store.changes.remove([seq])
    later = greet()
    for one in (greeting, later):
        one.show_look(queue_look(store))
        assert one.words() == ""


def test_a_queue_that_has_jobs_already_is_not_greeted(greeting, store):
    store.intake.enqueue([new_job("from the command line")])
    greeting.show_look(queue_look(store))
    assert greeting.words() == ""


def test_dismissed_it_never_comes_back(greeting, store, greet):
    greeting.show_look(queue_look(store))
    greeting.dismissed.emit()
    later = greet()
    for one in (greeting, later):
        one.show_look(queue_look(store))
        assert one.words() == ""


def test_not_dismissed_it_is_there_at_the_next_start(greeting, store, layout, greet):
    greeting.show_look(queue_look(store))
    layout.setValue("window/geometry", b"as the first window closes")
    later = greet()
    later.show_look(queue_look(store))
    assert later.words()


def test_a_home_that_a_window_has_opened_before_is_not_greeted(layout, store, greet):
    layout.setValue("window/geometry", b"kept by an older window")
    greeting = greet()
    greeting.show_look(queue_look(store))
    assert greeting.words() == ""


def test_its_button_asks_for_the_example_and_leaves_it_where_it_is(greeting, store, qtbot):
    greeting.show_look(queue_look(store))
    with qtbot.waitSignal(greeting.example_wanted):
        greeting.accepted.emit()
    assert greeting.words()


def test_an_empty_queue_offers_the_example_beside_adding_and_opening(tools, place, qtbot):
    actions = Actions(tools.theme, tools.icons, place)
    page = JobsPage(tools, actions)
    page.setParent(place)
    (button,) = [one for one in page.table.empty.findChildren(QPushButton) if one.text() == "Try the example"]
    with qtbot.waitSignal(actions.try_example.triggered):
        button.click()


def test_the_example_is_a_job_file_whose_jobs_differ_in_priority():
    drafts = list(iter_jobs(Path(example_file()).read_bytes(), "the example"))
    assert {draft.id for draft in drafts} == set(EXPECTED)
    assert len({draft.priority for draft in drafts}) == len(drafts)


def run(job, number):
    """Return the exit code of a run of an example job, and what it wrote; None for one that its timeout ends."""
    command = f'cmd /d /s /c "{job["command"]}"' if os.name == "nt" else ["/bin/sh", "-c", job["command"]]
    environment = {**os.environ, "QUEUECTL_RUN": str(number)}
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=job["timeout"] if job["timeout"] == 1 else 60)
    except subprocess.TimeoutExpired:
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.stdout.close()
        process.wait()
        return None, ""
    return process.returncode, output


@pytest.mark.parametrize("id", EXPECTED)
def test_a_job_of_the_example_ends_as_its_sidecar_says_and_writes_only_into_a_folder_for_such_things(
    id, tmp_path, monkeypatch
):
    scratch, here = tmp_path / "scratch", tmp_path / "here"
    for folder in (scratch, here):
        folder.mkdir()
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(scratch))
    monkeypatch.chdir(here)
    expected, job = EXPECTED[id], JOBS[id]
    ends = [run(job, number) for number in range(1, expected["runs"] + 1)]
    assert [code == 0 for code, _ in ends[:-1]] == [False] * (expected["runs"] - 1)
    if expected["state"] == "completed":
        assert ends[-1][0] == 0
        assert ends[-1][1].strip()
        assert list(scratch.iterdir()) == []
    else:
        assert ends[-1][0] is None
        assert job["max_retries"] == 1
    assert list(here.iterdir()) == []
