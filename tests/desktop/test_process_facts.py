"""What is told of another process, and that only the one that is meant is ended."""

import os
import subprocess
import sys

import psutil

from app.desktop.process_facts import kill, memory

WAITS = [sys.executable, "-c", "input()"]


def test_the_memory_of_a_living_process_is_told():
    created = psutil.Process().create_time()
    assert memory(os.getpid(), created) > 1_000_000
    assert memory(os.getpid(), None) > 1_000_000


def test_a_process_that_only_has_the_pid_of_an_earlier_one_is_another():
    created = psutil.Process().create_time() - 60
    assert memory(os.getpid(), created) is None
    assert not kill(os.getpid(), created)


def test_a_process_is_ended_and_what_is_gone_is_told_as_gone():
    with subprocess.Popen(WAITS, stdin=subprocess.PIPE) as process:
        created = psutil.Process(process.pid).create_time()
        assert kill(process.pid, created)
        process.wait(30)
        assert not kill(process.pid, created)
        assert memory(process.pid, created) is None
