"""The daily backup: made by the runner on a thread of its own, so that it holds up neither claims nor deadlines."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from app.messages import KnownError, Message, message
from app.store.backup_names import DAILY
from app.store.backups import Stopped, back_up, drop_old, is_due
from app.store.database import files_of
from app.store.space import is_low
from app.store.store import Store

_log = logging.getLogger(__name__)

_EVERY: Final = 3_600_000
"""Milliseconds between two looks whether one is due: a computer sleeps, and a clock is set."""

_PAUSE: Final = 0.002
"""Seconds between two steps of a megabyte, so that the disk is not its alone."""


class DailyBackup(QObject):
    """Makes a backup when the newest is a day old and something has changed, and drops those that are too many.

    Args:
        store: whose database is copied; it is not used connected.
        kept: how many daily ones are kept; 0 makes none.
        floor: bytes that are to stay free of the disk: a copy that would take of them would have jobs put back.
        parent: its owner.

    Signals:
        damage_found(KnownError): the database is damaged.
        failed(Message): none could be made, and why; said again only after one could, or needed not.
    """

    damage_found = Signal(object)
    failed = Signal(object)

    def __init__(self, store: Store, kept: int, floor: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._kept = kept
        self._floor = floor
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_failing = False
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Look now, and every hour from now on."""
        self._timer.start()
        self.look()

    def keep(self, count: int, floor: int) -> None:
        """Keep so many from now on, and leave so many bytes of the disk free."""
        self._kept = count
        self._floor = floor

    def look(self) -> None:
        """Make one if it is due, and none is being made."""
        if self._kept == 0 or (self._thread is not None and self._thread.is_alive()):
            return
        self._thread = threading.Thread(target=self._back_up, name="backup", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Leave off what is being copied, and end the thread."""
        self._timer.stop()
        self._closing.set()
        if self._thread is not None:
            self._thread.join()

    def _back_up(self) -> None:
        home, now = self._store.home, self._store.clock()
        try:
            with suppress(Stopped):  # the next runner makes it
                if is_due(home, now) and self._has_room():
                    made = back_up(home, now, DAILY, self._between)
                    self._is_failing = False
                    drop_old(home, self._kept, now)
                    if made is not None:
                        _log.info("backup made", extra={"file": made.path.name, "bytes": made.size})
        except KnownError as error:
            _log.error("no backup was made: %s", error)
            if error.is_damage:
                self.damage_found.emit(error)
            else:
                self._fail(error.message)
        except Exception:  # noqa: BLE001  nobody above a thread would hear of it
            _log.exception("no backup was made")
            self._fail(message("The log of the runner says more."))

    def _has_room(self) -> bool:
        home = self._store.home
        size = 0
        for file in files_of(home.database)[:2]:
            with suppress(FileNotFoundError):
                size += file.stat().st_size
        if not is_low(home.backups, self._floor + size):
            return True
        _log.warning("no backup was made: with %s bytes more the disk would have too little free space", size)
        self._fail(
            message(
                "A copy of {megabytes} MB would leave less of the disk free than disk-floor says.",
                megabytes=-(-size // 1_000_000),
            )
        )
        return False

    def _fail(self, why: Message) -> None:
        if not self._is_failing:
            self._is_failing = True
            self.failed.emit(message("No daily backup was made\n{why}", why=why))

    def _between(self) -> None:
        if self._closing.is_set():
            raise Stopped
        time.sleep(_PAUSE)
