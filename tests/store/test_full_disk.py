"""A disk without room is called full, and not unwritable: then what can't be written is kept, and tried again."""

import errno
import os
import subprocess
import sys

import apsw
import pytest

from app.store import space
from app.store.errors import DiskFull, ReadOnly
from app.store.sqlite_errors import known_errors
from tests.store.processes import CHECKOUT
from tests.store.test_refusals import can_mount

IN_A_SMALL_DISK = """
import sys
from pathlib import Path
from app.messages import KnownError
from app.paths import Home
from tests.store.jobs import *
home = Home(Path(sys.argv[1]) / "home")
with opened(home) as store:
    enqueue(store, "a")
with open(home.root / "rest", "ab", buffering=0) as rest:
    try:
        while rest.write(b"x" * 4096):
            pass
    except OSError as error:
        print(error.strerror)
try:
    with opened(home) as store:
        enqueue(store, "b")
except KnownError as error:
    print(type(error).__name__)
other = Home(Path(sys.argv[1]) / "other")
try:
    with opened(other) as store:
        pass
except KnownError as error:
    print(type(error).__name__, [file.name for file in other.data.iterdir() if file.is_file()])
(home.root / "rest").unlink()
with opened(home) as store:
    enqueue(store, "c")
    print([job.id for job in all_jobs(store)])
"""

A_BACKUP_THERE = """
import shutil
import sys
from pathlib import Path
from app.messages import KnownError
from app.paths import Home
from app.store.backups import backups, copy_to
from tests.store.jobs import *
home = Home(Path(sys.argv[1]) / "home")
target = home.backups / "queuectl-20200101T000000000Z-daily.db"
with opened(home) as store:
    store.intake.enqueue([new(None, command="x" * 10_000) for _ in range(50)])
    store.database.run("PRAGMA wal_checkpoint(TRUNCATE)")
    rest = home.root / "rest"
    rest.write_bytes(bytes(shutil.disk_usage(home.root).free - home.database.stat().st_size // 2))
    try:
        copy_to(home, target)
    except KnownError as error:
        print(type(error).__name__, error.message.args["path"] == target, list(home.backups.iterdir()), backups(home))
    enqueue(store, "meanwhile")
    rest.unlink()
    copy_to(home, target)
    print([backup.path == target for backup in backups(home)])
"""


def in_a_small_disk(folder, size, program):
    """Run a program of Python on a disk of its own; return what it printed."""
    if not can_mount():
        if os.environ.get("CI") and sys.platform == "linux":
            pytest.fail("unshare -rm does not work here, and CI must try this")
        pytest.skip("unshare -rm does not work here")
    script = f'mount -t tmpfs -o size={size} none "$1" && exec "$2" -c "$3" "$1"'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", str(folder), sys.executable, program],
        capture_output=True,
        text=True,
        check=True,
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )
    return done.stdout.splitlines()


def test_a_queue_on_a_full_disk_is_told_so_and_works_again_once_there_is_room(quick_path):
    told = in_a_small_disk(quick_path, "2m", IN_A_SMALL_DISK)
    assert told == ["No space left on device", "DiskFull", "DiskFull []", "['a', 'c']"]


def test_a_backup_that_finds_no_room_leaves_nothing_and_is_made_once_there_is_some(quick_path):
    assert in_a_small_disk(quick_path, "3m", A_BACKUP_THERE) == ["DiskFull True [] []", "[True]"]


@pytest.mark.parametrize(("free", "expected"), [(4096, DiskFull), (10**9, ReadOnly)])
def test_where_sqlite_does_not_say_why_it_failed_the_free_space_tells(tmp_path, monkeypatch, free, expected):
    error = apsw.IOError("disk I/O error")
    error.extendedresult = apsw.SQLITE_IOERR_FSYNC
    monkeypatch.setattr(space, "free_bytes", lambda _: free)
    with pytest.raises(expected), known_errors(tmp_path / "queuectl.db"):
        raise error


@pytest.mark.skipif(not hasattr(errno, "EDQUOT"), reason="this system has no such error")
@pytest.mark.parametrize(("number", "expected"), [("EDQUOT", DiskFull), ("ENOSPC", DiskFull), ("EIO", ReadOnly)])
def test_a_person_s_part_of_the_disk_that_is_used_up_is_a_full_disk(tmp_path, number, expected):
    error = apsw.IOError("disk I/O error")
    error.extendedresult = apsw.SQLITE_IOERR_WRITE
    with pytest.raises(expected), known_errors(tmp_path / "queuectl.db", lambda: getattr(errno, number)):
        raise error


@pytest.mark.parametrize("result", ["SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_SHMOPEN"])
def test_a_shared_memory_file_that_can_t_be_made_long_enough_is_for_lack_of_room(tmp_path, result):
    error = apsw.IOError("disk I/O error")
    error.extendedresult = getattr(apsw, result)
    with pytest.raises(DiskFull), known_errors(tmp_path / "queuectl.db"):
        raise error
