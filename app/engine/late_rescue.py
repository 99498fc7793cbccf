"""What a dead runner left and could not be ended at the start: ended beside the work, as soon as that can be done."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from app.engine.ending import Ended, Endings
from app.engine.rescue import put_back, tree_of
from app.engine.writer import Writer
from app.store.work import OpenRun


class LateRescue(QObject):
    """Ends what is left of such runs; their jobs stay processing until it is gone, and then wait again.

    Nothing of it happens on the event loop: a sweep takes milliseconds, and the database may be busy for seconds,
    while the deadlines of running jobs must fire.

    Args:
        runs: those that ``rescue`` could not put back.
        endings: ends their trees.
        writer: puts their jobs back.
        parent: its owner.
    """

    put_back = Signal()
    """A job waits again: who hands jobs out must look, though nobody but this process changed anything."""

    def __init__(
        self, runs: Sequence[OpenRun], endings: Endings, writer: Writer, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._writer = writer
        self._left = {tree_of(run): run for run in runs}
        endings.ended.connect(self._on_ended)
        for tree in self._left:
            endings.end(tree, 0)

    def _on_ended(self, ended: Ended) -> None:
        run = self._left.pop(ended.tree, None)
        if run is None:
            return
        left = {run.seq: ended.told} if ended.found else {}
        self._writer.submit(lambda store: put_back(store, [run], left), lambda _: self.put_back.emit())
