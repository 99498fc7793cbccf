"""Ending all that runs of an installed program, or nothing: what is asked, what is waited for, what starts again."""

import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from app import end_installed
from app.bootstrap import open_a_store
from app.desktop.installed import Installed
from app.end_installed import end_all, look
from app.launch import console_command, start_runner
from app.store.runner_store import Ask
from tests.runners import CHECKOUT, PATIENCE, environment, holds_lock, running, wait_for, wait_for_states
from tests.store.jobs import enqueue, opened

HOLD = "import sys; from pathlib import Path; from app.locks import ProcessLock\n"
HOLD += "lock = ProcessLock(Path(sys.argv[1])); assert lock.take(); print(flush=True); input()"
LONG = "ping -n 600 127.0.0.1 >nul" if sys.platform == "win32" else "sleep 600"


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    """Nobody waits for what can't be asked, which the tests let stay."""
    monkeypatch.setattr(end_installed, "UNASKED_PATIENCE", 0.0)


@pytest.fixture(autouse=True)
def begun(monkeypatch):
    """What is started again, in its order: nothing in fact."""
    them = []
    monkeypatch.setattr(end_installed, "start_runner", lambda *given: them.append(("runner", *given)))
    monkeypatch.setattr(end_installed, "start_in_tray", lambda *given: them.append(("window", *given)))
    return them


@pytest.fixture
def asked_windows(monkeypatch):
    """The homes whose windows were asked to leave: none of them does."""
    them = []
    monkeypatch.setattr(end_installed, "_ask_window", them.append)
    monkeypatch.setattr(end_installed, "WINDOW_PATIENCE", 0.0)
    return them


