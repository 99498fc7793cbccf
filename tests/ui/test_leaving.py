"""Closing the window and quitting, with a real runner that works, idles, hangs or is somebody else's."""

import os
import signal
import subprocess
import sys
import weakref

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

from app.store.opening import wall_clock
from app.store.runner_state import RunnerState
from app.ui.leaving import Leaving
from app.ui.leaving_stage import Stage
from app.ui.quit_question import Answer
from app.ui.shell import Shell
from tests.runners import CHECKOUT, PYTHON, environment, holds_lock, states
from tests.ui.conftest import new_job
from tests.ui.keepers import LONG, Kept

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the commands here are for /bin/sh")

CONSOLE = "import sys; from app.bootstrap import console; sys.exit(console())"


@pytest.fixture
def clock():
    """The time that the runner has, too."""
    return wall_clock


class Program(Kept):
    """The window and all that leaving needs; it counts instead of ending."""

    def __init__(self, tools, store, qtbot, **more):
        super().__init__(tools.gateway, store)
        self.tray = True
        self.window = Shell(tools)
        qtbot.addWidget(self.window)
        self.leaving = Leaving(
            tools, self.window, self.control, self.watch, self.keeping, lambda: self.tray, self.window, **more
        )
        self.window.close_wanted.connect(self.leaving.close_window)
        self.window.setCentralWidget(self.leaving.bar)
        self.left, self.hidden, self.postponed = [], [], []
        self.leaving.postponed.connect(self.postponed.append)
        self.leaving.left.connect(lambda: self.left.append(True))
        self.leaving.first_hidden.connect(self.hidden.append)
        self.window.show()
        self.watch.look()
        qtbot.waitUntil(lambda: self.watch.last is not None)

    @property
    def has_left(self):
        return self.left == [True]


@pytest.fixture
def program(tools, store, home, qtbot):
    program = Program(tools, store, qtbot)
    yield program
    program.clear(home, qtbot)


@pytest.fixture
def idle(program, qtbot):
    """A runner works, and has nothing to do."""
    program.control.start(slots=3)
    qtbot.waitUntil(program.works, timeout=LONG)
    return program


@pytest.fixture
def gate(tmp_path):
    """What running jobs wait for."""
    return tmp_path / "gate"


@pytest.fixture
def busy(idle, store, gate, qtbot):
    """Two jobs run, at most until the test has ended: one of them kills their runner."""
    wait = f"until [ -e {gate} ]; do sleep 0.02; done"
    store.intake.enqueue([new_job("a", wait, timeout=0), new_job("b", wait, timeout=0)])
    qtbot.waitUntil(lambda: set(states(store).values()) == {"processing"}, timeout=LONG)
    yield idle
    gate.touch()


def asked(program, qtbot):
    """The question that quitting asks."""
    program.leaving.quit()
    qtbot.waitUntil(lambda: program.leaving.question is not None, timeout=LONG)
    return program.leaving.question


def answer(program, qtbot, wanted):
    qtbot.mouseClick(asked(program, qtbot).button(wanted), Qt.MouseButton.LeftButton)


def refuse_to_close(window):
    """A dialog in which something is typed."""

    class Form(QDialog):
        def closeEvent(self, event):  # noqa: N802  Qt's name
            event.ignore()

    form = Form(window)
    form.show()
    return form


def give_up(form):
    form.hide()
    form.setParent(None)
    form.deleteLater()


# Closing the window


def test_closing_hides_the_window_in_the_tray_and_says_so_the_first_time_only(program, qtbot):
    for _ in range(2):
        program.window.show()
        program.window.close()
        qtbot.waitUntil(program.window.isHidden)
    assert program.hidden == [
        "QueueCTL is still here, in the tray. Jobs go on. Settings > Close to the tray changes that."
    ]
    assert not program.left


@pytest.mark.parametrize("why", ["no tray", "not chosen"])
def test_where_nothing_would_bring_the_window_back_closing_it_quits(program, store, qtbot, why):
    if why == "no tray":
        program.tray = False
    else:
        store.options.set("close-to-tray", "off")
    program.window.close()
    qtbot.waitUntil(lambda: program.has_left)
    assert program.leaving.is_over
    assert not program.hidden


