"""The installed command, as a person has it: real processes, a home of its own, nothing of the test process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.launch import without_job_variables
from app.locks import ProcessLock
from tests.runners import wait_for
from tests.wine import UNDER_WINE


class Answer:
    """What a command said."""

    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    @property
    def lines(self):
        return self.out.splitlines()


class Queuectl:
    """Calls ``queuectl`` in a folder, on a home."""

    def __init__(self, home, folder):
        self.home = home
        self.folder = folder
        self.program = Path(sys.executable).with_name("queuectl" + (".exe" if sys.platform == "win32" else ""))
        self.command = [str(self.program)]
        if UNDER_WINE:  # nothing is installed there: the checkout itself is on Python's path
            self.command = [sys.executable, "-c", "import sys; from app.bootstrap import console; sys.exit(console())"]
        else:
            assert self.program.exists(), "the command is not installed: python3 packaging/dev.py test installs it"
        self.environment = {**without_job_variables(os.environ), "QUEUECTL_HOME": str(home.root)}

    def __call__(self, *words, code=0, stdin=""):
        answer = self.ask(*words, stdin=stdin)
        assert answer.code == code, (words, answer.code, answer.out, answer.err)
        return answer

    def ask(self, *words, stdin=""):
        """Call, whatever comes of it."""
        return Answer(
            subprocess.run(
                [*self.command, *words],
                cwd=self.folder,
                env=self.environment,
                input=stdin,
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=120,
                check=False,
            )
        )

    def popen(self, *words, **more):
        """Start a call and go on."""
        return subprocess.Popen([*self.command, *words], cwd=self.folder, env=self.environment, **more)

    def json(self, *words):
        return json.loads(self(*words, "--json").out)

    def states(self):
        return {job["id"]: job["state"] for job in self.json("list")}

    def wait_for(self, **states):
        """Wait until each job is in its state."""
        wait_for(lambda: {id: self.states().get(id) for id in states} == states, states)


@pytest.fixture
def queuectl(home, tmp_path):
    """The command, on an empty home; a runner that it leaves is stopped at the end."""
    folder = tmp_path / "folder"
    folder.mkdir()
    command = Queuectl(home, folder)
    yield command
    command.ask("worker", "stop", "--now")
    assert not home.runner_lock.exists() or not ProcessLock(home.runner_lock).is_held()
