"""The window and the runner of a queue that is attacked: killed, and brought back as a person or the window would."""

from __future__ import annotations

import subprocess

from tests.chaos.victim import Victim
from tests.runners import wait_for

SLOTS = 3
KEEPS = 3
"""So often a window starts a runner again that died, within ten minutes; after that a person must."""


class Crew:
    """The window and the runner of one queue."""

    def __init__(self, victim: Victim) -> None:
        self._victim = victim
        self.window: subprocess.Popen[bytes] | None = None
        self._deaths = 0
        self._are_counted = True  # whether the window has seen as many deaths
        self._must_be_kept = False

    @property
    def has_window(self) -> bool:
        """Whether its window lives."""
        return self.window is not None and self.window.poll() is None

    @property
    def may_have_given_up(self) -> bool:
        """Whether the runner has died so often under this window that it need not start another."""
        return self._deaths > KEEPS

    def runner(self) -> int | None:
        """The pid of the runner that lives, whether it has its lock already or not; None where there is none."""
        pids = self._victim.pids("--runner")
        return pids[-1] if pids else None

    def open_window(self) -> None:
        """Start the window, which starts the runner, and wait until both are there."""
        self.window = self._victim.start_window()
        self._deaths = 0
        self._are_counted = True
        self.wait_for_runner()

    def runner_was_killed(self, *, while_beginning: bool) -> None:
        """Note a death of the runner: the window is to start another, unless there were too many.

        Args:
            while_beginning: whether the window may not have seen it live.
        """
        self._deaths += 1
        self._are_counted &= not while_beginning
        self._must_be_kept = self.has_window and self._are_counted and self._deaths <= KEEPS

    def bring_back(self) -> str:
        """See to it that a runner lives; return by whom it was brought back.

        Raises:
            AssertionError: the window should have started it, and did not.
        """
        if self._victim.runner_lives() and self._is_ready():
            return "lived on"
        if self._must_be_kept:
            self._must_be_kept = False
            self.wait_for_runner()
            return "by the window"
        # the window that gave up, or did not see the runner live, leaves it to the person; another may be on its way
        self._victim.ask("worker", "start", "--count", str(SLOTS))
        if self.may_have_given_up:  # the window has given up, and who starts the runner by hand forgives
            self._deaths = 0
        self.wait_for_runner()
        return "by hand"

    def wait_for_runner(self) -> None:
        """Wait until a runner has its lock and says that it runs."""
        wait_for(self._is_ready, "a runner that runs")

    def _is_ready(self) -> bool:
        home = self._victim.home
        if not (home.database.exists() and self._victim.runner_lives()):
            return False
        is_running = self._victim.value("SELECT state = 'running' FROM runner")
        return bool(is_running) and self._victim.value("SELECT pid FROM runner") in self._victim.pids("--runner")
