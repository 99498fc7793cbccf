"""A disk without room is called full, and not unwritable: then what can't be written is kept, and tried again."""

import errno
import os
import shutil
import subprocess
import sys
from types import SimpleNamespace

import apsw
import pytest

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


def test_a_queue_on_a_full_disk_is_told_so_and_works_again_once_there_is_room(quick_path):
    if not can_mount():
        if os.environ.get("CI") and sys.platform == "linux":
            pytest.fail("unshare -rm does not work here, and CI must try this")
        pytest.skip("unshare -rm does not work here")
    script = 'mount -t tmpfs -o size=2m none "$1" && exec "$2" -c "$3" "$1"'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", str(quick_path), sys.executable, IN_A_SMALL_DISK],
        capture_output=True,
        text=True,
        check=True,
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )
    assert done.stdout.splitlines() == ["No space left on device", "DiskFull", "DiskFull []", "['a', 'c']"]


@pytest.mark.parametrize(("free", "expected"), [(4096, DiskFull), (10**9, ReadOnly)])
def test_where_sqlite_does_not_say_why_it_failed_the_free_space_tells(tmp_path, monkeypatch, free, expected):
    error = apsw.IOError("disk I/O error")
    error.extendedresult = apsw.SQLITE_IOERR_FSYNC
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    with pytest.raises(expected), known_errors(tmp_path / "queuectl.db"):
        raise error


@pytest.mark.skipif(not hasattr(errno, "EDQUOT"), reason="this system has no such error")
@pytest.mark.parametrize(("number", "expected"), [("EDQUOT", DiskFull), ("ENOSPC", DiskFull), ("EIO", ReadOnly)])
def test_a_person_s_part_of_the_disk_that_is_used_up_is_a_full_disk(tmp_path, number, expected):
    error = apsw.IOError("disk I/O error")
    error.extendedresult = apsw.SQLITE_IOERR_WRITE
    with pytest.raises(expected), known_errors(tmp_path / "queuectl.db", lambda: getattr(errno, number)):
        raise error
