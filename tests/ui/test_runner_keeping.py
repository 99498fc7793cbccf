"""A real runner that is killed, stopped and ended under a window that keeps it."""

import os
import signal
import sys

import pytest

from app.desktop.runner_keeper import MOST_STARTS
from app.domain.job import OnInterrupt
from app.locks import ProcessLock
from app.messages import KnownError
from app.paths import Home, UnusableHome
from app.store.opening import wall_clock
from app.ui.status_line import StatusLine
from app.ui.workers_page import WorkersPage
from tests.runners import holds_lock, running, states
from tests.ui.conftest import new_job
from tests.ui.keepers import LONG, Kept

for_sh = pytest.mark.skipif(sys.platform == "win32", reason="the commands here are for /bin/sh")
by_signal = pytest.mark.skipif(sys.platform == "win32", reason="no signal asks a process there")

SOON = 5_000


@pytest.fixture
def clock():
    """The time that the runner has, too."""
    return wall_clock


@pytest.fixture
def kept(gateway, store, home, qtbot):
    kept = Kept(gateway, store)
    yield kept
    kept.clear(home, qtbot)


@pytest.fixture
def begun(kept, qtbot):
    """One runs, with three workers."""
    kept.control.start(slots=3)
    qtbot.waitUntil(kept.works, timeout=LONG)
    return kept


def until_another(kept, qtbot, dead):
    qtbot.waitUntil(lambda: kept.works(after=dead), timeout=LONG)


def nothing_is_started(kept, qtbot, home):
    """Whatever was owed has been looked at, and none lives or comes up."""
    for _ in range(3):
        with qtbot.waitSignal(kept.watch.seen, timeout=LONG):
            kept.watch.look()
    return not holds_lock(home) and not kept.control.is_starting and not kept.control.has_child


@for_sh
def test_a_killed_runner_is_followed_by_one_with_as_many_workers_and_its_job_is_put_back(begun, store, qtbot, tmp_path):
    gate = tmp_path / "gate"
    store.intake.enqueue([new_job("it", f"until [ -e {gate} ]; do sleep 0.05; done", timeout=0)])
    qtbot.waitUntil(lambda: states(store)["it"] == "processing", timeout=LONG)
    dead = begun.kill()
    until_another(begun, qtbot, dead)
    assert store.runner.row().slots == 3
    qtbot.waitUntil(lambda: bool(begun.told), timeout=LONG)
    assert begun.told == ["The runner died and was started again; 1 job was put back"]
    gate.touch()
    qtbot.waitUntil(lambda: states(store)["it"] == "completed", timeout=LONG)


@for_sh
def test_what_becomes_a_dead_letter_by_it_is_told_too(begun, store, qtbot, tmp_path):
    wait = f"until [ -e {tmp_path / 'gate'} ]; do sleep 0.05; done"
    jobs = [new_job("again", wait, timeout=0), new_job("over", wait, timeout=0, on_interrupt=OnInterrupt.DEAD)]
    store.intake.enqueue(jobs)
    qtbot.waitUntil(lambda: set(states(store).values()) == {"processing"}, timeout=LONG)
    begun.kill()
    qtbot.waitUntil(lambda: bool(begun.told), timeout=LONG)
    words = "The runner died and was started again; 1 job was put back, 1 went to the dead letters"
    assert begun.told == [words]
    assert states(store)["over"] == "dead"


def test_a_death_is_told_at_once_where_a_stop_is_said_before_another_is_there(begun, store, qtbot, monkeypatch):
    start_again = begun.control.start_again

    def stop_and_start_again(slots):
        store.runner.want(False)
        start_again(slots)

    monkeypatch.setattr(begun.control, "start_again", stop_and_start_again)
    begun.kill()
    qtbot.waitUntil(lambda: bool(begun.told), timeout=LONG)
    assert begun.told == ["The runner died. Jobs wait until it is started."]
    begun.control.start()
    qtbot.waitUntil(begun.works, timeout=LONG)
    assert len(begun.told) == 1


def test_after_three_new_starts_in_ten_minutes_nothing_is_started_until_a_person_does(begun, home, qtbot):
    for _ in range(3):
        until_another(begun, qtbot, begun.kill())
    dead = begun.kill()
    qtbot.waitUntil(lambda: bool(begun.given_up), timeout=LONG)
    (error,) = begun.given_up
    assert isinstance(error, KnownError)
    assert str(error) == "The runner died 4 times in 10 minutes. It is not started again by itself."
    assert str(error.remedy) == f"Its log in {home.logs} may say why. Start it in Workers."
    assert begun.told == ["The runner died and was started again"] * 3
    assert nothing_is_started(begun, qtbot, home)
    begun.control.start()
    until_another(begun, qtbot, dead)
    until_another(begun, qtbot, begun.kill())
    assert len(begun.given_up) == 1


@by_signal
def test_a_stop_from_the_command_line_is_obeyed(begun, store, home, qtbot):
    store.runner.want(False)
    os.kill(begun.pid, signal.SIGTERM)
    qtbot.waitUntil(lambda: not holds_lock(home), timeout=LONG)
    qtbot.waitUntil(lambda: not begun.keeping._keeper.is_expected, timeout=LONG)
    qtbot.waitUntil(lambda: not begun.control.has_child, timeout=LONG)  # its lock is free a moment before it has ended
    assert nothing_is_started(begun, qtbot, home)
    assert begun.told == []


@by_signal
def test_one_that_was_asked_to_end_without_a_stop_is_followed_by_another_and_nothing_is_told(begun, store, qtbot):
    ended = begun.pid
    os.kill(ended, signal.SIGTERM)
    until_another(begun, qtbot, ended)
    assert store.runner.row().slots == 3
    assert begun.told == []