@contextmanager
def command(code="print(flush=True); input()", *words):
    """A process that nobody can ask to leave: it goes when a line is written to it."""
    line = [sys.executable, "-c", code, *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(line, stdin=pipe, stdout=pipe, cwd=CHECKOUT, env=environment()) as process:
        process.stdout.readline()
        yield process
        if process.poll() is None:
            process.communicate(b"\n")


@contextmanager
def window(home):
    """A process that is, for all that can be seen from outside, the window of a home."""
    home.make()
    with command(HOLD, str(home.window_lock)) as process:
        yield process


def end(process):
    process.stdin.write(b"\n")
    process.stdin.flush()
    process.wait()


def one_of(process, home, *, is_window=False, **environ):
    return Installed(psutil.Process(process.pid), Path(sys.executable), home, is_window, environ)


def living(*pairs):
    """Tell those of some processes that live."""
    return lambda: [found for process, found in pairs if process.poll() is None]


def followed(home, come, *pairs):
    """Those that live; when the runner among them has let its lock go they are gone, and another one has come."""
    first = living(*pairs)

    def there():
        if not holds_lock(home):
            for process, _found in pairs:
                process.wait()
        return first() or [come]

    return there


@contextmanager
def working(home, slots=2):
    """A runner that works on a long job, and the store."""
    with opened(home) as store, running(home, slots) as process:
        enqueue(store, "long", command=LONG, timeout=0)
        wait_for_states(store, long="processing")
        yield store, process


def test_while_a_command_runs_neither_the_window_nor_the_runner_is_asked(home, begun, asked_windows):
    with working(home) as (store, runner), window(home) as shown, command() as waiting:
        before, left = store.work.open_runs(), one_of(waiting, home)
        there = living((shown, one_of(shown, home, is_window=True)), (runner, one_of(runner, home)), (waiting, left))
        ended = end_all(there, open_a_store)
        assert ended.left == [left]
        assert not ended.window
        assert asked_windows == begun == []
        assert store.runner.open_asks() == []
        assert store.work.open_runs() == before
        assert runner.poll() is None


def test_a_command_that_ends_soon_is_waited_for(home, begun, monkeypatch):
    def wait(processes, timeout):
        assert timeout > 0
        if processes:
            end(short)
        return [], []

    monkeypatch.setattr(end_installed, "UNASKED_PATIENCE", PATIENCE)
    monkeypatch.setattr(end_installed.psutil, "wait_procs", wait)
    with command() as short:
        assert end_all(living((short, one_of(short, home))), open_a_store).left == []
    assert begun == []


def test_a_command_that_is_part_of_a_running_job_keeps_nobody(home):
    with working(home) as (store, runner), command() as inside:
        (run,) = store.work.open_runs()
        its, of_another = (one_of(inside, home, QUEUECTL_TOKEN=token) for token in (run.token, "another"))
        assert look([one_of(runner, home), its], open_a_store).others == []
        there = look([one_of(runner, home), of_another], open_a_store)
        assert there.others == [of_another]
        assert there.jobs == 1


def test_a_runner_of_another_folder_is_left_alone(home):
    with working(home) as (store, runner), command() as waiting:
        left = one_of(waiting, home)
        assert look([left], open_a_store).runners == []
        assert end_all(living((waiting, left)), open_a_store).left == [left]
        assert store.runner.open_asks() == []
        assert runner.poll() is None


def test_a_window_that_only_begins_or_hands_its_files_over_is_not_asked(home, asked_windows, begun):
    home.make()
    with command() as beginning:
        left = one_of(beginning, home, is_window=True)
        assert end_all(living((beginning, left)), open_a_store).left == [left]
    assert asked_windows == begun == []


def test_where_all_has_left_nothing_starts_again(home, begun, monkeypatch):
    monkeypatch.setattr(end_installed, "UNASKED_PATIENCE", PATIENCE)
    with working(home) as (store, runner), window(home) as shown:
        monkeypatch.setattr(end_installed, "_ask_window", lambda _home: end(shown))
        there = living((shown, one_of(shown, home, is_window=True)), (runner, one_of(runner, home)))
        ended = end_all(there, open_a_store)
        assert ended.left == []
        assert ended.window
        assert begun == []
        assert store.reads.by_id("long").state == "pending"


def test_where_something_has_come_meanwhile_the_runner_starts_again_and_then_the_window(home, begun, monkeypatch):
    with working(home, 3) as (_store, runner), window(home) as shown, command() as come:
        monkeypatch.setattr(end_installed, "_ask_window", lambda _home: end(shown))
        left = one_of(come, home)
        first = [(shown, one_of(shown, home, is_window=True, OF="the window")), (runner, one_of(runner, home, OF="it"))]
        assert end_all(followed(home, left, *first), open_a_store).left == [left]
    assert begun == [("runner", home, 3, {"OF": "it"}), ("window", home, {"OF": "the window"})]


def test_a_runner_that_was_started_again_goes_on_with_its_jobs(home, monkeypatch):
    processes = []

    def start_and_keep(home, slots, _environ):
        processes.append(start_runner(home, slots, environment()))

    monkeypatch.setattr(end_installed, "start_runner", start_and_keep)
    with working(home, 3) as (store, runner), command() as come, ExitStack() as afterwards:
        assert end_all(followed(home, one_of(come, home), (runner, one_of(runner, home))), open_a_store).left
        (again,) = processes
        afterwards.callback(again.wait)
        afterwards.callback(store.runner.ask, Ask.STOP_NOW)
        wait_for_states(store, long="processing")
        assert store.runner.row().pid == again.pid
        assert store.runner.row().slots == 3
        assert store.reads.by_id("long").attempts == 0


def test_a_window_that_stays_leaves_the_runner_at_work(home, begun, asked_windows):
    with working(home) as (store, runner), window(home) as hanging:
        left = one_of(hanging, home, is_window=True)
        ended = end_all(living((hanging, left), (runner, one_of(runner, home))), open_a_store)
        assert ended.left == [left]
        assert asked_windows == [home]
        assert store.runner.open_asks() == []
        assert runner.poll() is None
    assert begun == []


def test_where_asking_fails_what_has_left_starts_again(home, begun, monkeypatch):
    def ask(_home):
        end(shown)
        raise OSError("no more")

    monkeypatch.setattr(end_installed, "_ask_window", ask)
    with window(home) as shown, pytest.raises(OSError, match="no more"):
        end_all(living((shown, one_of(shown, home, is_window=True))), open_a_store)
    assert begun == [("window", home, {})]


def test_a_runner_that_somebody_has_stopped_does_not_start_again(home, begun):
    with working(home) as (store, runner), command() as come:
        store.runner.want(False)
        assert end_all(followed(home, one_of(come, home), (runner, one_of(runner, home))), open_a_store).left
        assert not holds_lock(home)
    assert begun == []


def test_workers_of_a_terminal_leave_too_and_do_not_come_back_without_it(home, begun):
    line = [*console_command(frozen=False), "--home", str(home.root), "worker", "run"]
    null = subprocess.DEVNULL
    with (
        opened(home) as store,
        command() as come,
        subprocess.Popen(line, cwd=CHECKOUT, env=environment(), stdin=null, stdout=null, stderr=null) as run,
    ):
        try:
            wait_for(lambda: store.runner.row().pid == run.pid, "the runner")
            assert end_all(followed(home, one_of(come, home), (run, one_of(run, home))), open_a_store).left
        finally:
            run.kill()
    assert begun == []
