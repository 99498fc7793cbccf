"""What a database's file says of itself at its beginning, read without opening it as a database.

So a file that will be refused is not touched, and no -wal or -shm file appears beside it.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

from app.store.database import has_wal
from app.store.errors import Damaged, NotADatabase, ReadOnly

_MAGIC: Final = b"SQLite format 3\x00"
_PAGE_SIZE_AT, _USER_VERSION_AT, _APPLICATION_ID_AT, _LENGTH = 16, 60, 68, 100

_LOOKS, _BETWEEN_LOOKS = 10, 0.05
"""A file that ends amid a page grows at this moment, or was cut short: then it does so half a second later, too."""


def read_header(path: Path) -> tuple[int, int]:
    """Return (application id, user version) as they stand in the file.

    What only the WAL says is not seen; look again once it is open.

    Raises:
        NotADatabase: it is empty, or not SQLite's.
        ReadOnly: it can't be read.
        Damaged: it has been cut short.
    """
    for look in range(_LOOKS):
        if look:
            time.sleep(_BETWEEN_LOOKS)
        header, size = _look(path)
        page = int.from_bytes(header[_PAGE_SIZE_AT : _PAGE_SIZE_AT + 2], "big")
        page = 65_536 if page == 1 else page  # 65,536 does not fit into two bytes
        # a power cut tears the last page while the file grows, and the WAL has that page whole
        if page and (size % page == 0 or has_wal(path)):
            return (
                int.from_bytes(header[_APPLICATION_ID_AT : _APPLICATION_ID_AT + 4], "big"),
                int.from_bytes(header[_USER_VERSION_AT : _USER_VERSION_AT + 4], "big"),
            )
    raise Damaged(path, "the file has been cut short")


def _look(path: Path) -> tuple[bytes, int]:
    """Return the header, and how large the file is."""
    try:
        with path.open("rb") as file:
            header = file.read(_LENGTH)
            size = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise ReadOnly(path, error.strerror or str(error)) from error
    if not header:
        raise NotADatabase(path, "the file is empty")
    if len(header) < _LENGTH or not header.startswith(_MAGIC):
        raise NotADatabase(path, "SQLite does not know its format")
    return header, size
