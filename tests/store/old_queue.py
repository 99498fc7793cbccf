"""Databases of QueueCTL 1.0, made with its documented schema."""

import sqlite3
from contextlib import closing

_AGES = "waiting_time INTEGER DEFAULT 0,"
_TOOK = "execution_time REAL,"
_SCHEMA = """
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, command TEXT, state TEXT, attempts INTEGER DEFAULT 0, max_retries INTEGER DEFAULT 3,
    timeout INTEGER DEFAULT 20, backoff_base INTEGER DEFAULT 2, priority INTEGER DEFAULT 5, {ages}
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP, updated_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    next_retry_at DATETIME, error_message TEXT, output TEXT, {took} locked_by TEXT, locked_at DATETIME
);
CREATE INDEX idx_jobs_state ON jobs (state);
CREATE INDEX idx_jobs_next_retry ON jobs (next_retry_at);
CREATE INDEX idx_jobs_priority ON jobs (priority, created_at);
CREATE INDEX idx_jobs_locked ON jobs (locked_by);
CREATE TABLE config (key TEXT PRIMARY KEY, value TEXT);
"""
ORDER = (
    "SELECT id FROM jobs WHERE state IN ('pending', 'failed', 'processing')"
    " ORDER BY priority + waiting_time DESC, created_at, rowid"
)
"""1.0's own order, with the row's number where it left the rest to chance."""


class Raw(bytes):
    """Bytes that go in as text, whatever they are."""


def make_old(path, rows, config=(), *, ages=True, wal=True):
    """Make a 1.0 database.

    Args:
        path: of the file.
        rows: a dict of column and value for each job.
        config: (key, value) pairs beside the two rows that 1.0 wrote by itself.
        ages: whether it has the columns waiting_time and execution_time, which the oldest lack.
        wal: whether its journal is a WAL.
    """
    with closing(sqlite3.connect(path)) as old:
        if wal:
            old.execute("PRAGMA journal_mode = wal").fetchall()
        old.executescript(_SCHEMA.format(ages=_AGES if ages else "", took=_TOOK if ages else ""))
        for row in rows:
            columns = ", ".join(row)
            places = ", ".join("CAST(? AS TEXT)" if isinstance(value, Raw) else "?" for value in row.values())
            old.execute(f"INSERT INTO jobs ({columns}) VALUES ({places})", list(row.values()))
        old.executemany("INSERT OR REPLACE INTO config VALUES (?, ?)", [("max-retries", "5"), ("backoff-base", "3")])
        old.executemany("INSERT OR REPLACE INTO config VALUES (?, ?)", config)
        old.commit()


def order_of(path):
    """The ids in the order in which 1.0 would have run them, had all been due."""
    with closing(sqlite3.connect(path)) as old:
        return [id for (id,) in old.execute(ORDER)]


def job(id, **columns):
    """An ordinary row."""
    return {
        "id": id,
        "command": "echo hi",
        "state": "pending",
        "attempts": 0,
        "created_at": "2025-11-09T10:15:23.000000",
        "updated_at": "2025-11-09T10:15:23.000000",
        **columns,
    }
