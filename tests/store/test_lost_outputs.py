"""Outputs of jobs that a restored queue knows nothing of are noted, and stay."""

import os
import stat

import pytest

from app.store.lost_outputs import LostOutputs
from tests.store.jobs import enqueue, opened

DAY = 24 * 3600


@pytest.fixture
def lost(tmp_path):
    return LostOutputs(tmp_path)


def test_nothing_is_noted_at_first_nor_where_no_number_was_lost(lost, tmp_path):
    lost.keep(7, 7)
    assert lost.kept() == []
    assert list(tmp_path.iterdir()) == []


def test_each_time_is_noted_for_this_person_only(lost, tmp_path):
    before = os.umask(0)
    try:
        lost.keep(10, 12)
        lost.keep(0, 1)
    finally:
        os.umask(before)
    assert lost.kept() == [range(11, 13), range(1, 2)]
    (note,) = tmp_path.iterdir()
    if os.name == "posix":
        assert stat.S_IMODE(note.stat().st_mode) == 0o600


def test_a_line_that_says_nothing_is_passed_over(lost, tmp_path):
    lost.keep(10, 12)
    (note,) = tmp_path.iterdir()
    note.write_bytes(b"3 4\nwords\n\xff\xfe 1\n5\n6 7 8\n-1 9\n" + note.read_bytes())
    assert lost.kept() == [range(3, 5), range(11, 13)]


def test_what_a_kill_left_of_a_forgotten_job_goes_all_the_same(home, clock):
    with opened(home, clock=clock) as store:
        gone, forgotten = enqueue(store, "gone", "forgotten")
        for seq in (gone, forgotten):
            store.outputs.create(seq, 1)
        LostOutputs(home.outputs).keep(forgotten, forgotten + 9)
        store.changes.remove([gone, forgotten])
        clock.forward(2 * DAY)
        assert set(store.changes.purge()) == {gone, forgotten}
        assert store.retention.free_unknown([gone, forgotten]) == 2
        assert not store.outputs.holds(gone)