def test_without_a_tray_closing_the_window_asks_where_jobs_run(busy, qtbot):
    busy.tray = False
    busy.window.close()
    qtbot.waitUntil(lambda: busy.leaving.question is not None)
    busy.leaving.question.reject()
    assert busy.window.isVisible()
    assert not busy.left


def test_what_is_typed_holds_the_window_and_the_program(program, qtbot):
    form = refuse_to_close(program.window)
    program.window.close()
    program.leaving.quit()
    qtbot.waitUntil(lambda: program.leaving._stage is Stage.HERE, timeout=LONG)
    assert program.window.isVisible()
    assert not program.left
    give_up(form)


def test_who_closes_and_quits_in_one_go_is_asked_once_and_can_do_so_again(busy, store, qtbot):
    store.options.set("close-to-tray", "off")
    for _ in range(2):
        busy.window.close()
        asked(busy, qtbot).reject()
        assert busy.window.isVisible()
    assert not busy.left


def test_what_is_typed_holds_the_program_after_the_question_too_but_is_not_asked_about_before_it(busy, qtbot):
    form = refuse_to_close(busy.window)
    answer(busy, qtbot, Answer.LEAVE_WORKING)
    assert not busy.left
    give_up(form)
    answer(busy, qtbot, Answer.LEAVE_WORKING)
    assert busy.has_left


# Quitting with nothing to lose


def test_without_a_runner_quit_ends_the_program(program, qtbot):
    program.leaving.quit()
    qtbot.waitUntil(lambda: program.has_left)
    program.leaving.quit()
    program.leaving.leave_at_once()
    assert program.has_left, "said once"


def test_an_idle_runner_leaves_with_the_program_unasked(idle, store, home, qtbot):
    idle.leaving.quit()
    qtbot.waitUntil(lambda: idle.has_left, timeout=LONG)
    assert not holds_lock(home)
    assert store.runner.row().state is RunnerState.STOPPED
    assert idle.told == []


def test_a_runner_that_does_not_leave_does_not_keep_the_program(tools, store, home, qtbot):
    program = Program(tools, store, qtbot, patience=300)
    program.control.start()
    qtbot.waitUntil(program.works, timeout=LONG)
    os.kill(program.pid, signal.SIGSTOP)
    program.leaving.quit()
    qtbot.waitUntil(lambda: program.has_left, timeout=LONG)
    assert holds_lock(home)
    program.kill()
    qtbot.waitUntil(lambda: not holds_lock(home))
    program.clear(home, qtbot)


def test_who_starts_the_program_again_while_it_ends_finds_it_with_a_runner(idle, store, qtbot):
    first = idle.pid
    os.kill(first, signal.SIGSTOP)
    idle.leaving.quit()
    qtbot.waitUntil(idle.window.isHidden)
    idle.leaving.come_back()
    os.kill(first, signal.SIGCONT)
    # the same one, where it hears in time that it shall go on, or the next
    qtbot.waitUntil(lambda: not store.runner.open_asks() and idle.works(), timeout=LONG)
    store.intake.enqueue([new_job("a", "true")])
    qtbot.waitUntil(lambda: states(store)["a"] == "completed", timeout=LONG)
    assert not idle.left


def test_where_the_window_does_not_start_the_runner_it_does_not_stop_an_idle_one(idle, store, home, qtbot):
    store.options.set("start-runner", "off")
    idle.leaving.quit()
    qtbot.waitUntil(lambda: idle.has_left, timeout=LONG)
    assert holds_lock(home)
    assert store.runner.row().wanted == "running"


def test_a_runner_in_a_terminal_is_left_working_unasked(program, store, home, qtbot):
    store.intake.enqueue([new_job("a", "sleep 60", timeout=0)])
    words = [PYTHON, "-c", CONSOLE, "--home", str(home.root), "worker", "run"]
    with subprocess.Popen(words, cwd=CHECKOUT, env=environment(), stdout=subprocess.DEVNULL) as process:
        qtbot.waitUntil(lambda: states(store)["a"] == "processing", timeout=LONG)
        qtbot.waitUntil(program.works, timeout=LONG)
        program.leaving.quit()
        qtbot.waitUntil(lambda: program.has_left, timeout=LONG)
        assert process.poll() is None
        assert store.runner.row().state is RunnerState.RUNNING
        process.terminate()
        process.wait(30)


