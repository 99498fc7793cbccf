"""How far a long import is, drawn only where a person watches."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_WORTH_A_BAR = 2000


class ImportProgress:
    """Told how many jobs have been handled; draws once there are many and stderr is a terminal."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def __call__(self, handled: int) -> None:
        """Show how many jobs have been handled."""
        if self._progress is None:
            if handled < _WORTH_A_BAR or not sys.stderr.isatty():
                return
            self._draw()
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=handled)

    def _draw(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        # How many there will be is not known: the document is read while its jobs go in.
        columns = (BarColumn(), TextColumn("{task.completed:,.0f} job(s)"), TimeElapsedColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task("", total=None)
        self._progress.start()
