"""Hearing on Windows that the person logs off, or that the console window is closed.

A program without windows gets no such message, so this makes one that is never shown. It has a thread of its own:
Windows may end the process as soon as the message has been answered, so the answer waits until the listener has done
what it must, and the event loop has to be free to do it.
"""

from __future__ import annotations

import logging
import sys
import threading
from typing import Any

from PySide6.QtCore import QObject, Signal

if sys.platform != "win32":
    raise ImportError("messages of this kind are Windows'")

import pywintypes
import win32api
import win32con
import win32gui

_log = logging.getLogger(__name__)

_PATIENCE = 4.5
"""Seconds. Windows waits five for an answer, and then ends the process."""

_LOG_OFF = 0x80000000
"""Bit of WM_ENDSESSION's second number; without it the computer is shut down."""

_CLOSE = win32con.WM_APP


class SessionEnd(QObject):
    """Tells that everything ends, and holds it up until ``close``, for 4.5 seconds at most.

    Args:
        parent: its owner.
    """

    came = Signal(str)
    """What ends, in a word for the record. Sent on another thread: connect a QObject's method."""
    asked = Signal()
    """Somebody asked this process to close, as ``taskkill`` does. Sent on another thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._over = threading.Event()
        self._ready = threading.Event()
        self._window = 0
        self._thread = threading.Thread(target=self._listen, name="session end", daemon=True)
        self._thread.start()
        self._ready.wait()
        self._console_handler = self._on_console  # taken back by this very object
        win32api.SetConsoleCtrlHandler(self._console_handler, True)

    @property
    def window(self) -> int:
        """The handle of the hidden window; 0 where none could be made."""
        return self._window

    def close(self) -> None:
        """Say that all is done, and stop listening; does nothing the second time."""
        if self._over.is_set():
            return
        self._over.set()
        win32api.SetConsoleCtrlHandler(self._console_handler, False)
        if self._window:
            win32gui.PostMessage(self._window, _CLOSE, 0, 0)
        self._thread.join(_PATIENCE)

    def _listen(self) -> None:
        try:
            window_class: Any = win32gui.WNDCLASS()
            window_class.lpszClassName = f"QueueCTL session end {id(self)}"
            window_class.lpfnWndProc = self._on_message
            # Not a message-only window: those are not told of the session's end.
            self._window = win32gui.CreateWindow(
                win32gui.RegisterClass(window_class), "QueueCTL", 0, 0, 0, 0, 0, 0, 0, 0, None
            )
        except pywintypes.error as error:  # a service without a desktop
            _log.warning("the end of the session will not be heard: %s", error)
        finally:
            self._ready.set()
        if self._window:
            win32gui.PumpMessages()

    def _on_message(self, window: int, message: int, first: int, second: int) -> int:
        if message == win32con.WM_QUERYENDSESSION:
            return 1
        if message == win32con.WM_ENDSESSION:
            if first:  # 0: somebody else held it up, and it goes on
                self._tell("log-off" if second & _LOG_OFF else "shutdown")
            return 0
        if message == win32con.WM_CLOSE:
            self.asked.emit()
            return 0
        if message == _CLOSE:
            win32gui.DestroyWindow(window)
            win32gui.PostQuitMessage(0)
            return 0
        return int(win32gui.DefWindowProc(window, message, first, second))

    def _on_console(self, event: int) -> bool:
        """Python makes SIGBREAK of these too, and answers at once, which ends the process before anything is done."""
        words = {
            win32con.CTRL_CLOSE_EVENT: "console closed",
            win32con.CTRL_LOGOFF_EVENT: "log-off",
            win32con.CTRL_SHUTDOWN_EVENT: "shutdown",
        }
        if event in words:
            self._tell(words[event])
        return event in words

    def _tell(self, what: str) -> None:
        self.came.emit(what)
        self._over.wait(_PATIENCE)
