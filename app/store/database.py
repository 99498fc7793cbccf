"""SQLite's own things: connecting, beginning, committing, versions.

What another kind of database would do differently stands here and nowhere else in the store, but for its copies
(``copying``), its errors (``sqlite_errors``) and the migrations.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

import apsw
from playhouse.apsw_ext import APSWDatabase

from app.store import shared_memory
from app.store.errors import Damaged, HomeGone, NewerDatabase, OlderDatabase
from app.store.progress_note import PROGRESS, ProgressNote
from app.store.sqlite_errors import ERRORS, known_errors, meaning

Row = tuple[Any, ...]
KillPoint = Callable[[str], None]

APPLICATION_ID: Final = 0x51435432
"""Marks a file as ours ("QCT2"): a zero-length file would otherwise open as an empty database."""

_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "full",  # an acknowledged job survives a power cut
    "foreign_keys": "on",
    "temp_store": "memory",
    "cache_size": -8192,
}


def no_kill_point(name: str) -> None:
    """Do nothing: tests put something deadly here."""


def by_index(name: str) -> str:
    """Return the words that fix which index a statement uses.

    Without statistics SQLite prefers the index on the state to the partial one and sorts: 152 ms a claim at a million
    pending jobs, 0.45 ms with these words.
    """
    return f"INDEXED BY {name}"


def _look_for_locks(connection: apsw.Connection) -> None:
    """Have a connection on Windows look again and again for a lock that is taken, instead of sleeping on it.

    Measured under Wine, with SQLite 3.54: where two want to write, one sleeps for its whole patience, 10 s, though the
    lock was free after 0.01 s. Looking costs little: 120 transactions of two threads took 0.1-0.3 s.
    """
    if sys.platform == "win32":
        connection.setlk_timeout(0, 0)


class _Left(NamedTuple):
    """How a writing transaction left the database: until one of the first two is another, all of it is so still."""

    version: int
    changes: int
    progress: int


class _OfThread(threading.local):
    """What a thread knows of its own connection.

    Attributes:
        connection: None where it has none.
        file: which file that was opened on.
        held: the data_version in a writing transaction, during which nobody else can change it; None outside.
        left: how this connection's last one left the database; None where that is not known.
    """

    connection: apsw.Connection | None = None
    file: tuple[int, int] | None = None
    held: int | None = None
    left: _Left | None = None


class _Connections(APSWDatabase):  # type: ignore[misc]  # untyped
    """Peewee's connections, made ready before their first statement."""

    def _add_conn_hooks(self, conn: apsw.Connection) -> None:
        file = Path(conn.filename)
        shared_memory.make_ready(file)
        _look_for_locks(conn)
        _keep_wal(conn, has_wal(file))  # until it is known that it can be read
        super()._add_conn_hooks(conn)


