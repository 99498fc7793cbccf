"""Keeping the computer awake while jobs run, through the platform's own means."""

from __future__ import annotations

import logging
import shutil
import sys

from PySide6.QtCore import QObject, QProcess

_log = logging.getLogger(__name__)

_PID = "pid"
_REASON = "QueueCTL is running jobs"


class KeepAwake(QObject):
    """Holds off sleep while it is on.

    Windows has a call for it. macOS and Linux have a program that holds sleep off while another one runs: here ``cat``,
    which ends when the pipe to it is closed, be it by us or by the death of the runner.

    Args:
        live: pids of the runner's own children; the helper's is kept in it while it lives.
        parent: its owner.
    """

    def __init__(self, live: set[int], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._live = live
        self._on = False
        self._helper: QProcess | None = None
        self._said = False

    def set(self, on: bool) -> None:
        """Hold sleep off from now on, or no longer."""
        if on is self._on:
            return
        self._on = on
        if sys.platform == "win32":
            _set_execution_state(on)
        elif on:
            self._start_helper()
        else:
            self._end_helper()

    def _start_helper(self) -> None:
        command = helper_command(sys.platform)
        if command is None:
            if not self._said:
                _log.warning("this system offers no way to keep it awake")
                self._said = True
            return
        helper = QProcess(self)
        helper.finished.connect(self._helper_ended)
        helper.start(command[0], command[1:])
        pid = helper.processId()
        helper.setProperty(_PID, pid)  # it forgets it when it has ended
        self._live.add(pid)
        self._helper = helper

    def _end_helper(self) -> None:
        if self._helper is not None:
            self._helper.closeWriteChannel()
            self._helper = None

    def _helper_ended(self) -> None:
        helper = self.sender()
        if isinstance(helper, QProcess):
            self._live.discard(int(helper.property(_PID)))
            helper.deleteLater()
        if helper is self._helper:
            self._helper = None


def helper_command(platform: str) -> list[str] | None:
    """Return the program that holds off sleep while it lives, with its arguments; None where there is none.

    Args:
        platform: as in ``sys.platform``.
    """
    if platform == "darwin":
        program = shutil.which("caffeinate")
        return None if program is None else [program, "-i", "cat"]
    program = shutil.which("systemd-inhibit")
    if program is None:
        return None
    return [program, "--what=sleep:idle", "--who=QueueCTL", f"--why={_REASON}", "--mode=block", "cat"]


def _set_execution_state(on: bool) -> None:
    if sys.platform == "win32":
        import ctypes

        continuous, system_required = 0x80000000, 0x00000001
        ctypes.windll.kernel32.SetThreadExecutionState(continuous | (system_required if on else 0))
