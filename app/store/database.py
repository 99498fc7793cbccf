"""SQLite's own things, all of them: connecting, beginning, committing, versions, copies.

What another kind of database would do differently stands here and nowhere else in the store, but for its errors
(``sqlite_errors``) and the migrations.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import apsw
from playhouse.apsw_ext import APSWDatabase

from app.store.errors import Damaged, NewerDatabase, NotADatabase, OlderDatabase, ReadOnly
from app.store.sqlite_errors import known_errors

Row = tuple[Any, ...]
KillPoint = Callable[[str], None]

APPLICATION_ID: Final = 0x51435432
"""Marks a file as ours ("QCT2"): a zero-length file would otherwise open as an empty database."""

_HEADER = b"SQLite format 3\x00"
_USER_VERSION_AT, _APPLICATION_ID_AT, _HEADER_LENGTH = 60, 68, 100

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


class _Connections(APSWDatabase):  # type: ignore[misc]  # untyped
    """Peewee's connections, made ready before their first statement."""

    def _add_conn_hooks(self, conn: apsw.Connection) -> None:
        _look_for_locks(conn)
        super()._add_conn_hooks(conn)


class Database:
    """One database file. Each thread that uses it connects for itself.

    Args:
        path: the file; it must exist.
        version: the schema's number that this program writes.
        rang: called after each commit that was ours.
        kill_point: called at the places where tests kill.
        patience: seconds to wait for another writer.
    """

    def __init__(
        self,
        path: Path,
        version: int,
        rang: Callable[[], None],
        kill_point: KillPoint = no_kill_point,
        patience: float = 10.0,
    ) -> None:
        self.path = path
        self.kill_point = kill_point
        self._version = version
        self._rang = rang
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
        with known_errors(self.path):
            self._peewee.connect(reuse_if_open=True)

    def close(self) -> None:
        """Close this thread's connection, if it has one."""
        self._peewee.close()

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Connect this thread for the length of a block."""
        self.connect()
        try:
            yield
        finally:
            self.close()

    def run(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Execute prepared text and return all its rows: an unread row would hold a lock."""
        with known_errors(self.path):
            return self._connection().execute(sql, values).fetchall()

    def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Execute prepared text once for each row of values; it returns nothing."""
        with known_errors(self.path):
            self._connection().executemany(sql, rows)

    def query(self, built: Any) -> list[Row]:
        """Execute a statement of peewee's builder and return its rows as tuples."""
        with known_errors(self.path):
            cursor = self._peewee.execute(built)
            return list(cursor)

    def changes(self) -> int:
        """Return how many rows the last statement on this thread changed."""
        return self._connection().changes()

    def data_version(self) -> int:
        """Return a number that differs after another connection's commit; compare on one thread only."""
        return int(self.run("PRAGMA data_version")[0][0])

    @contextmanager
    def writing(self, *, also_older: bool = False) -> Iterator[None]:
        """Run a block as one writing transaction, and ring after it has been committed.

        It begins IMMEDIATE: a deferred one that writes later fails at once, whatever the timeout. The schema's number
        is looked at inside, so that an old program never writes into a newer schema.
        Inside another one it is part of that.

        Args:
            also_older: the block writes only what is the same in every schema: questions to the runner.

        Raises:
            StoreError: it could not be begun or committed; nothing of it was kept.
        """
        if self._connection().in_transaction:
            yield
            return
        with self._transaction("BEGIN IMMEDIATE"):
            found = self.run("PRAGMA user_version")[0][0]
            if found > self._version:
                raise NewerDatabase(self.path, found, self._version)
            if found < self._version and not also_older:
                raise OlderDatabase
            before = self._connection().total_changes()
            yield
            changed = self._connection().total_changes() != before
        self.kill_point("after_commit_before_ring")
        if changed:
            self._rang()

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
        with known_errors(self.path):
            connection.execute(begin)
        try:
            yield
            with known_errors(self.path):
                connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _connection(self) -> apsw.Connection:
        connection: apsw.Connection = self._peewee.connection()
        return connection


def read_header(path: Path) -> tuple[int, int]:
    """Return (application id, user version) as they stand in the file, without opening it as a database.

    So a file that will be refused is not touched, and no -wal or -shm file appears beside it. What only the WAL says is
    not seen; look again once it is open.

    Raises:
        NotADatabase: it is empty, or not SQLite's.
        ReadOnly: it can't be read.
    """
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_LENGTH)
            size = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise ReadOnly(path, error.strerror or str(error)) from error
    if not header:
        raise NotADatabase(path, "the file is empty")
    if len(header) < _HEADER_LENGTH or not header.startswith(_HEADER):
        raise NotADatabase(path, "SQLite does not know its format")
    page = int.from_bytes(header[16:18], "big")
    page = 65_536 if page == 1 else page  # 65,536 does not fit into two bytes
    if page == 0 or size % page:
        raise Damaged(path, "the file has been cut short")
    return (
        int.from_bytes(header[_APPLICATION_ID_AT : _APPLICATION_ID_AT + 4], "big"),
        int.from_bytes(header[_USER_VERSION_AT : _USER_VERSION_AT + 4], "big"),
    )


def raw_connection(path: Path, *, create: bool = False) -> apsw.Connection:
    """Return a plain connection, for making, upgrading and copying a database; the caller closes it."""
    flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if create else 0)
    connection = apsw.Connection(str(path), flags=flags)
    connection.set_busy_timeout(10_000)
    _look_for_locks(connection)
    try:
        connection.execute("PRAGMA synchronous = full")
    except BaseException:
        connection.close()  # now: left to the garbage collector it would leave a -wal and a -shm file until then
        raise
    return connection


def copy_database(source: apsw.Connection, target: Path) -> None:
    """Write a whole copy of an open database, what stands in its WAL included, readable by this person only."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    copy = apsw.Connection(str(target))
    try:
        with copy.backup("main", source, "main") as backup:
            backup.step(-1)
    except BaseException:
        copy.close()
        target.unlink()  # half a copy must not pass for a whole one
        raise
    copy.close()
