"""One window for each home: the first start keeps a lock, every later one hands its files over and ends.

Who holds the lock is the first, and nobody else touches its socket. The lock ends with its process, so after a kill -9
the next start takes over.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.locks import ProcessLock
from app.paths import Home

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

_log = logging.getLogger(__name__)

MOST = 65_536
"""Bytes of one message, its line end included."""

MOST_CALLERS = 32
"""So many are listened to at once; all together they can hold no more than two megabytes here."""

PATIENCE = 20.0
"""Seconds in which a first start that is still beginning must have come to listen."""

_BETWEEN = 0.05
_SENDS_WITHIN = 5000
_MOST_PATH = 100
"""Bytes of a socket's path: systems take 104 or 108, an end mark and Qt's temporary name included."""

_SHOW, _LEAVE = {"show": True}, {"leave": True}
_DONE, _REFUSED = b"done\n", b"refused\n"


class Start(Enum):
    """What a start of the window has turned out to be."""

    FIRST = "first"
    HANDED_OVER = "handed over"
    UNANSWERED = "unanswered"
    """Another holds the lock and does not answer: it hangs, or is just ending."""


@dataclass(frozen=True)
class _Wish:
    """What another start asks for: files to be opened, or the end; without either, the window is to be shown."""

    files: list[str] = field(default_factory=list)
    leave: bool = False


class SingleInstance(QObject):
    """The first window of a home, or the way to it.

    Signals:
        shown_asked: another start wants the window to be seen; comes before ``files_asked`` too.
        files_asked: a list of absolute paths that another start wants opened.
        leave_asked: the window is to end without a question; jobs go on.

    Args:
        home: whose window it is; its folders exist.
        parent: its owner.
    """

    shown_asked = Signal()
    files_asked = Signal(object)  # not list: Qt would make its own strings of the names, which lose what is no text
    leave_asked = Signal()

    def __init__(self, home: Home, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = ProcessLock(home.window_lock)
        self._address = _address(home)
        self._server: QLocalServer | None = None

    def start(self, files: Sequence[str], patience: float = PATIENCE, *, show: bool = True) -> Start:
        """Become the first, or hand files over to it and have it shown. Waits: call it before there is a window.

        The first one has other starts wait until it listens, too.

        Args:
            files: to be opened; relative ones are meant from this process's folder.
            patience: seconds to wait for a first one that does not answer yet.
            show: whether it is shown where there is nothing to open.

        Raises:
            UnusableHome: the home lets nobody be the first.
        """
        if self._lock.take():
            return Start.FIRST
        give_up = time.monotonic() + patience
        messages = list(_messages([os.path.abspath(file) for file in files])) if files or show else []
        while True:
            while messages and self._send(messages[0], give_up):
                messages = messages[1:]
            if not messages:
                return Start.HANDED_OVER
            if time.monotonic() > give_up:
                return Start.UNANSWERED
            time.sleep(_BETWEEN)
            if self._lock.take():
                return Start.FIRST

    def ask_to_leave(self, patience: float = PATIENCE) -> None:
        """Ask the first to end, where there is one. Waits until it has heard, not until it is gone.

        Args:
            patience: seconds to wait for one that does not answer.
        """
        give_up = time.monotonic() + patience
        while self._lock.is_held() and not self._send(_line(_LEAVE), give_up) and time.monotonic() < give_up:
            time.sleep(_BETWEEN)

    def close(self) -> None:
        """Stop listening, and let the next start be the first."""
        if self._server is not None:
            self._server.close()
        self._lock.release()

    def listen(self) -> None:
        """Hear later starts; only the first one may do so."""
        from PySide6.QtNetwork import QLocalServer

        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._greet)
        # what lies there is stale: whoever made it held the lock
        QLocalServer.removeServer(self._address)
        if not self._server.listen(self._address):
            _log.warning("other starts can't reach this window: %s", self._server.errorString())

    def _send(self, line: bytes, give_up: float) -> bool:
        """Tell whether a message was taken. One that was sent is waited for: sent anew it might be heard twice."""
        if not _is_ours(self._address):
            return False
        from PySide6.QtNetwork import QLocalSocket

        socket = QLocalSocket()
        socket.connectToServer(self._address)
        if not socket.waitForConnected(_left(give_up)):
            return False
        _let_it_come_forward()
        socket.write(line)
        while socket.bytesToWrite():
            if not socket.waitForBytesWritten(_left(give_up)):
                return False
        while not socket.canReadLine():
            if not socket.waitForReadyRead(_left(give_up)):
                return False
        return socket.readLine().data() == _DONE

    def _greet(self) -> None:
        while self._server is not None and (socket := self._server.nextPendingConnection()) is not None:
            if len(self._server.findChildren(_Caller)) < MOST_CALLERS:
                _Caller(socket, self)
            else:
                _log.warning("a connection from another start was refused: there are %s already", MOST_CALLERS)
                socket.abort()
                socket.deleteLater()

    def do(self, wish: _Wish) -> None:
        """Tell what another start asked for."""
        if wish.leave:
            self.leave_asked.emit()
            return
        self.shown_asked.emit()
        if wish.files:
            self.files_asked.emit(wish.files)


class _Caller(QObject):
    """One connection: takes one line, answers, and ends; also where nothing comes."""

    def __init__(self, socket: QLocalSocket, instance: SingleInstance) -> None:
        super().__init__(socket)
        self._socket = socket
        self._instance = instance
        socket.setReadBufferSize(MOST + 1)
        socket.readyRead.connect(self._look)
        socket.disconnected.connect(socket.deleteLater)
        QTimer.singleShot(_SENDS_WITHIN, self, self._socket.abort)
        self._look()

    def _look(self) -> None:
        if self._socket.canReadLine():
            self._answer(bytes(self._socket.readLine(MOST + 1).data()))
        elif self._socket.bytesAvailable() > MOST:
            self._answer(bytes(self._socket.readAll().data()))

    def _answer(self, line: bytes) -> None:
        self._socket.readyRead.disconnect(self._look)
        wish = _asked(line)
        self._socket.write(_REFUSED if wish is None else _DONE)
        self._socket.flush()  # the other start waits, however long the window takes now
        self._socket.disconnectFromServer()
        if wish is None:
            _log.warning("a message of %s bytes from another start was refused", len(line))
        else:
            self._instance.do(wish)


def _left(give_up: float) -> int:
    """Return the milliseconds until then."""
    return max(1, round((give_up - time.monotonic()) * 1000))


def _asked(line: bytes) -> _Wish | None:
    """Return what a message asks for; None where it is not one of the three kinds."""
    if len(line) > MOST or not line.endswith(b"\n"):
        return None
    import json

    try:
        wish = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if wish == _SHOW and wish["show"] is True:
        return _Wish()
    if wish == _LEAVE and wish["leave"] is True:
        return _Wish(leave=True)
    files = wish.get("open") if isinstance(wish, dict) and len(wish) == 1 else None
    if not isinstance(files, list) or not files:
        return None
    return _Wish(files) if all(isinstance(file, str) and Path(file).is_absolute() for file in files) else None


def _messages(files: list[str]) -> Iterator[bytes]:
    """Yield the lines that have files opened, each of a size that is taken; without files, the one that shows."""
    if not files:
        yield _line(_SHOW)
    part: list[str] = []
    for file in files:
        if part and len(_line({"open": [*part, file]})) > MOST:
            yield _line({"open": part})
            part = []
        part.append(file)
    if part:
        yield _line({"open": part})


def _line(wish: object) -> bytes:
    import json

    return json.dumps(wish).encode("ascii") + b"\n"


def _address(home: Home) -> str:
    """Return where the first one listens.

    On POSIX that is in the home, which is the person's alone; the temporary folder is everybody's, and two sessions of
    a person need not have the same. Only a path too long for a socket leads there.
    """
    if sys.platform != "win32":
        socket = str(home.data / "window.sock")
        if len(os.fsencode(socket)) <= _MOST_PATH:
            return socket
    import getpass
    import hashlib

    from PySide6.QtCore import QDir

    digest = hashlib.sha256(os.path.normcase(home.root).encode()).hexdigest()[:16]
    name = f"queuectl-{getpass.getuser()}-{digest}"
    return name if sys.platform == "win32" else QDir(QDir.tempPath()).filePath(name)


if sys.platform == "win32":
    import ctypes

    _ANYBODY = -1

    def _is_ours(_address: str) -> bool:
        """A pipe has no owner to look at; its name holds the person's, and UserAccessOption keeps others out."""
        return True

    def _let_it_come_forward() -> None:
        """Only who was started by the person may put a window in front; pass that right on."""
        ctypes.windll.user32.AllowSetForegroundWindow(_ANYBODY)

else:

    def _is_ours(address: str) -> bool:
        """Whether a socket is there, and the person's own: anybody can make one in the temporary folder."""
        try:
            return os.lstat(address).st_uid == os.getuid()
        except FileNotFoundError:
            return False

    def _let_it_come_forward() -> None:
        """Nothing has to be passed on here."""
