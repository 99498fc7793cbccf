"""The lock that says who lives."""

import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app.locks import ProcessLock
from app.paths import UnusableHome

CHECKOUT = Path(__file__).resolve().parent.parent
HOLD = """
import sys
from pathlib import Path
from app.locks import ProcessLock
lock = ProcessLock(Path(sys.argv[1]))
print(lock.take(), flush=True)
sys.stdin.readline()
"""
PROBE = """
import sys
from pathlib import Path
from app.locks import ProcessLock
lock = ProcessLock(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
print(sum(lock.is_held() for _ in range(200)), flush=True)
"""
posix = pytest.mark.skipif(os.name != "posix", reason="signals and modes of POSIX")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "runner.lock"


@pytest.fixture
def start(path):
    """Starts a process with the lock's path; all are ended when the test is over."""
    started = []

    def start(piece):
        process = subprocess.Popen(
            [sys.executable, "-c", piece, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=CHECKOUT,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def let_go(process):
    process.stdin.write("\n")
    process.stdin.flush()


def test_a_second_process_is_refused_until_the_first_lets_go(path, start):
    holder = start(HOLD)
    assert holder.stdout.readline() == "True\n"
    lock = ProcessLock(path)
    assert not lock.take()
    assert lock.is_held()
    let_go(holder)
    holder.wait()
    assert not lock.is_held()
    assert lock.take()
    assert start(HOLD).stdout.readline() == "False\n"
    lock.release()


@posix
def test_kill_9_of_the_holder_frees_it(path, start):
    holder = start(HOLD)
    assert holder.stdout.readline() == "True\n"
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert not ProcessLock(path).is_held()
    assert ProcessLock(path).take()


def test_a_lock_file_that_names_a_living_foreign_process_blocks_nobody(path, start):
    foreign = start("import sys; sys.stdin.readline()")
    for text in (str(foreign.pid), f'{{"pid": {foreign.pid}}}', f"{foreign.pid}\npython\nhost\n"):
        path.write_text(text)
        lock = ProcessLock(path)
        assert not lock.is_held()
        assert lock.take()
        lock.release()
    assert foreign.poll() is None


def test_within_one_process_too_only_one_holds_it(path):
    one, two = ProcessLock(path), ProcessLock(path)
    assert one.take()
    assert not two.take()
    assert one.is_held()
    assert two.is_held()
    one.release()
    assert two.take()
    two.release()


def test_taking_it_twice_is_taking_it_once(path):
    lock = ProcessLock(path)
    assert lock.take()
    assert lock.take()
    lock.release()
    assert not ProcessLock(path).is_held()


def test_letting_go_of_nothing_does_nothing(path):
    lock = ProcessLock(path)
    lock.release()
    assert lock.take()
    lock.release()
    lock.release()
    assert not lock.is_held()


def test_looking_takes_nothing_and_makes_nothing(path):
    lock = ProcessLock(path)
    assert not lock.is_held()
    assert ProcessLock(path).take()


@posix
def test_the_file_stays_and_is_for_this_person_only(path):
    before = os.umask(0)
    try:
        lock = ProcessLock(path)
        lock.take()
        inode = path.stat().st_ino
        lock.release()
        lock.take()
        lock.release()
    finally:
        os.umask(before)
    assert path.stat().st_ino == inode
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_twenty_that_look_at_once_never_take_each_other_for_a_runner(path, start):
    ProcessLock(path).take()  # the file is there, and the lock free again
    probes = [start(PROBE) for _ in range(20)]
    for probe in probes:
        assert probe.stdout.readline() == "ready\n"
    for probe in probes:
        let_go(probe)
    assert [probe.stdout.readline() for probe in probes] == ["0\n"] * 20


def test_those_who_look_do_not_put_off_one_that_starts(path, start):
    probes = [start(PROBE) for _ in range(8)]
    for probe in probes:
        assert probe.stdout.readline() == "ready\n"
    for probe in probes:
        let_go(probe)
    lock = ProcessLock(path)
    for _ in range(50):
        assert lock.take()
        lock.release()


def test_a_refusal_does_not_wait_where_a_runner_lives(path, start):
    holder = start(HOLD)
    assert holder.stdout.readline() == "True\n"
    waits = []
    assert not ProcessLock(path, wait=waits.append).take()
    assert ProcessLock(path, wait=waits.append).is_held()
    assert waits == []


def test_a_lock_whose_file_can_t_be_opened_says_which_folder_is_in_the_way(tmp_path):
    (tmp_path / "data").write_bytes(b"")
    with pytest.raises(UnusableHome, match=re.escape(str(tmp_path / "data"))):
        ProcessLock(tmp_path / "data" / "runner.lock").take()
