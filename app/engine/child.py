"""The process of a worker: made once, and used for one run after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QProcess, Slot

if TYPE_CHECKING:
    from app.engine.run import JobRun


class Child(QObject):
    """Passes on to a worker's present run what its process says.

    It is used again since making a QProcess and its connections, and deleting them, would cost the event loop 0.06 ms
    for each short job.

    Args:
        parent: its owner.

    Attributes:
        run: whose process it is now; None between two runs.
        process: not running between two runs; it reads nothing, and its errors go where its output goes.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run: JobRun | None = None
        self.process = QProcess(self)
        self.process.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
        self.process.setStandardInputFile(QProcess.nullDevice())
        self.process.started.connect(self._started)
        self.process.finished.connect(self._finished)
        self.process.errorOccurred.connect(self._failed)

    @Slot()
    def _started(self) -> None:
        if self.run is not None:
            self.run.on_started()

    @Slot(int, QProcess.ExitStatus)
    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        if self.run is not None:
            self.run.on_finished(code, status)

    @Slot(QProcess.ProcessError)
    def _failed(self, error: QProcess.ProcessError) -> None:
        if self.run is not None:
            self.run.on_error(error)
