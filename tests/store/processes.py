"""Other processes that use a store: real ones, which can be killed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 300.0

_HEAD = """
import json, os, signal, sys
from pathlib import Path
from app.paths import Home
from tests.store.jobs import *
home = Home(Path(sys.argv[1]))
given = json.loads(sys.argv[2])
def go():
    print("ready", flush=True)
    sys.stdin.readline()
def answer(value):
    print(json.dumps(value), flush=True)
def kill_at(point, times=1):
    def kill_point(name):
        nonlocal times
        times -= name == point
        if times == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return kill_point
"""
KILLED = -signal.SIGKILL if os.name == "posix" else None


class Python:
    """A process that runs a piece of Python with a home and the words of ``jobs``; ``given`` is what it gets as JSON.

    In the piece ``go()`` says that it is ready and waits for ``let_go``, and ``answer(value)`` hands a value back.
    """

    def __init__(self, home, piece, given=None):
        self.process = subprocess.Popen(
            [sys.executable, "-c", _HEAD + piece, str(home.root), json.dumps(given)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=CHECKOUT,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        )

    def ready(self):
        """Wait until it says so."""
        line = self.process.stdout.readline()
        assert line == "ready\n", line + self.process.stderr.read()

    def let_go(self):
        """Let it go on after ``go()``."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def answers(self):
        """Wait for its end, which must be a good one, and return what it answered."""
        return _answers(*self.end())

    def end(self):
        """Wait for its end, and return (exit code, what it wrote, what it complained)."""
        try:
            out, err = self.process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return self.process.returncode, out, err


def at_once(home, count, piece, given=None):
    """Run a piece in so many processes, let them all go at one moment, and return the answers of each."""
    all_of_them = [Python(home, piece, given) for _ in range(count)]
    for one in all_of_them:
        one.ready()
    for one in all_of_them:
        one.let_go()
    ends = [one.end() for one in all_of_them]  # of all, before one is judged: a test leaves no process behind
    return [_answers(*end) for end in ends]


def _answers(code, out, err):
    assert code == 0, err
    assert err == ""
    return [json.loads(line) for line in out.splitlines() if line != "ready"]