def test_a_runner_that_somebody_else_started_is_kept_as_well(kept, home, qtbot):
    with running(home, slots=4) as runner:
        qtbot.waitUntil(kept.works, timeout=LONG)
        runner.kill()
        runner.wait()
        until_another(kept, qtbot, runner.pid)
    assert kept.store.runner.row().slots == 4


@for_sh
def test_with_the_option_off_a_death_is_told_and_nothing_is_started(begun, store, home, qtbot):
    store.options.set("start-runner", "off")
    store.intake.enqueue([new_job("it", "sleep 60", timeout=0)])
    qtbot.waitUntil(lambda: states(store)["it"] == "processing", timeout=LONG)
    begun.kill()
    qtbot.waitUntil(lambda: bool(begun.told), timeout=LONG)
    assert begun.told == ["The runner died. When it is started, 1 job is put back."]
    assert nothing_is_started(begun, qtbot, home)


def test_while_the_program_leaves_nothing_is_started_and_if_it_stays_it_is(begun, home, qtbot):
    begun.keeping.rest()
    dead = begun.kill()
    qtbot.waitUntil(lambda: not begun.watch.last.runner.lives, timeout=LONG)
    assert nothing_is_started(begun, qtbot, home)
    begun.keeping.resume()
    until_another(begun, qtbot, dead)


@pytest.mark.skipif(sys.platform == "win32", reason="an open database can't be moved there")
def test_for_a_queue_that_was_moved_away_no_runner_is_started(begun, home, qtbot):
    gone = home.root.with_name("gone")
    home.root.rename(gone)
    begun.kill()
    qtbot.waitUntil(lambda: not begun.watch.last.runner.lives, timeout=LONG)
    assert nothing_is_started(begun, qtbot, home)
    assert not home.root.exists()
    gone.rename(home.root)
    begun.keeping.rest()


@by_signal
def test_a_runner_that_does_not_answer_is_shown_and_once_it_is_ended_another_works(begun, tools, qtbot):
    page, status = WorkersPage(tools, begun.control), StatusLine(tools)
    for widget in (page, status):
        qtbot.addWidget(widget)
    begun.watch.seen.connect(status.show_look)
    page.show()
    hanging = begun.pid
    os.kill(hanging, signal.SIGSTOP)
    with qtbot.waitSignal(begun.control.failed, timeout=LONG):
        begun.control.set_workers(5)
    qtbot.waitUntil(page.card.end_button.isVisible, timeout=LONG)
    assert page.card.state() == "Not answering"
    qtbot.waitUntil(lambda: status.runner() == "Runner does not answer", timeout=SOON)
    page.card.end_button.click()
    page._question.yes.click()
    until_another(begun, qtbot, hanging)
    qtbot.waitUntil(lambda: bool(begun.told), timeout=LONG)
    assert begun.told == ["The runner was ended and started again"]
    qtbot.waitUntil(lambda: page.card.state() == "Running", timeout=LONG)
    page.hide()


def test_who_only_puts_jobs_back_is_no_runner(begun, home, qtbot):
    for _ in range(3):
        until_another(begun, qtbot, begun.kill())
    begun.kill()
    qtbot.waitUntil(lambda: bool(begun.given_up), timeout=LONG)
    lock = ProcessLock(home.runner_lock)
    assert lock.take()
    with qtbot.waitSignal(begun.watch.seen, timeout=LONG) as seen:
        begun.watch.look()
    assert seen.args[0].runner.lives
    lock.release()
    assert nothing_is_started(begun, qtbot, home)


@pytest.mark.skipif(sys.platform == "win32", reason="no program that runs can be removed there")
def test_where_the_program_itself_is_gone_that_is_told_once_and_nothing_is_tried_again(begun, home, qtbot, monkeypatch):
    errors = []
    begun.control.failed.connect(lambda error: errors.append(str(error)))
    monkeypatch.setattr(sys, "executable", "/opt/gone/queuectl-desktop")
    begun.kill()
    begun.watch.look()
    qtbot.waitUntil(lambda: bool(errors), timeout=LONG)
    assert nothing_is_started(begun, qtbot, home)
    assert ["there is no /opt/gone/queuectl-desktop any more" in error for error in errors] == [True]
    assert begun.given_up == []


@pytest.mark.skipif(sys.platform == "win32", reason="a folder is not in the way of a bell there")
def test_one_that_can_not_come_up_is_tried_three_times_and_told(begun, home, qtbot):
    errors = []
    begun.control.failed.connect(lambda error: errors.append(str(error)))
    home.ring.unlink()
    home.ring.mkdir()  # in the way of the bell that a runner hangs
    begun.kill()
    begun.watch.look()
    qtbot.waitUntil(lambda: bool(begun.given_up), timeout=LONG)
    assert errors == ["The runner ended at once (exit code 1)."] * 3
    assert f"The folder {home.bell} can't be used" in str(begun.given_up[0].remedy)
    home.ring.rmdir()
    home.ring.touch()


def test_while_its_folder_can_t_be_written_to_that_is_told_once_and_then_another_is_started(
    begun, home, qtbot, monkeypatch
):
    hindered, looks = [], []
    begun.keeping.hindered.connect(lambda error: hindered.append(str(error)))

    def closed(home):
        looks.append(home)
        raise UnusableHome(home.data, PermissionError(13, "it can't be written to"))

    with monkeypatch.context() as while_closed:
        while_closed.setattr(Home, "make", closed)
        dead = begun.kill()
        begun.watch.look()
        qtbot.waitUntil(lambda: len(looks) > MOST_STARTS, timeout=LONG)  # more often than one that dies is started
        assert nothing_is_started(begun, qtbot, home)
    until_another(begun, qtbot, dead)
    assert ["it can't be written to" in words for words in hindered] == [True]
    assert begun.given_up == []
