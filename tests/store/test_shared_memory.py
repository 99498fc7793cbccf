"""On a full disk that copies what is written anew (btrfs), no program dies by SQLite's mapped file."""

import os
import subprocess
import sys

import pytest

from app.store import shared_memory
from tests.lacking import lacks_btrfs
from tests.store.jobs import opened
from tests.store.processes import CHECKOUT

MOUNT = """
truncate -s 200M "$1/disk" && mkfs.btrfs -q "$1/disk" >/dev/null 2>&1 && mkdir "$1/mount" &&
mount -o loop "$1/disk" "$1/mount" && mkdir "$1/mount/home" "$1/mount/home/data" && chmod 700 "$1/mount/home" &&
chattr {attribute}c "$1/mount/home/data" && exec "$2" -c "$3" "$1/mount"
""".strip().replace("\n", " ")

ON_A_FULL_DISK = """
import os
import sys
from contextlib import suppress
from pathlib import Path
from app.messages import KnownError
from app.paths import Home
from tests.store.jobs import *
home = Home(Path(sys.argv[1]) / "home")
shared = home.data / "queuectl.db-shm"
with opened(home) as store:
    enqueue(store, "a")
    rest = os.open(home.root / "rest", os.O_CREAT | os.O_WRONLY)
    for size in (65536, 512):
        with suppress(OSError):
            while os.write(rest, os.urandom(size)):
                pass
    for turn in range(8):
        with suppress(OSError):
            os.sync()  # now what is mapped is clean, and the next write to it must ask for room
        with suppress(KnownError):
            enqueue(store, f"turn-{turn}")
            (home.root / "rest").touch()
    (home.root / "rest").unlink()
    os.close(rest)
    enqueue(store, "b")
    print([job.id for job in all_jobs(store) if job.id in "ab"])
    print(sorted(file.name for file in home.data.iterdir() if "shm" in file.name))
"""


@pytest.mark.skipif(lacks_btrfs() is not None, reason=str(lacks_btrfs()))
@pytest.mark.parametrize("attribute", ["-", "+"], ids=["as it is", "compressed"])
def test_who_has_a_queue_open_on_a_full_btrfs_lives_and_works_again_once_there_is_room(quick_path, attribute):
    done = subprocess.run(
        [
            "unshare",
            "-m",
            "sh",
            "-c",
            MOUNT.format(attribute=attribute),
            "sh",
            str(quick_path),
            sys.executable,
            ON_A_FULL_DISK,
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )
    assert done.returncode == 0, (done.returncode, done.stderr)
    assert done.stdout.splitlines() == ["['a', 'b']", "['queuectl.db-shm']"]


@pytest.mark.skipif(sys.platform != "linux", reason="the flags of Linux")
def test_where_nothing_needs_to_be_asked_nothing_is_made(tmp_path):
    shared_memory.make_ready(tmp_path / "queuectl.db")
    made = list(tmp_path.iterdir())
    assert made == [] or made == [tmp_path / "queuectl.db-shm"]  # the second where the tests themselves lie on btrfs


@pytest.mark.skipif(sys.platform != "linux", reason="the flags of Linux")
def test_what_a_killed_one_left_goes_and_what_another_is_making_stays(home, monkeypatch):
    with opened(home):
        pass
    asked = []
    monkeypatch.setattr(shared_memory, "_write_in_place", asked.append)  # as if this were btrfs
    left, another = (home.database.with_name(f"{home.database.name}-shm-new-{pid}") for pid in (1, 2))
    for file in (left, another):
        file.touch()
    os.utime(left, (0, 0))
    with opened(home):
        assert len(asked) == 2
    assert [file for file in home.data.iterdir() if "shm" in file.name] == [another]
