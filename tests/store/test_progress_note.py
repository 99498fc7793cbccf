"""The note of how far the database has come: kept outside of it, and never more than what is true."""

import os
import stat

import pytest

from app.store.progress_note import ProgressNote
from tests.store.jobs import claim_one, enqueue, opened


@pytest.fixture
def note(tmp_path):
    return ProgressNote(tmp_path / "progress")


@pytest.mark.parametrize("number", [0, 1, 4095, 10**9, 2**63 - 1])
def test_what_is_noted_is_read(note, number):
    note.write(7)
    note.write(number)
    assert note.read() == number


def test_nothing_is_known_before_anything_was_noted(note):
    assert note.read() == 0


def test_what_is_forgotten_is_not_known(note, tmp_path):
    note.write(7)
    note.forget()
    assert note.read() == 0
    assert (tmp_path / "progress").read_bytes() == b""


def test_it_is_set_back_for_another_database(note):
    note.write(99)
    note.set_back(3)
    assert note.read() == 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        bytes(42),
        b"00000000000000000009 00000000000000000010\n",
        b"00000000000000000009 0000000000000",
        b"9 9\n",
        b"-0000000000000000009 -0000000000000000009\n",
        "\u0669".encode() * 20,
    ],
)
def test_a_note_that_was_torn_or_spoiled_says_nothing(note, tmp_path, content):
    (tmp_path / "progress").write_bytes(content)
    assert note.read() == 0


def test_where_it_can_not_be_noted_nothing_is_raised(tmp_path):
    note = ProgressNote(tmp_path)  # a folder
    note.write(7)
    note.forget()
    assert note.read() == 0


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_it_is_for_this_person_only(note, tmp_path):
    before = os.umask(0)
    try:
        note.write(7)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "progress").stat().st_mode) == 0o600


def test_each_commit_is_noted_before_it_rings(home):
    with opened(home) as store:
        note, seen = ProgressNote(home.progress), [0]
        store.database._rang = lambda: seen.append(note.read())
        enqueue(store, "a")
        claim_one(store)
        enqueue(store, "b")
    assert len(seen) >= 4
    assert seen == sorted(set(seen)), "each ring found a greater number"


def test_who_dies_after_a_commit_that_goes_back_leaves_no_greater_number_than_is_true(home):
    with opened(home) as store:
        enqueue(store, "a")
        enqueue(store, "b")
        note = ProgressNote(home.progress)
        before, amid = note.read(), []
        store.database.kill_point = lambda name: amid.append((name, note.read()))
        with store.database.writing():
            store.database.run("DELETE FROM event WHERE event = (SELECT max(event) FROM event)")
        assert amid == [("after_commit_before_ring", 0)]
        assert 0 < note.read() < before
