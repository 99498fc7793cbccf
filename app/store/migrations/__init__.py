"""Numbered migrations. Each runs once, in one transaction, after a backup, by whoever holds the runner lock."""

from __future__ import annotations

from collections.abc import Callable

import apsw

from app.store.migrations import m0001_first, m0002_positions, m0003_keeping

Migration = Callable[[apsw.Connection], None]
"""Brings an open database, in a transaction, from one schema to the next."""

MIGRATIONS: tuple[Migration, ...] = (m0001_first.apply, m0002_positions.apply, m0003_keeping.apply)
"""The migration at place n leads from schema n to schema n + 1; never reordered, never edited once released."""

SCHEMA_VERSION = len(MIGRATIONS)
"""The schema this program reads and writes."""
