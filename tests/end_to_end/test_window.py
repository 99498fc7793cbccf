"""The program with the window, as processes: it may die at any moment, and its jobs go on."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from app.domain.job import State
from app.locks import ProcessLock
from tests.runners import CHECKOUT, environment, holds_lock, wait_for
from tests.store.jobs import opened
from tests.ui.conftest import new_job
from tests.wine import not_under_wine

pytestmark = not_under_wine("ends processes as POSIX does")


@pytest.fixture
def start(home):
    """Starts the window's program; whatever of it is left is killed, its runner too."""
    started = []

    def start(*files, code=None):
        program = ["-m", "app"] if code is None else ["-c", code]
        command = [sys.executable, *program, "--home", str(home.root), *map(str, files)]
        started.append(subprocess.Popen(command, cwd=CHECKOUT, env=environment()))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
    if home.database.exists():
        with opened(home) as store:
            wait_for(lambda: is_gone(home, store), "the runner's end")


def is_gone(home, store):
    """Whether no runner is left; one that is only coming up is asked again when it has said who it is."""
    pid = store.runner.row().pid
    if holds_lock(home) and pid is not None:
        os.kill(pid, signal.SIGTERM)
    return not holds_lock(home)


def test_the_window_starts_the_runner_and_what_is_enqueued_runs(home, start):
    start()
    wait_for(lambda: holds_lock(home), "the runner")
    with opened(home) as store:
        store.intake.enqueue([new_job("a")])
        wait_for(lambda: store.reads.by_id("a").state is State.COMPLETED, "the job")


def test_jobs_go_on_when_the_window_is_killed_and_the_next_one_keeps_their_runner(home, start, tmp_path):
    window = start()
    wait_for(lambda: holds_lock(home), "the runner")
    gate = tmp_path / "gate"
    with opened(home) as store:
        store.intake.enqueue([new_job("a", command=f"until test -e {gate}; do sleep 0.05; done", timeout=60)])
        wait_for(lambda: store.reads.by_id("a").state is State.PROCESSING, "the job's start")
        runner = store.runner.row().pid
        window.kill()
        window.wait()
        second = start()
        window_lock = ProcessLock(home.window_lock)
        wait_for(window_lock.is_held, "the second window")
        assert start().wait(60) == 0  # a third one finds the second at work
        assert second.poll() is None
        gate.touch()
        wait_for(lambda: store.reads.by_id("a").state is State.COMPLETED, "the job")
        assert store.reads.by_id("a").run == 1
        assert store.runner.row().pid == runner


def test_what_a_window_removed_before_it_was_killed_is_brought_back_by_the_next(home):
    with opened(home) as store:
        store.intake.enqueue([new_job("a"), new_job("b")])
        with driven(home, "remove", "1") as first:
            assert first.stdout.readline() == "1 job removed\n"
        assert [job.id for job in store.reads.newest_first()] == ["b"]
        with driven(home, "undo") as second:
            assert second.stdout.readline() == "1 job brought back\n"
        assert [job.id for job in store.reads.newest_first()] == ["b", "a"]


@contextmanager
def driven(home, *what):
    """A window that does one thing, and is killed then."""
    command = [sys.executable, "-m", "tests.ui.driven_window", str(home.root), *what]
    process = subprocess.Popen(command, cwd=CHECKOUT, env=environment(), stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_second_start_hands_its_files_over_and_ends(home, start, tmp_path):
    with opened(home) as store:
        store.options.set("review-before-add", "off")  # so that what the window was given can be seen from here
        first = start()
        wait_for(lambda: holds_lock(home), "the runner")
        file = tmp_path / "my jobs ü.json"
        file.write_text(json.dumps({"id": "handed", "command": "echo hi"}), encoding="utf-8")
        assert start(file).wait(60) == 0
        assert first.poll() is None
        wait_for(lambda: store.reads.count() == 1, "the job of the file")
        assert store.reads.by_id("handed").spec.cwd == str(tmp_path)


def test_the_window_ends_when_it_is_asked_to_and_leaves_its_runner(home, start):
    window = start()
    wait_for(lambda: holds_lock(home), "the runner")
    window.send_signal(signal.SIGTERM)
    assert window.wait(60) == 0
    assert holds_lock(home)


def test_what_the_window_keeps_is_readable_by_its_person_only(home, start):
    window = start()
    wait_for(lambda: holds_lock(home), "the runner")
    window.send_signal(signal.SIGTERM)
    window.wait(60)
    kept = [path for path in home.root.rglob("*") if path.is_file()]
    assert [path for path in kept if path.stat().st_mode & 0o077] == []
    assert home.window_ini in kept


STUBBORN = """
import sys
from PySide6.QtWidgets import QApplication, QDialog
from app import bootstrap, window

class Form(QDialog):
    def reject(self):
        pass  # something is typed in it

class Program(window.Program):
    def begin(self, *args, **more):
        super().begin(*args, **more)
        Form(self.window).show()
        if {quits}:
            self._control.started.connect(QApplication.quit)  # sends what macOS sends at a log-off

window.Program = Program
sys.exit(bootstrap.desktop())
"""


@pytest.mark.parametrize("how", ["a signal", "the system"])
def test_what_is_typed_does_not_keep_a_window_that_is_ended_from_outside(home, start, how):
    window = start(code=STUBBORN.format(quits=how == "the system"))
    wait_for(lambda: holds_lock(home), "the runner")
    if how == "a signal":
        window.send_signal(signal.SIGTERM)
    assert window.wait(60) == 0
    assert holds_lock(home)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there always is a screen")
def test_without_a_screen_it_says_so_and_names_the_command_line(home):
    bare = {name: value for name, value in environment().items() if name != "QT_QPA_PLATFORM"}
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        bare.pop(name, None)
    command = [sys.executable, "-m", "app", "--home", str(home.root)]
    done = subprocess.run(command, cwd=CHECKOUT, env=bare, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("There is no screen for the window here")
    assert len(done.stderr.splitlines()) == 1
