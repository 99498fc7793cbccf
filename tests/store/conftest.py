"""Where the many small databases of these tests lie."""

import os
import tempfile
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")


@pytest.fixture(scope="session")
def quick_root():
    """A folder in memory where the system has one: a thousand transactions there cost no thousand waits for a disk."""
    place = str(MEMORY) if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="queuectl-test-", dir=place) as folder:
        yield Path(folder)


@pytest.fixture
def quick_path(quick_root):
    """A fresh folder in ``quick_root``, which goes when the test is over."""
    with tempfile.TemporaryDirectory(dir=quick_root) as folder:
        yield Path(folder)
