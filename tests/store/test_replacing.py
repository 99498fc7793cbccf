"""Another database takes the place of a queue's as a whole, whatever happens in the middle."""

import errno
import os

import pytest

from app.messages import KnownError
from app.store import replacing
from app.store.backup_names import BY_HAND
from app.store.backups import back_up
from app.store.errors import Busy, HomeGone
from app.store.health import examine
from app.store.recovery import recover
from app.store.replacing import InUse, note_of, replace_database
from tests.store.jobs import enqueue, open_now, opened
from tests.store.processes import KILLED, Python

RECOVER = """
from app.store.recovery import recover
recover(home, 2_000_000_000_000, kill_point=kill_at(*given))
"""
POINTS = [
    *([point, 1] for point in ("recovery_built", "replacing_noted", "replacing_put")),
    *(["replacing_moved", times] for times in (1, 2, 3, 4)),
]


@pytest.fixture
def queue(home, clock):
    """A queue of jobs a and late, with a backup that knows a alone."""
    with opened(home, clock=clock) as store:
        enqueue(store, "a")
        back_up(home, clock(), BY_HAND, lambda: None)
        enqueue(store, "late")
    return home


def ids(home):
    with opened(home) as store:
        assert examine(store.database).damage == []
        return {job.id for job in store.reads.newest_first()}


@pytest.mark.skipif(KILLED is None, reason="kill -9 is of POSIX")
@pytest.mark.parametrize("point", POINTS, ids=str)
def test_a_killed_recovery_has_happened_or_has_not(queue, point):
    assert Python(queue, RECOVER, point).end()[0] == KILLED
    assert ids(queue) == ({"a", "late"} if point[0] == "recovery_built" else {"a"})
    assert not note_of(queue).exists()
    recover(queue, 3_000_000_000_000)
    assert ids(queue) == {"a"}


def test_who_opens_meanwhile_waits_for_it(queue, monkeypatch):
    from app.locks import ProcessLock
    from app.store import opening

    monkeypatch.setattr(opening, "_UPGRADE_PATIENCE", 0.1)
    note_of(queue).write_text("{}")
    lock = ProcessLock(queue.runner_lock)
    assert lock.take()
    try:
        with pytest.raises(Busy):
            open_now(queue)
    finally:
        lock.release()
    assert ids(queue) == {"a", "late"}


@pytest.mark.parametrize("number", [errno.EACCES, errno.ENOSPC], ids=errno.errorcode.get)
def test_what_can_t_be_put_aside_stays_and_nothing_is_left_to_be_ended_later(queue, number):
    def fail(point):
        if point == "replacing_noted":
            raise OSError(number, "it can't be moved")

    with pytest.raises(KnownError) as caught:
        recover(queue, 2_000_000_000_000, kill_point=fail)
    if os.name == "nt" and number == errno.EACCES:
        assert isinstance(caught.value, InUse)
    else:
        assert str(caught.value) == f"The folder {queue.backups} can't be used: it can't be moved"
    assert not note_of(queue).exists()
    assert not list(queue.backups.glob("replaced-*"))
    assert ids(queue) == {"a", "late"}


def test_a_folder_of_backups_that_can_t_be_written_to_is_named(queue, monkeypatch):
    def refuse(self, *_args, **_more):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(type(queue.backups), "mkdir", refuse)
    with pytest.raises(KnownError, match="can't be used: Permission denied") as caught:
        replace_database(queue, queue.data / "none", queue.backups / "replaced-now", 0)
    assert str(queue.backups) in str(caught.value)


@pytest.mark.skipif(os.name != "posix", reason="Windows lets nobody move what is open")
def test_what_somebody_is_writing_is_not_put_aside_under_their_hands(queue, monkeypatch):
    monkeypatch.setattr(replacing, "_PATIENCE", 100)
    with opened(queue) as store:
        with store.database.writing():
            enqueue(store, "a long import")
            with pytest.raises(Busy):
                recover(queue, 2_000_000_000_000)
        assert not note_of(queue).exists()
    assert ids(queue) == {"a", "late", "a long import"}
    recover(queue, 2_000_000_000_000)
    assert ids(queue) == {"a"}


@pytest.mark.skipif(os.name != "posix", reason="Windows lets nobody move what is open")
def test_who_had_it_open_writes_nothing_more_into_what_was_put_aside(queue):
    with opened(queue) as store:
        recover(queue, 2_000_000_000_000)
        with pytest.raises(HomeGone):
            enqueue(store, "into nothing")
    assert ids(queue) == {"a"}


@pytest.mark.skipif(os.name != "posix", reason="Windows lets nobody delete what is open")
def test_nobody_writes_into_a_database_that_was_removed(queue):
    with opened(queue) as store:
        queue.database.unlink()
        with pytest.raises(HomeGone, match="is gone"):
            enqueue(store, "into nothing")