class Database:
    """One database file. Each thread that uses it connects for itself.

    Args:
        path: the file; it must exist.
        version: the schema's number that this program writes.
        note: is told after each commit that was ours how far the database has come.
        rang: called after that.
        kill_point: called at the places where tests kill.
        patience: seconds to wait for another writer.
    """

    def __init__(
        self,
        path: Path,
        version: int,
        note: ProgressNote,
        rang: Callable[[], None],
        kill_point: KillPoint = no_kill_point,
        patience: float = 10.0,
    ) -> None:
        self.path = path
        self.kill_point = kill_point
        self._version = version
        self._note, self._rang = note, rang
        self._of_this_thread = _OfThread()
        self._peewee = _Connections(
            str(path),
            autoconnect=False,  # a query on a thread that did not connect is an error, not a second connection
            pragmas=_PRAGMAS,
            timeout=patience,
            flags=apsw.SQLITE_OPEN_READWRITE,
        )

    def connect(self) -> None:
        """Connect this thread; does nothing when it is connected.

        Raises:
            StoreError: the file can't be used.
        """
        with known_errors(self.path, self._errno):
            if self._peewee.is_closed():
                self._of_this_thread.file = _identity(self.path)
                self._peewee.connect()
                self._of_this_thread.connection = self._peewee.connection()
                _keep_wal(self._connection(), keep=False)

    def close(self) -> None:
        """Close this thread's connection, if it has one."""
        self._of_this_thread.connection = self._of_this_thread.left = None
        self._peewee.close()

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Connect this thread for the length of a block."""
        self.connect()
        try:
            yield
        finally:
            self.close()

    @property
    def is_gone(self) -> bool:
        """Whether the file that this thread is connected to is the queue no more: removed, or another in its place."""
        return bool(_identity(self.path) != self._of_this_thread.file)

    def run(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Execute prepared text and return all its rows: an unread row would hold a lock."""
        try:
            return self._connection().execute(sql, values).fetchall()
        except ERRORS as error:
            self._fail(error)

    def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Execute prepared text once for each row of values; it returns nothing."""
        try:
            self._connection().executemany(sql, rows)
        except ERRORS as error:
            self._fail(error)

    def query(self, built: Any) -> list[Row]:
        """Execute a statement of peewee's builder and return its rows as tuples."""
        try:
            return list(self._peewee.execute(built))
        except ERRORS as error:
            self._fail(error)

    def changes(self) -> int:
        """Return how many rows the last statement on this thread changed."""
        return self._connection().changes()

    def data_version(self) -> int:
        """Return a number that differs after another connection's commit; compare on one thread only."""
        held = self._of_this_thread.held
        return int(self.run("PRAGMA data_version")[0][0]) if held is None else held

    @contextmanager
    def writing(self, *, also_older: bool = False) -> Iterator[None]:
        """Run a block as one writing transaction, and ring after it has been committed.

        It begins IMMEDIATE: a deferred one that writes later fails at once, whatever the timeout. The schema's number
        is looked at inside, so that an old program never writes into a newer schema, but where nobody else has
        committed since the last one; and so is the file: what is written into one that was removed or put aside would
        be lost.
        Inside another one it is part of that.

        Args:
            also_older: the block writes only what is the same in every schema: questions to the runner.

        Raises:
            StoreError: it could not be begun or committed; nothing of it was kept.
        """
        connection, of_thread = self._connection(), self._of_this_thread
        if connection.in_transaction:
            yield
            return
        with self._transaction("BEGIN IMMEDIATE"):
            if self.is_gone:
                raise HomeGone(self.path.parent.parent)
            version, before, left = self.data_version(), connection.total_changes(), of_thread.left
            if left is None or (left.version, left.changes) != (version, before):
                self._check_schema(also_older)
                left = _Left(version, before, self._progress())
            of_thread.held = version
            try:
                yield
            finally:
                of_thread.held = None
            changes = connection.total_changes()
            progress = self._progress() if changes != before else left.progress
            if progress < left.progress:
                self._note.forget()  # who dies before the end must not leave a greater number than what is true then
        of_thread.left = None if also_older else _Left(version, changes, progress)
        self.kill_point("after_commit_before_ring")
        if changes != before:
            if not self.is_gone:  # else it would be said of the queue that was put in its place meanwhile
                self._note.write(progress)
            self._rang()

    def _check_schema(self, also_older: bool) -> None:
        found = self.run("PRAGMA user_version")[0][0]
        if found > self._version:
            raise NewerDatabase(self.path, found, self._version)
        if found < self._version and not also_older:
            raise OlderDatabase

    def _progress(self) -> int:
        return int(self.run(PROGRESS)[0][0])

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Let all reads of a block see one state of the database."""
        if self._connection().in_transaction:
            yield
            return
        with self._transaction("BEGIN"):
            yield

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        connection = self._connection()
        self.run(begin)
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            if connection.in_transaction:
                with suppress(apsw.Error):  # what has gone wrong may have ended it already
                    connection.execute("ROLLBACK")
            raise

    def _fail(self, error: Exception) -> NoReturn:
        """Raise what an error means. No context manager: a turn of the runner has a dozen statements and more."""
        meant = meaning(self.path, error, self._errno)
        if isinstance(meant, Damaged):
            self.leave_as_it_is()
        raise meant from (None if meant is error else error)

    def leave_as_it_is(self) -> None:
        """Let this thread's connection move nothing more from the WAL into the file, since one of them is damaged.

        What can still be read is then still there to be read.
        """
        connection = self._connection()
        connection.wal_autocheckpoint(0)
        _keep_wal(connection, has_wal(self.path))

    def _errno(self) -> int:
        """Return what the system said of the last input or output on this thread's connection."""
        return self._connection().system_errno

    def _connection(self) -> apsw.Connection:
        # peewee's way to it takes as long as a small statement; without one it raises
        connection: apsw.Connection = self._of_this_thread.connection or self._peewee.connection()
        return connection


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another that has its name; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def raw_connection(path: Path, *, create: bool = False) -> apsw.Connection:
    """Return a plain connection, for making, upgrading and copying a database; the caller closes it."""
    flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if create else 0)
    connection = apsw.Connection(str(path), flags=flags)
    connection.set_busy_timeout(10_000)
    _look_for_locks(connection)
    try:
        connection.execute("PRAGMA synchronous = full")
    except BaseException:
        _keep_wal(connection, has_wal(path))  # it may be damaged, and stays as it is
        connection.close()  # now: left to the garbage collector it would leave a -wal and a -shm file until then
        raise
    return connection


def _keep_wal(connection: apsw.Connection, keep: bool) -> None:
    """Let the end of a connection, where it is the last, move nothing from the WAL into the database, or let it."""
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, int(keep))


def reading_only(path: Path) -> apsw.Connection:
    """Return a connection to a database that nobody writes to; nothing is made beside it, and no WAL is read."""
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    return apsw.Connection(f"{path.absolute().as_uri()}?immutable=1", flags=flags)


def files_of(path: Path) -> list[Path]:
    """Return what a database may consist of: its file first, then what SQLite puts beside it."""
    return [path, *(path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm", "-journal"))]


def has_wal(path: Path) -> bool:
    """Whether something stands in a database's WAL, or did since it was last begun anew."""
    return is_filled(files_of(path)[1])


def is_filled(file: Path) -> bool:
    """Whether a file is there and holds something; another process may remove it at any moment."""
    try:
        return file.stat().st_size > 0
    except FileNotFoundError:
        return False


def remove_database(path: Path) -> None:
    """Delete a database that nobody uses, with what is beside it."""
    for file in files_of(path):
        file.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """See to it that what was made, renamed or deleted in a folder survives a power cut; Windows sees to it itself."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
