"""The window and the runner of a queue that is attacked: killed, and brought back as a person or the window would."""

from __future__ import annotations

import subprocess

from tests.chaos.victim import Victim
from tests.runners import wait_for

SLOTS = 3
KEEPS = 3
"""So often a window starts a runner again that died, within ten minutes; after that a person must."""

_GIVEN_UP = "SELECT count(*) FROM notice WHERE args LIKE '%It is not started again by itself.%'"


class Crew:
    """The window and the runner of one queue."""

    def __init__(self, victim: Victim) -> None:
        self._victim = victim
        self.window: subprocess.Popen[bytes] | None = None
        self._deaths = 0
        self._are_counted = True  # whether the window has seen as many deaths
        self._must_be_kept = False
        self._deaths_in_all = 0  # under this window, those too that a person has forgiven
        self._given_up = 0

    @property
    def has_window(self) -> bool:
        """Whether its window lives."""
        return self.window is not None and self.window.poll() is None

    @property
    def has_given_up(self) -> bool:
        """Whether the window has said that it starts no other runner.

        Raises:
            AssertionError: it had no reason to.
        """
        if self._victim.value(_GIVEN_UP) == self._given_up:
            return False
        assert self._deaths_in_all > KEEPS, f"the window gave up after {self._deaths_in_all} deaths"
        return True

    def runner(self) -> int | None:
        """The pid of the runner that lives, whether it has its lock already or not; None where there is none."""
        pids = self._victim.pids("--runner")
        return pids[-1] if pids else None

    def open_window(self) -> None:
        """Start the window, which starts the runner, and wait until both are there."""
        self.window = self._victim.start_window()
        self._deaths = self._deaths_in_all = 0
        self._are_counted = True
        self.wait_for_runner()
        self._given_up = self._victim.value(_GIVEN_UP)

    def runner_was_killed(self, *, while_beginning: bool) -> None:
        """Note a death of the runner: the window is to start another, unless there were too many.

        Args:
            while_beginning: whether the window may not have seen it live.
        """
        self._deaths += 1
        self._deaths_in_all += 1
        self._are_counted &= not while_beginning
        self._must_be_kept = self.has_window and self._are_counted and self._deaths <= KEEPS

    def bring_back(self) -> str:
        """See to it that a runner lives; return by whom it was brought back.

        Raises:
            AssertionError: the window should have started it, and did not.
        """
        if self._victim.runner_lives() and self._is_ready():
            self._given_up = self._victim.value(_GIVEN_UP)
            return "lived on"
        if self._must_be_kept:
            self._must_be_kept = False
            # it may have counted one more than is known here, and then says so
            wait_for(lambda: self._is_ready() or self.has_given_up, "a runner that runs")
            if not self.has_given_up:
                return "by the window"
        # the window that gave up, or did not see the runner live, leaves it to the person; another may be on its way
        self.start_by_hand()
        self.wait_for_runner()
        return "by hand"

    def start_by_hand(self) -> None:
        """Start the runner as a person does, who thereby forgives where the window had given up."""
        self._victim.ask("worker", "start", "--count", str(SLOTS))
        if self._deaths > KEEPS or self.has_given_up:
            self._deaths = 0
            self._given_up = self._victim.value(_GIVEN_UP)

    def wait_for_runner(self) -> None:
        """Wait until a runner has its lock and says that it runs."""
        wait_for(self._is_ready, "a runner that runs")

    def _is_ready(self) -> bool:
        home = self._victim.home
        if not (home.database.exists() and self._victim.runner_lives()):
            return False
        is_running = self._victim.value("SELECT state = 'running' FROM runner")
        return bool(is_running) and self._victim.value("SELECT pid FROM runner") in self._victim.pids("--runner")
