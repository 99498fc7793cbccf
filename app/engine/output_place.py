"""The folder of outputs as the pool sees it: while nothing can be made there no job is started, which is said once."""

from __future__ import annotations

import logging

from app.domain.outcome import Reason
from app.engine.writer import Writer
from app.messages import message
from app.store.notices import NoticeKind
from app.store.outputs import Outputs

_log = logging.getLogger(__name__)


class OutputPlace:
    """Remembers that a run was refused for want of an output, until one can be made.

    Args:
        outputs: of the queue.
        writer: the database's thread.
    """

    def __init__(self, outputs: Outputs, writer: Writer) -> None:
        self._outputs = outputs
        self._writer = writer
        self._is_closed = False

    def refused(self) -> None:
        """Take notice that an output could not be made, and tell it where it was not known."""
        if self._is_closed:
            return
        self._is_closed = True
        _log.warning("%s: nothing is started until it can", Reason.NO_OUTPUT)
        words = message(
            "No job can be started\nThe folder of outputs, {folder}, can't be written to. Jobs go on by themselves once"
            " it can.",
            folder=self._outputs.folder,
        )
        self._writer.submit(lambda store: store.notices.add(NoticeKind.RUNNER, words))

    def look(self) -> bool:
        """Whether outputs can be made, as far as is known; it is only tried where one could not."""
        if self._is_closed and self._outputs.takes_any():
            self._is_closed = False
            _log.warning("the folder of outputs can be written to again")
        return not self._is_closed
