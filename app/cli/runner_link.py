"""What the command line has to do with a runner: whether it lives, asking it, waiting until it is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from app.locks import ProcessLock
from app.messages import KnownError, message

if TYPE_CHECKING:
    from app.cli.waiting import Waiting
    from app.store.runner_store import Ask, RunnerRow
    from app.store.store import Store

PATIENCE = 10.0
"""Seconds in which a runner that is well has answered."""

_ANSWER_FOR_ANOTHER = "the runner was gone"
"""A runner that begins says this to whatever was asked of the one before it."""


class RunnerSilent(KnownError):
    """A runner lives, and does not answer."""

    def __init__(self, pid: int | None) -> None:
        super().__init__(
            "The runner (PID: {pid}) is alive, but has not answered for {patience:g} s",
            pid=pid or "unknown",
            patience=PATIENCE,
            remedy=message("Its log in the folder logs may say why. If it hangs, end that process and call again."),
        )


class RunnerLink:
    """The runner of one store, as seen from here."""

    def __init__(self, store: Store, waiting: Waiting) -> None:
        self._store = store
        self._waiting = waiting
        self.lock = ProcessLock(store.home.runner_lock, waiting.sleep)

    def living(self) -> RunnerRow | None:
        """Return what the living runner says of itself, or None where none lives."""
        return self._store.runner.row() if self.lock.is_held() else None

    def tell_what_holds_up(self) -> None:
        """Tell a person who waits for jobs why that may last: on stderr, where it is so."""
        if self.living() is None:
            click.echo("No runner is running; start one with: queuectl worker start", err=True)
        elif self._store.reads.is_paused():
            click.echo("The queue is paused; go on with: queuectl resume", err=True)

    def ask(self, verb: Ask, amount: int | None = None) -> tuple[RunnerRow, str] | None:
        """Ask the living runner, and wait for its answer.

        Returns:
            What it said of itself when it was asked, and its answer; None when it was gone meanwhile.

        Raises:
            RunnerSilent: it lives and does not answer.
        """
        before = self._store.runner.row()
        number = self._store.runner.ask(verb, amount)
        answer = self._waiting.until(self._store.doorbell, lambda: self._answer(number), PATIENCE)
        now = self._store.runner.row()
        if answer is None:
            raise RunnerSilent(now.pid)
        if answer != _ANSWER_FOR_ANOTHER:
            # a runner that had just taken the lock had not begun yet: the row was still the one before's
            return before if before.pid == now.pid else now, answer
        return self.ask(verb, amount) if self.lock.is_held() else None

    def _answer(self, number: int) -> str | None:
        answer = self._store.runner.answer_to(number)
        if answer is None and not self.lock.is_held():
            return _ANSWER_FOR_ANOTHER
        return answer

    def wait_until_gone(self) -> None:
        """Wait, without a limit, until no runner lives."""
        self._waiting.until(self._store.doorbell, lambda: None if self.lock.is_held() else True)
