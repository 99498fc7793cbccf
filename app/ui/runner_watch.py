"""Looking at the runner until something has come about: its lock rings no bell."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec import Struct
from PySide6.QtCore import QElapsedTimer, QObject, QTimer

from app.locks import ProcessLock
from app.store.runner_store import RunnerRow
from app.store.store import Store
from app.ui.gateway import Gateway


class Facts(Struct, frozen=True):
    """Whether a runner lives, what it says of itself, and its answer to what was asked, if it was."""

    lives: bool
    row: RunnerRow
    answer: str | None = None


_SAFETY = 2000
"""Milliseconds between two looks that need no change: a killed runner rings no bell."""

_AFTERWARDS = 250
"""Milliseconds after a change until it is looked at again: what a runner says it does, it does a moment later, unheard.

So it lets go of its lock and ends after it has said that it leaves.
"""


class Watch(QObject):
    """Looks at the runner at each change, soon after it, and now and then, until it is stopped."""

    def __init__(self, gateway: Gateway, seen: Callable[[Facts], None], parent: QObject) -> None:
        super().__init__(parent)
        self._gateway = gateway
        self._seen = seen
        self._number: int | None = None
        self._since = QElapsedTimer()
        self._safety, self._afterwards = QTimer(self), QTimer(self)
        self._safety.setInterval(_SAFETY)
        self._afterwards.setInterval(_AFTERWARDS)
        self._afterwards.setSingleShot(True)
        for timer in (self._safety, self._afterwards):
            timer.timeout.connect(self._look)
        gateway.changed.connect(self._changed)

    @property
    def milliseconds(self) -> int:
        """How long it has watched."""
        return self._since.elapsed()

    def start(self, number: int | None = None) -> None:
        """Begin to watch, or begin anew; ``number`` is that of a question whose answer is waited for."""
        self._number = number
        self._since.start()
        self._safety.start()
        self._look()

    def stop(self) -> None:
        """Look no more."""
        self._since.invalidate()
        self._safety.stop()
        self._afterwards.stop()

    def is_unanswered(self, facts: Facts) -> bool:
        """Whether a living runner has not answered what was asked."""
        return self._number is not None and facts.answer is None and facts.lives

    def _changed(self) -> None:
        if self._since.isValid():
            self._look()
            self._afterwards.start()

    def _look(self) -> None:
        if self._since.isValid():
            number = self._number
            self._gateway.look(
                self, lambda store: _facts(store, number), partial(self._came, number), key=("runner", id(self))
            )

    def _came(self, number: int | None, facts: Facts) -> None:
        if self._since.isValid() and number == self._number:
            self._seen(facts)


def _facts(store: Store, number: int | None) -> Facts:
    lives = ProcessLock(store.home.runner_lock).is_held()
    answer = None if number is None else store.runner.answer_to(number)
    return Facts(lives, store.runner.row(), answer)