# Quitting while jobs run


def test_the_question_says_how_many_jobs_run_and_escape_changes_nothing(busy, store, qtbot):
    question = asked(busy, qtbot)
    assert question.heading() == "2 jobs are running. Quit QueueCTL?"
    assert question.stay.hasFocus() or question.focusWidget() is question.stay
    qtbot.keyClick(question, Qt.Key.Key_Escape)
    assert busy.leaving.question is None
    assert not busy.left
    assert set(states(store).values()) == {"processing"}
    assert store.runner.row().wanted == "running"


def test_enter_stays_where_nothing_else_was_chosen(busy, qtbot):
    question = asked(busy, qtbot)
    qtbot.keyClick(question, Qt.Key.Key_Return)
    assert busy.leaving.question is None
    assert not busy.left


@pytest.mark.parametrize("how", ["hide", "showMinimized"])
def test_over_a_window_that_is_not_seen_the_question_stands_alone_and_outlives_its_own_keys(busy, qtbot, how):
    getattr(busy.window, how)()
    question = weakref.ref(asked(busy, qtbot))
    assert question().parent() is None
    qtbot.keyClick(question(), Qt.Key.Key_Escape)
    assert busy.leaving.question is None
    assert question() is not None


def test_finish_them_first_lets_them_end_and_then_leaves(busy, store, home, gate, qtbot):
    answer(busy, qtbot, Answer.FINISH)
    bar = busy.leaving.bar
    qtbot.waitUntil(lambda: bar.words().startswith("Quits when"))
    qtbot.waitUntil(lambda: store.runner.row().state is RunnerState.DRAINING, timeout=LONG)
    assert not busy.left
    gate.touch()
    qtbot.waitUntil(lambda: busy.has_left, timeout=LONG)
    assert not holds_lock(home)
    assert set(states(store).values()) == {"completed"}
    assert store.runner.row().wanted == "stopped"
    assert busy.told == []


def test_put_them_back_ends_them_and_leaves(busy, store, home, qtbot):
    answer(busy, qtbot, Answer.PUT_BACK)
    qtbot.waitUntil(lambda: busy.has_left, timeout=LONG)
    assert not holds_lock(home)
    assert set(states(store).values()) == {"pending"}


def test_leave_the_runner_working_ends_only_the_program(busy, store, gate, qtbot):
    pid = busy.pid
    answer(busy, qtbot, Answer.LEAVE_WORKING)
    assert busy.has_left
    gate.touch()
    qtbot.waitUntil(lambda: set(states(store).values()) == {"completed"}, timeout=LONG)
    assert busy.pid == pid
    assert store.runner.row().state is RunnerState.RUNNING


def test_while_it_waits_one_can_think_again_and_the_runner_goes_on(busy, store, qtbot):
    first = busy.pid
    answer(busy, qtbot, Answer.FINISH)
    assert busy.leaving.bar.words() == "Quits when 2 jobs have ended"
    assert busy.postponed == ["Quits when 2 jobs have ended"]
    qtbot.waitUntil(lambda: store.runner.row().state is RunnerState.DRAINING, timeout=LONG)
    qtbot.mouseClick(busy.leaving.bar._no, Qt.MouseButton.LeftButton)
    assert busy.leaving.bar.words() == ""
    store.intake.enqueue([new_job("c", "true")])
    qtbot.waitUntil(lambda: states(store)["c"] == "completed", timeout=LONG)
    row = store.runner.row()
    assert (row.pid, row.slots, row.wanted, row.state) == (first, 3, "running", RunnerState.RUNNING)
    assert not busy.left


def test_who_starts_the_runner_at_once_stays(busy, store, qtbot):
    answer(busy, qtbot, Answer.FINISH)
    busy.control.start()
    assert busy.leaving.bar.words() == ""
    store.intake.enqueue([new_job("c", "true")])
    qtbot.waitUntil(lambda: states(store)["c"] == "completed", timeout=LONG)
    assert not busy.left


