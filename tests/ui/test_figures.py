"""The figures beside the places and at the foot of the window."""

import pytest
from PySide6.QtCore import QLocale

from app.domain.job import State
from app.store.runner_state import RunnerState
from app.ui.looks import QueueLook, RunnerLook
from app.ui.sidebar import Place, Sidebar
from app.ui.status_line import StatusLine


def look(slots, working):
    runner = RunnerLook(
        lives=True,
        state=RunnerState.RUNNING,
        pid=1,
        pid_created=1.0,
        slots=slots,
        version="2.0.0",
        started_at=1,
        wanted=True,
        neglects=False,
        failed_asks=0,
    )
    counts = {**dict.fromkeys(State, 0), State.PROCESSING: working}
    return QueueLook(
        counts=counts,
        unseen=0,
        notices=0,
        paused=False,
        lacks_space=False,
        runner=runner,
        jobs_a_minute=0,
        undoable=0,
    )


@pytest.fixture
def english():
    before = QLocale()
    QLocale.setDefault(QLocale("en_US"))
    yield
    QLocale.setDefault(before)


@pytest.mark.parametrize(("slots", "words"), [(1, "Runner works, 1 worker"), (12, "Runner works, 12 workers")])
def test_the_workers_are_counted_in_words(tools, qtbot, slots, words):
    status = StatusLine(tools)
    qtbot.addWidget(status)
    status.show_look(look(slots, 0))
    assert status.runner() == words


@pytest.mark.usefixtures("english")
def test_figures_beside_the_places_have_their_thousands_set_apart(tools, qtbot):
    sidebar = Sidebar(tools)
    qtbot.addWidget(sidebar)
    sidebar.show_look(look(2500, 1234))
    assert sidebar.count_of(Place.WORKERS) == "1,234 of 2,500"
    assert sidebar.count_of(Place.PROCESSING) == "1,234"
