"""Asking about one output at a time: what is answered about another one is dropped."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.store.store import Store
from app.ui.gateway import Gateway


class OutputQuestions(QObject):
    """The questions of one pane.

    Signals:
        free: all is answered, and meanwhile somebody wanted to ask.

    Args:
        gateway: which answers.
        parent: its owner.
    """

    free = Signal()

    def __init__(self, gateway: Gateway, parent: QObject) -> None:
        super().__init__(parent)
        self._gateway = gateway
        self._output = 0
        self._open = 0
        self._again = False

    @property
    def is_busy(self) -> bool:
        """Whether something is not answered yet."""
        return self._open > 0

    def begin_anew(self) -> None:
        """Drop whatever is not answered yet: it is about another output."""
        self._output += 1
        self._open = 0
        self._again = False

    def come_back(self) -> None:
        """Tell when all is answered."""
        self._again = True

    def ask(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Have something read on another thread.

        Args:
            work: does it; an OSError says that the file went away, and nothing is answered.
            then: is given what was read.
        """
        self._open += 1

        def asked(_store: Store) -> Any:
            return work()

        self._gateway.detail(
            self, asked, partial(self._answered, self._output, then), partial(self._failed, self._output)
        )

    def _answered(self, output: int, then: Callable[[Any], None], value: object) -> None:
        if output != self._output:
            return
        self._open -= 1
        then(value)
        self._tell()

    def _failed(self, output: int, error: Exception) -> None:
        if not isinstance(error, OSError):
            raise error
        if output == self._output:
            self._open -= 1
            self._tell()

    def _tell(self) -> None:
        if self._again and not self.is_busy:
            self._again = False
            self.free.emit()
