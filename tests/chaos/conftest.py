"""Queues of these tests lie in memory where the system has room for them there."""

import pytest

from app.paths import Home
from tests.store.conftest import quick_path, quick_root

__all__ = ["home", "quick_path", "quick_root"]


@pytest.fixture
def home(quick_path):
    """A home that does not exist yet."""
    return Home(quick_path / "home")
