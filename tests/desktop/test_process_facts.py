"""What is told of another process, and that only the one that is meant is ended."""

import os
import subprocess
import sys

import psutil
import pytest

from app.desktop.process_facts import created, is_same, kill, memory

WAITS = [sys.executable, "-c", "input()"]


def test_the_memory_of_a_living_process_is_told():
    when = created(os.getpid())
    assert memory(os.getpid(), when) > 1_000_000
    assert memory(os.getpid(), None) > 1_000_000


def test_a_process_that_only_has_the_pid_of_an_earlier_one_is_another():
    when = created(os.getpid()) - 60
    assert memory(os.getpid(), when) is None
    assert not kill(os.getpid(), when)


def test_a_process_is_ended_and_what_is_gone_is_told_as_gone():
    with subprocess.Popen(WAITS, stdin=subprocess.PIPE) as process:
        when = created(process.pid)
        assert kill(process.pid, when)
        process.wait(30)
        assert not kill(process.pid, when)
        assert memory(process.pid, when) is None
        assert created(process.pid) is None


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system writes down what the clock said")
@pytest.mark.parametrize("set_on", [-3600.0, 3600.0, 10 * 365 * 86_400.0])
def test_a_process_is_the_same_though_the_clock_was_set_meanwhile(monkeypatch, set_on):
    """The time of the boot, from which psutil tells when a process was created, moves with the clock."""
    when = created(os.getpid())
    booted = psutil.boot_time()
    monkeypatch.setattr(psutil, "boot_time", lambda: booted + set_on)
    monkeypatch.setattr(psutil._psplatform, "boot_time", lambda: booted + set_on)
    assert is_same(os.getpid(), when)
    assert memory(os.getpid(), when) > 1_000_000
    assert not is_same(os.getpid(), when + 60)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it has always been told so")
def test_what_an_earlier_program_kept_by_the_clock_is_understood():
    when = psutil.Process().create_time()
    assert is_same(os.getpid(), when)
    assert not is_same(os.getpid(), when - 60)


def test_of_a_zombie_and_of_nobody_it_is_told_that_they_are_gone():
    with subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE) as process:
        when = created(process.pid)
        process.stdout.read()
        if os.name == "posix":
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            assert not is_same(process.pid, when)
            assert not is_same(process.pid, None)
    assert memory(process.pid, None) is None
