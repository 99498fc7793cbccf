"""Where attacks work that only need a store: in memory, where the system has room for files there."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")


@contextmanager
def quick_folder() -> Iterator[Path]:
    """Give a folder that goes with the block."""
    place = str(MEMORY) if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="queuectl-chaos-", dir=place) as folder:
        yield Path(folder)
