"""What comes into the window: dropped, pasted, opened or handed over, it is read and validated on another thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from PySide6.QtCore import QDir, QMimeData, QObject, Signal

from app.messages import KnownError
from app.paths import own_folder
from app.store.store import Store
from app.ui import counts
from app.ui.gateway import Gateway
from app.ui.review_documents import JOB_FILES, Document, Reader, Stopped
from app.ui.wording import tr


@dataclass(frozen=True)
class _Task:
    """Something that is being read."""

    read: Callable[[Reader], list[Document]]
    stopped: threading.Event


class Incoming(QObject):
    """Reads what comes in.

    Signals:
        began: something is being read; ``read`` or ``failed`` follows.
        read(object): a list of Document, in the order given.
        failed(object): a KnownError: the queue itself can't be looked at.
        stopped: the reading was called off.

    Args:
        gateway: whose thread for long work is used.
        parent: its owner.
    """

    began = Signal()
    read = Signal(object)
    failed = Signal(object)
    stopped = Signal()

    def __init__(self, gateway: Gateway, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._gateway = gateway
        self._tasks: list[_Task] = []

    @property
    def is_reading(self) -> bool:
        """Whether something is being read."""
        return bool(self._tasks)

    def open_files(self, paths: Sequence[str]) -> None:
        """Read job files. Whatever else is among them comes back as a document that says so.

        Args:
            paths: absolute; a file's jobs run in its folder.
        """
        files = list(dict.fromkeys(paths))
        if files:
            self._ask(lambda reader: [reader.file(path) for path in files])

    def take_text(self, text: str, folder: str) -> None:
        """Read JSON of any form a job file can have, or else lines of which each is a command.

        Args:
            text: what was pasted or dropped.
            folder: absolute; where its jobs run.
        """
        if text.strip():
            self._ask(lambda reader: [reader.text(text, folder)])

    def take_mime(self, data: QMimeData) -> None:
        """Read what was dropped or pasted; text runs in the person's home folder."""
        if data.hasUrls():
            paths = (QDir.toNativeSeparators(url.toLocalFile()) for url in data.urls())
            self.open_files([path for path in paths if path])
        elif data.hasText():
            self.take_text(data.text(), str(own_folder()))

    def accepts(self, data: QMimeData) -> str | None:
        """Return what taking this would do, in words; None where there is nothing to take.

        Only names are looked at: a drag waits for this.
        """
        if data.hasUrls():
            names = [url.toLocalFile() for url in data.urls()]
            count = sum(PurePath(name).suffix.lower() in JOB_FILES for name in names)
            return tr("Add the jobs of {files}").format(files=counts.files(count)) if count else None
        return tr("Add jobs from text") if data.hasText() and data.text().strip() else None

    def stop(self) -> None:
        """Call off all reading."""
        for task in self._tasks:
            task.stopped.set()

    def _ask(self, read: Callable[[Reader], list[Document]]) -> None:
        task = _Task(read, threading.Event())
        self._tasks.append(task)
        self.began.emit()

        def work(store: Store) -> list[Document]:
            return task.read(Reader(store.options.defaults(), task.stopped.is_set))

        def done(documents: list[Document]) -> None:
            self._tasks.remove(task)
            self.read.emit(documents)

        def failed(error: Exception) -> None:
            self._tasks.remove(task)
            self._tell(error)

        self._gateway.file(self, work, done, failed)

    def _tell(self, error: Exception) -> None:
        if isinstance(error, Stopped):
            self.stopped.emit()
        elif isinstance(error, KnownError):
            self.failed.emit(error)
        else:
            raise error
