"""``queuectl backup`` and ``queuectl restore``."""

import os

import pytest

from app.store.backups import backups
from app.store.database import files_of
from tests.store.jobs import enqueue, opened


def ids(home):
    with opened(home) as store:
        return {job.id for job in store.reads.newest_first()}


@pytest.fixture
def queue(home, clock, queuectl):
    """A queue of job a with a backup, and since then job late."""
    with opened(home, clock=clock) as store:
        enqueue(store, "a")
        assert queuectl("backup").code == 0
        enqueue(store, "late")
    return home


def test_a_backup_goes_to_the_folder_backups(queue):
    (made,) = backups(queue)
    assert made.label == "by-hand"
    assert made.path.name == "queuectl-20231114T221320000Z-by-hand.db"


def test_a_backup_goes_to_a_file_that_is_named_and_never_over_one(queue, queuectl, tmp_path):
    target = tmp_path / "mine.db"
    answer = queuectl("backup", str(target))
    assert len(backups(queue)) == 1
    assert (answer.code, answer.out) == (0, f"Backed up to {target}\n")
    answer = queuectl("backup", str(target))
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.splitlines()[0] == f"{target} exists already, and was not touched"
    lost = tmp_path / "nowhere" / "it.db"
    answer = queuectl("backup", str(lost))
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.splitlines() == [
        f"{lost} can't be written: No such file or directory",
        "Name a file in a folder that is there, and that you can write to.",
    ]


def test_restore_lists_the_backups_and_asks(queue, queuectl):
    answer = queuectl("restore", stdin=b"n\n")
    assert answer.code == 1
    assert answer.out.splitlines()[0].split() == ["Made", "For", "KiB", "File"]
    assert "by hand" in answer.out
    assert "The queue is sound. Put it aside, and bring it back from the newest good backup?" in answer.err
    assert ids(queue) == {"a", "late"}


def test_restore_puts_the_present_queue_aside_and_says_where(queue, queuectl):
    answer = queuectl("restore", "--yes")
    assert (answer.code, answer.err) == (0, "")
    assert "The queue was brought back as it was 2023-11-1" in answer.out
    (aside,) = queue.backups.glob("replaced-*")
    assert answer.out.splitlines()[-1] == f"What stood there before lies in {aside}"
    assert ids(queue) == {"a"}


def test_restore_takes_a_file(queue, queuectl, tmp_path):
    target = tmp_path / "mine.db"
    queuectl("backup", str(target))
    assert queuectl("restore", str(target), "--yes").code == 0
    assert ids(queue) == {"a", "late"}
    answer = queuectl("restore", str(tmp_path / "none.db"), "--yes")
    assert answer.code == 1
    assert "can't be restored from" in answer.err


def test_a_damaged_queue_is_refused_with_the_way_out_and_comes_back(queue, queuectl):
    queue.database.write_bytes(b"no database at all" * 1000)
    for file in files_of(queue.database)[1:]:
        file.unlink(missing_ok=True)
    for words in (("enqueue", "--command", "x"), ("list",), ("backup",), ("worker", "start")):
        answer = queuectl(*words)
        assert (answer.code, answer.out) == (1, "")
        assert "is not a queue" in answer.err
        assert "queuectl restore" in answer.err
    answer = queuectl("restore", "--yes")
    assert answer.code == 0
    assert "Nothing that came after that could be read: it is lost" in answer.out
    (aside,) = queue.backups.glob("damaged-*")
    assert str(aside) in answer.out
    assert ids(queue) == {"a"}


def test_restore_is_refused_while_a_runner_lives(queuectl, queue, runner):  # noqa: ARG001  there is a queue
    runner.start(1)
    answer = queuectl("restore", "--yes")
    assert answer.code == 1
    assert answer.err.splitlines() == [
        "A runner is already running (PID: 4242)",
        "Stop it first: queuectl worker stop, or call again with --stop.",
    ]


@pytest.mark.skipif(
    os.name == "nt", reason="this test's own runner keeps the queue open, which lets nobody move it there"
)
def test_restore_goes_on_where_a_runner_is_to_be_stopped_first(queue, queuectl, runner):
    runner.start(1)
    answer = queuectl("restore", "--yes", "--stop")
    assert answer.code == 0
    assert "The runner was stopped; start it again with: queuectl worker start" in answer.err
    assert ids(queue) == {"a"}


@pytest.mark.skipif(os.name != "posix", reason="Windows lets nobody delete what is open")
def test_a_queue_that_was_removed_is_not_begun_anew_in_silence(queue, queuectl):
    for file in files_of(queue.database):
        file.unlink(missing_ok=True)
    answer = queuectl("enqueue", "--command", "x")
    assert answer.code == 1
    assert "is gone: its database was removed or moved away" in answer.err
    assert not queue.database.exists()
    assert queuectl("restore", "--yes").code == 0
    assert ids(queue) == {"a"}
