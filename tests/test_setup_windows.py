"""What the installer has the installed program do, what it answers, and what it leaves for the person to read."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.runners import holds_lock, running, wait_for, wait_for_states
from tests.store.jobs import enqueue, opened
from tests.wine import windows_only

pytestmark = windows_only

if sys.platform == "win32":
    from app import end_installed, setup_windows
    from app.bootstrap import open_a_store
    from app.desktop.installed import Installed
    from app.setup_windows import FAILED, IDLE, JOBS_RUN, RUNS, Verb, setup


@pytest.fixture
def installed(monkeypatch):
    """What runs from the program's folder: those of these that still live."""
    them = []
    alive = lambda _folder: [one for one in them if one.process.is_running()]  # noqa: E731
    monkeypatch.setattr(setup_windows, "running_from", alive)
    return them


@contextmanager
def command():
    """A process that nobody can ask to leave."""
    words = [sys.executable, "-c", "print(flush=True); input()"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        yield process
        process.communicate(b"\n")


def one_of(process, home, *, is_window=False):
    return Installed(psutil.Process(process.pid), Path(sys.executable), home, is_window, {})


def said(file):
    return file.read_text(encoding="utf-16-le")


def test_where_nothing_runs_there_is_nothing_to_say(installed, tmp_path):
    assert installed == []
    for verb in (Verb.ASK, Verb.END):
        assert setup(verb, tmp_path / "said", open_a_store) == IDLE
    assert not (tmp_path / "said").exists()


def test_what_can_not_be_asked_is_named(installed, home, monkeypatch, tmp_path):
    monkeypatch.setattr(end_installed, "UNASKED_PATIENCE", 0.0)
    file = tmp_path / "said"
    with command() as process:
        installed += [one_of(process, home), one_of(process, None, is_window=True)]
        assert setup(Verb.ASK, file, open_a_store) == RUNS
        assert setup(Verb.END, file, open_a_store) == FAILED
        assert f"(PID {process.pid})" in said(file)


def test_a_runner_is_asked_to_put_its_jobs_back_and_then_gone(installed, home, tmp_path):
    file = tmp_path / "said"
    with opened(home) as store, running(home) as process:
        enqueue(store, "long", command="ping -n 600 127.0.0.1 >nul", timeout=0)
        wait_for_states(store, long="processing")
        installed.append(one_of(process, home))
        assert setup(Verb.ASK, file, open_a_store) == JOBS_RUN
        assert said(file).startswith("1 job(s) are running. ")
        assert setup(Verb.END, file, open_a_store) == IDLE
        assert not holds_lock(home)
        assert store.reads.by_id("long").state == "pending"


def test_a_runner_without_a_job_is_said_too(installed, home, tmp_path):
    with opened(home) as store, running(home) as process:
        wait_for(lambda: store.runner.row().pid == process.pid)
        installed.append(one_of(process, home))
        assert setup(Verb.ASK, tmp_path / "said", open_a_store) == RUNS
