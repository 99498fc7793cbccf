"""Whose process a runner is."""

import os
import subprocess
import sys

from app.desktop.runner_process import stands_alone
from tests.runners import running


def test_a_runner_that_was_started_on_its_own_stands_alone(home):
    with running(home) as runner:
        assert stands_alone(runner.pid)


def test_what_a_person_runs_in_a_terminal_does_not():
    words = [sys.executable, "-c", "input()", "worker", "run"]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as process:
        assert not stands_alone(process.pid)
    assert not stands_alone(os.getpid())


def test_of_what_is_gone_nothing_can_be_told():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert not stands_alone(process.pid)
