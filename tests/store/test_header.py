"""What a file says of itself at its beginning, while others write to it too."""

import time

import pytest

from app.store.database import APPLICATION_ID
from app.store.errors import Damaged
from app.store.header import read_header
from app.store.migrations import MIGRATIONS
from tests.store.jobs import open_now


@pytest.fixture
def torn(home):
    """A database's file that ends amid a page, without a WAL, and what is missing of it."""
    open_now(home)
    whole = home.database.read_bytes()
    home.database.write_bytes(whole[:-100])
    return home.database, whole[-100:]


def test_a_file_that_grows_at_this_moment_was_not_cut_short(torn, monkeypatch):
    path, rest = torn

    def grow(_seconds):
        with path.open("ab") as file:
            file.write(rest)

    monkeypatch.setattr(time, "sleep", grow)
    assert read_header(path) == (APPLICATION_ID, len(MIGRATIONS))


def test_a_file_that_stays_as_it_is_was(torn, monkeypatch):
    path, _rest = torn
    looks = []
    monkeypatch.setattr(time, "sleep", looks.append)
    with pytest.raises(Damaged, match="the file has been cut short"):
        read_header(path)
    assert looks
