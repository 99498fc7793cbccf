"""The queue behind the window, looked at and filled through the command line."""

import json
import os
import signal

from tests.desktop.real.screen import wait_until


class Queue:
    """The queue of a program under test."""

    def __init__(self, screen, program):
        self._screen = screen
        self._program = program

    def do(self, *words):
        """Carry out a command, and return what it printed."""
        target = self._program.target
        command = [*target.console, "--home", target.path(self._program.queue), *words]
        tool = ["env", *(f"{name}={value}" for name, value in target.environment.items()), *command]
        return self._screen.ask(*tool, check=True)

    def enqueue(self, id, command, **fields):
        """Add a job."""
        self.do("enqueue", json.dumps({"id": id, "command": command, **fields}))

    def jobs(self):
        """All jobs as ``list --json`` tells them, by id."""
        return {job["id"]: job for job in json.loads(self.do("list", "--json"))}

    def states(self):
        """The state of each job, by id."""
        return {id: job["state"] for id, job in self.jobs().items()}

    def wait_for(self, **states):
        """Wait until each of these jobs is in its state."""
        wait_until(lambda: {id: self.states().get(id) for id in states} == states, str(states), look=0.2)

    def runner(self):
        """The pid of the living runner, or None."""
        told = json.loads(self.do("status", "--json"))["runner"]
        return told and told["pid"]

    def wait_for_runner(self, other_than=None):
        """Wait until a runner works, and return its pid."""
        words = "a runner" if other_than is None else "another runner"
        return wait_until(lambda: (pid := self.runner()) != other_than and pid, words, look=0.2)

    def kill_runner(self):
        """Kill -9 of the runner; return the pid it told."""
        told = self.wait_for_runner()
        # Under Wine it tells the pid that Windows programs know it by.
        (pid,) = self._program.pids("--runner")
        os.kill(pid, signal.SIGKILL)
        return told
