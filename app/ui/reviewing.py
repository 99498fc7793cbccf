"""From what comes in to the review of it: files, text and pastes, wherever they come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from app.ui.incoming import Incoming
from app.ui.tools import Tools

if TYPE_CHECKING:
    from app.ui.review_dialog import ReviewDialog
    from app.ui.review_documents import Document


class Reviewing(QObject):
    """One review at a time: what comes while it is open joins it.

    Signals:
        added(seqs, skipped): jobs were added; a list of their numbers, and how many were left out as duplicates.
        failed(KnownError): the queue can't be looked at.

    Args:
        tools: the window's things.
        window: over which the review stands.
    """

    added = Signal(object, int)
    failed = Signal(object)

    def __init__(self, tools: Tools, window: QWidget) -> None:
        super().__init__(window)
        self._tools = tools
        self._window = window
        self._dialog: ReviewDialog | None = None
        self.incoming = Incoming(tools.gateway, self)
        self.incoming.began.connect(self._began)
        self.incoming.read.connect(self._read)
        self.incoming.failed.connect(self._failed)
        self.incoming.stopped.connect(self._stopped)

    def open_files(self, paths: Sequence[str]) -> None:
        """Review job files; their paths are absolute."""
        self.incoming.open_files(paths)

    def paste(self, data: QMimeData) -> None:
        """Review what is on the clipboard."""
        self.incoming.take_mime(data)

    @property
    def dialog(self) -> ReviewDialog | None:
        """The review that is open."""
        return self._dialog

    def stop(self) -> None:
        """Call off what is being read or added."""
        self.incoming.stop()
        if self._dialog is not None and self._dialog.is_adding:
            self._dialog.reject()

    def _began(self) -> None:
        self._open().wait_for(True)

    def _read(self, documents: Sequence[Document]) -> None:
        dialog = self._open()
        dialog.wait_for(self.incoming.is_reading)
        dialog.take(documents)

    def _failed(self, error: object) -> None:
        self._stopped()
        self.failed.emit(error)

    def _stopped(self) -> None:
        if self._dialog is None:
            return
        self._dialog.wait_for(self.incoming.is_reading)
        if self._dialog.is_empty and not self.incoming.is_reading:
            self._dialog.reject()

    def _open(self) -> ReviewDialog:
        if self._dialog is None:
            from app.ui.review_dialog import ReviewDialog

            self._dialog = ReviewDialog(self._tools, self._window)
            self._dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            self._dialog.added.connect(self.added)
            self._dialog.stop_asked.connect(self.incoming.stop)
            self._dialog.read_again_asked.connect(self.open_files)
            self._dialog.finished.connect(self._over)
        return self._dialog

    def _over(self) -> None:
        self._dialog = None
