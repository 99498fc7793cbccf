"""Looking at the runner until something has come about: its lock rings no bell."""

from __future__ import annotations

from collections.abc import Callable

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


class Watch(QObject):
    """Looks at the runner at each change and now and then, until it is stopped."""

    def __init__(self, gateway: Gateway, seen: Callable[[Facts], None], parent: QObject) -> None:
        super().__init__(parent)
        self._gateway = gateway
        self._seen = seen
        self._number: int | None = None
        self._since = QElapsedTimer()
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self._look)
        gateway.changed.connect(self._look)

    @property
    def milliseconds(self) -> int:
        """How long it has watched."""
        return self._since.elapsed()

    def start(self, number: int | None = None) -> None:
        """Begin to watch, or begin anew; ``number`` is that of a question whose answer is waited for."""
        self._number = number
        self._since.start()
        self._look()

    def stop(self) -> None:
        """Look no more."""
        self._since.invalidate()
        self._again.stop()

    def is_unanswered(self, facts: Facts) -> bool:
        """Whether a living runner has not answered what was asked."""
        return self._number is not None and facts.answer is None and facts.lives

    def again(self, milliseconds: int) -> None:
        """Look again after so long, unless a change comes first."""
        self._again.start(milliseconds)

    def _look(self) -> None:
        if self._since.isValid():
            number = self._number
            self._gateway.look(self, lambda store: _facts(store, number), self._came, key=("runner", id(self)))

    def _came(self, facts: Facts) -> None:
        if self._since.isValid():
            self._seen(facts)


def _facts(store: Store, number: int | None) -> Facts:
    lives = ProcessLock(store.home.runner_lock).is_held()
    answer = None if number is None else store.runner.answer_to(number)
    return Facts(lives, store.runner.row(), answer)