def test_what_comes_up_while_the_question_is_open_is_finished_too(busy, store, home, gate, qtbot):
    question = asked(busy, qtbot)
    first = busy.kill()
    busy.watch.look()
    qtbot.waitUntil(lambda: busy.works(after=first), timeout=LONG)
    qtbot.waitUntil(lambda: set(states(store).values()) == {"processing"}, timeout=LONG)
    qtbot.mouseClick(question.button(Answer.FINISH), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: store.runner.row().state is RunnerState.DRAINING, timeout=LONG)
    assert not busy.left
    gate.touch()
    qtbot.waitUntil(lambda: busy.has_left, timeout=LONG)
    assert not holds_lock(home)
    assert set(states(store).values()) == {"completed"}


def test_while_it_waits_one_can_have_it_quicker(busy, store, qtbot):
    answer(busy, qtbot, Answer.FINISH)
    qtbot.waitUntil(lambda: store.runner.row().state is RunnerState.DRAINING, timeout=LONG)
    question = asked(busy, qtbot)
    assert question.button(Answer.LEAVE_WORKING).text() == "&Quit now", "no one can have it work on"
    question.reject()
    assert busy.leaving.bar.words() == "Quits when 2 jobs have ended", "it goes on waiting"
    answer(busy, qtbot, Answer.PUT_BACK)
    qtbot.waitUntil(lambda: busy.has_left, timeout=LONG)
    assert set(states(store).values()) == {"pending"}


def test_a_runner_that_is_killed_meanwhile_is_not_started_again(busy, store, home, qtbot):
    answer(busy, qtbot, Answer.FINISH)
    busy.kill()
    qtbot.waitUntil(lambda: busy.has_left, timeout=LONG)
    assert not holds_lock(home)
    assert not busy.control.has_child
    assert set(states(store).values()) == {"processing"}, "put back by the next runner"


def test_what_is_typed_meanwhile_holds_the_program_until_it_is_done(busy, gate, qtbot):
    answer(busy, qtbot, Answer.FINISH)
    form = refuse_to_close(busy.window)
    gate.touch()
    bar = busy.leaving.bar
    words = "The runner has left. Save what you have typed, then quit."
    qtbot.waitUntil(lambda: bar.words() == words, timeout=LONG)
    assert not busy.left
    give_up(form)
    qtbot.mouseClick(bar._yes, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: busy.has_left, timeout=LONG)


def test_a_runner_that_hangs_is_told_and_the_program_stays(busy, store, qtbot):
    os.kill(busy.pid, signal.SIGSTOP)
    with qtbot.waitSignal(busy.control.failed, timeout=LONG):
        answer(busy, qtbot, Answer.FINISH)
    assert busy.leaving.bar.words() == ""
    assert busy.postponed[-1].startswith("The runner"), "the window may be hidden"
    assert not busy.left
    answer(busy, qtbot, Answer.LEAVE_WORKING)
    assert busy.has_left
    os.kill(busy.pid, signal.SIGCONT)
    qtbot.waitUntil(lambda: store.runner.row().state is RunnerState.DRAINING, timeout=LONG)


# Without a person


def test_a_signal_ends_the_program_without_a_word_and_leaves_the_runner_working(busy, store, qtbot):
    asked(busy, qtbot)
    busy.leaving.leave_at_once()
    assert busy.has_left
    assert busy.leaving.question is None
    assert set(states(store).values()) == {"processing"}
    assert store.runner.row().wanted == "running"


def test_at_the_end_of_the_session_nothing_is_asked_and_the_window_may_go(busy, qtbot):
    asked(busy, qtbot)
    busy.leaving.session_ends()
    assert busy.leaving.question is None
    assert busy.leaving.is_over
    assert not busy.left
    busy.leaving.quit()
    assert busy.has_left


def test_a_session_that_goes_on_after_all_keeps_its_runner(idle, qtbot):
    idle.leaving.session_ends()
    dead = idle.kill()
    idle.watch.look()
    qtbot.waitUntil(lambda: not idle.watch.last.runner.lives)
    assert not idle.control.is_starting
    idle.leaving.session_goes_on()
    assert not idle.leaving.is_over
    qtbot.waitUntil(lambda: idle.works(after=dead), timeout=LONG)
