"""What is refused is refused in words, with the remedy, and is not touched."""

import os
import random
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing

import apsw
import pytest

from app import paths
from app.domain.outcome import Failed
from app.locks import ProcessLock
from app.messages import KnownError
from app.paths import Home, NetworkHome, NoRoomForDatabase, UnusableHome
from app.store import opening
from app.store.database import APPLICATION_ID
from app.store.errors import Busy, Damaged, NewerDatabase, NotADatabase, OlderDatabase
from app.store.migrations import SCHEMA_VERSION
from tests.store.jobs import claim_one, enqueue, finish, new, open_now, opened
from tests.store.old_queue import job, make_old
from tests.store.processes import CHECKOUT, Python

posix = pytest.mark.skipif(os.name != "posix", reason="modes and users of POSIX")
NOBODY = 65_534
PAGE = 4096


@pytest.fixture
def made(quick_path):
    """A home whose folders stand, without a database."""
    home = Home(quick_path / "home")
    home.make()
    return home


def snapshot(home):
    """The mode of each file and folder below a home, and the bytes of each file."""
    return {
        str(path.relative_to(home.root)): (path.stat().st_mode, None if path.is_dir() else path.read_bytes())
        for path in sorted(home.root.rglob("*"))
    }


def refused(home, error, words, remedy):
    """Open a store that must be refused, and see that the home stays as it was."""
    before = snapshot(home)
    with pytest.raises(error, match=words) as caught:
        open_now(home)
    assert remedy in str(caught.value.remedy)
    assert snapshot(home) == before


def test_a_newer_database_is_refused_and_not_touched(made):
    open_now(made)
    with closing(apsw.Connection(str(made.database))) as raw:
        raw.pragma("user_version", SCHEMA_VERSION + 7)
    refused(
        made,
        NewerDatabase,
        f"belongs to a newer QueueCTL \\(its version is {SCHEMA_VERSION + 7}, this program knows {SCHEMA_VERSION}\\)",
        "Install the newer QueueCTL",
    )


def test_a_newer_version_that_only_the_wal_knows_is_refused(made):
    with opened(made) as store, closing(apsw.Connection(str(made.database))) as raw:
        raw.pragma("user_version", SCHEMA_VERSION + 1)
        with pytest.raises(NewerDatabase):
            open_now(made)
        with pytest.raises(NewerDatabase):
            enqueue(store, "a")
        assert store.reads.count() == 0


def test_a_program_that_finds_an_older_schema_while_it_runs_writes_nothing(made):
    with opened(made) as store, closing(apsw.Connection(str(made.database))) as raw:
        raw.pragma("user_version", 0)
        with pytest.raises(OlderDatabase, match="Nothing was changed"):
            enqueue(store, "a")


def test_an_old_database_is_not_upgraded_while_another_process_does_it(made, monkeypatch):
    make_old(made.database, [job("a")])
    monkeypatch.setattr(opening, "_UPGRADE_PATIENCE", 0.2)
    lock = ProcessLock(made.runner_lock)
    assert lock.take()
    try:
        refused(made, Busy, "does not let go", "call again")
        open_now(made, lock_is_held=True)
    finally:
        lock.release()


def other_program(path, wal):
    with closing(sqlite3.connect(path)) as raw:
        if wal:
            raw.execute("PRAGMA journal_mode = wal").fetchall()
        raw.execute("CREATE TABLE albums (title TEXT)")
        raw.execute("INSERT INTO albums VALUES ('Blue')")
        raw.commit()


@pytest.mark.parametrize("wal", [True, False], ids=["wal", "journal"])
def test_a_database_of_another_program_is_refused_and_not_touched(made, wal):
    other_program(made.database, wal)
    refused(made, NotADatabase, "it belongs to another program. It was not touched", "Move it away")


def test_a_marked_database_of_another_program_is_refused_and_not_touched(made):
    other_program(made.database, wal=False)
    with closing(sqlite3.connect(made.database)) as raw:
        raw.execute("PRAGMA application_id = 1234")
    refused(made, NotADatabase, "it belongs to another program", "Move it away")


FILES = {
    "zero length": (b"", "the file is empty"),
    "one byte": (b"S", "SQLite does not know its format"),
    "a text": (b"Dear diary,\n" * 900, "SQLite does not know its format"),
    "garbage": (random.Random(1).randbytes(3 * PAGE), "SQLite does not know its format"),
    "zeros": (bytes(3 * PAGE), "SQLite does not know its format"),
}


@pytest.mark.parametrize("what", FILES)
def test_a_file_that_is_no_database_is_refused_and_not_touched(made, what):
    content, words = FILES[what]
    made.database.write_bytes(content)
    refused(made, NotADatabase, words, str(made.backups))


def test_a_folder_in_the_place_of_the_database_is_refused(made):
    made.database.mkdir()
    refused(made, NoRoomForDatabase, "is a folder, but the queue's database belongs there", "Move it away")


@pytest.fixture(scope="session")
def whole(quick_root):
    """The bytes of a real database of 300 jobs with runs and events, closed."""
    home = Home(quick_root / "whole")
    with opened(home) as store:
        store.intake.enqueue(new(priority=1 + number % 10, command="x" * 50) for number in range(300))
        for _ in range(40):
            finish(store, claim_one(store), Failed(1), 5, tail="t" * 100)
    content = home.database.read_bytes()
    assert len(content) > 30 * PAGE
    return content


def use(store):
    """Use everything that is stored."""
    store.reads.counts()
    store.reads.page(length=500)
    for seq in range(1, 301, 50):
        store.reads.details(seq)
    list(store.reads.newest_first())
    store.reads.by_id("job-5")
    store.work.next_due()
    store.work.open_runs()
    store.options.values()
    store.runner.row()
    enqueue(store, None)
    store.work.claim(3)
    store.changes.remove([200])
    store.changes.undo()


def use_all(home):
    with opened(home) as store:
        use(store)


def damaged_on_use(home, content):
    home.database.write_bytes(content)
    before = {path.name for path in home.data.iterdir()}
    with pytest.raises((Damaged, NotADatabase)) as caught:
        use_all(home)
    assert "It was not touched" in str(caught.value)
    assert str(home.backups) in str(caught.value.remedy)
    assert home.database.read_bytes() == content
    assert {path.name for path in home.data.iterdir()} == before


@pytest.mark.parametrize("kept", [PAGE * 3, PAGE * 3 + 100, 99, 100, PAGE - 1, PAGE])
def test_a_database_that_was_cut_short_is_damaged_in_words(made, whole, kept):
    open_now(made)
    damaged_on_use(made, whole[:kept])


@pytest.mark.parametrize(("first", "last"), [(0, 1), (0, 5), (1, 2), (2, 30), (10, 25), (1, None)], ids=str)
@pytest.mark.parametrize("by", ["zeros", "garbage"])
def test_a_database_with_overwritten_pages_is_damaged_in_words(made, whole, first, last, by):
    open_now(made)
    end = len(whole) if last is None else last * PAGE
    hole = end - first * PAGE
    filling = bytes(hole) if by == "zeros" else random.Random(first).randbytes(hole)
    damaged_on_use(made, whole[: first * PAGE] + filling + whole[end:])


def test_a_database_whose_first_page_keeps_its_header_alone_is_damaged_in_words(made, whole):
    open_now(made)
    damaged_on_use(made, whole[:100] + random.Random(3).randbytes(PAGE - 100) + whole[PAGE:])


def test_no_overwritten_page_lets_an_error_of_sqlite_out(made, whole):
    open_now(made)
    chance = random.Random(7)
    outcomes = set()
    for page in range(len(whole) // PAGE):
        start = max(100, page * PAGE)
        broken = bytearray(whole)
        broken[start : (page + 1) * PAGE] = chance.randbytes((page + 1) * PAGE - start)
        outcomes.add(outcome_of(made, bytes(broken)))
        broken = bytearray(whole)
        for _ in range(20):
            broken[chance.randrange(start, (page + 1) * PAGE)] = chance.randrange(256)
        outcomes.add(outcome_of(made, bytes(broken)))
    assert Damaged in outcomes


def outcome_of(home, content):
    for path in home.data.glob("queuectl.db*"):
        path.unlink()
    home.database.write_bytes(content)
    try:
        use_all(home)
    except KnownError as error:
        return type(error)
    return None


NETWORK = """\
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 21 0:50 / {point} rw,relatime - {kind} server:/share rw
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the mount table of Linux")
@pytest.mark.parametrize("kind", ["nfs4", "cifs", "9p", "fuse.sshfs"])
def test_a_home_on_a_network_drive_is_refused_and_nothing_is_made(quick_path, monkeypatch, kind):
    monkeypatch.setattr(paths, "_linux_mounts", lambda: NETWORK.format(point=quick_path, kind=kind))
    with pytest.raises(NetworkHome, match=f"is on a network drive \\({kind}\\)") as caught:
        open_now(Home(quick_path / "deep" / "home"))
    assert "--home or QUEUECTL_HOME" in str(caught.value.remedy)
    assert list(quick_path.iterdir()) == []


TRY = """
import traceback
from app.messages import KnownError
if given is not None:
    os.setgroups([])
    os.setgid(given)
    os.setuid(given)
try:
    with opened(home) as store:
        enqueue(store, None)
    answer(["went in", "", ""])
except KnownError as error:
    answer([type(error).__name__, str(error), str(error.remedy)])
"""


def let_in(home):
    """Let somebody else come as far as a home."""
    for folder in home.root.parents:
        folder.chmod(folder.stat().st_mode | 0o055)
        if folder.name.startswith("queuectl-test-"):
            break


def open_as_somebody(home):
    """Open a store and enqueue, as somebody whom modes stop: never as root. Return (error, words, remedy)."""
    let_in(home)
    return Python(home, TRY, NOBODY if os.geteuid() == 0 else None).answers()[0]


def give_away(home):
    """Give a home to the one who will try it, where that is another one."""
    if os.geteuid() == 0:
        for path in (home.root, *home.root.rglob("*")):
            os.chown(path, NOBODY, NOBODY)


@posix
@pytest.mark.parametrize("closed", ["all", "data", "root"])
def test_a_folder_that_can_t_be_written_to_is_refused_and_not_touched(quick_path, closed):
    home = Home(quick_path / "home")
    with opened(home) as store:
        enqueue(store, "a")
    give_away(home)
    folders = {"all": [*home.root.rglob("*"), home.root], "data": [home.data], "root": [home.root]}[closed]
    for path in folders:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = snapshot(home)
    error, words, remedy = open_as_somebody(home)
    assert (error, remedy) == (
        "UnusableHome",
        "Make it writable for you, or choose another folder with --home or QUEUECTL_HOME.",
    )
    assert "can't be used: it can't be written to" in words
    assert snapshot(home) == before


@posix
def test_a_database_that_can_t_be_written_to_is_refused_and_not_touched(quick_path):
    home = Home(quick_path / "home")
    with opened(home) as store:
        enqueue(store, "a")
    give_away(home)
    home.database.chmod(0o444)
    before = home.database.read_bytes()
    error, words, remedy = open_as_somebody(home)
    assert error == "ReadOnly", words
    assert "can't be written to" in words
    assert "Make the folder and its files writable for you" in remedy
    assert home.database.read_bytes() == before


@posix
@pytest.mark.parametrize("mode", [0o700, 0o755], ids=oct)
def test_a_home_of_somebody_else_is_refused_and_not_touched(quick_path, mode):
    if os.geteuid() != 0:
        pytest.skip("only root can make what belongs to somebody else")
    home = Home(quick_path / "home")
    open_now(home)
    for path in (home.root, home.data, home.bell):
        path.chmod(mode)
    before = snapshot(home)
    error, words, _ = open_as_somebody(home)
    assert (error, "belongs to another user" in words) == ("ForeignHome", True)
    assert snapshot(home) == before


@posix
def test_a_home_that_can_t_be_made_is_refused(quick_path):
    home = Home(quick_path / "closed" / "home")
    home.root.parent.mkdir()
    give_away(Home(home.root.parent))
    home.root.parent.chmod(0o500)
    error, words, _ = open_as_somebody(home)
    assert (error, "can't be used" in words) == ("UnusableHome", True)
    assert list(home.root.parent.iterdir()) == []


def can_mount():
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode == 0


def test_a_home_on_a_read_only_mount_is_refused_and_not_touched(quick_path):
    if not can_mount():
        if os.environ.get("CI") and sys.platform == "linux":
            pytest.fail("unshare -rm does not work here, and CI must try this")
        pytest.skip("unshare -rm does not work here")
    home = Home(quick_path / "home")
    with opened(home) as store:
        enqueue(store, "a")
    before = snapshot(home)
    script = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && exec "$2" -c "$3" "$1"'
    piece = """
import sys
from pathlib import Path
from app.messages import KnownError
from app.paths import Home, NoRoomForDatabase
from tests.store.jobs import *
try:
    with opened(Home(Path(sys.argv[1]))) as store:
        enqueue(store, None)
except KnownError as error:
    print(type(error).__name__, error, error.remedy)
"""
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", str(home.root), sys.executable, piece],
        capture_output=True,
        text=True,
        check=True,
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )
    assert done.stdout.startswith(f"UnusableHome The folder {home.root} can't be used"), done
    assert "--home or QUEUECTL_HOME" in done.stdout
    assert snapshot(home) == before


@posix
def test_everything_is_for_this_person_only_whatever_the_umask_says(quick_path):
    home = Home(quick_path / "home")
    before = os.umask(0)
    try:
        lock = ProcessLock(home.runner_lock)
        with opened(home) as store:
            enqueue(store, "a")
            store.outputs.create(1, 1)
            lock.take()
            modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (home.root, *home.root.rglob("*"))}
    finally:
        lock.release()
        os.umask(before)
    assert {path.name for path in modes if not path.is_dir()} == {
        *("queuectl.db", "queuectl.db-wal", "queuectl.db-shm", "progress", "ring", "runner.lock", "1.log"),
    }
    assert {path: oct(mode) for path, mode in modes.items()} == {
        path: "0o700" if path.is_dir() else "0o600" for path in modes
    }


@posix
def test_an_upgrade_makes_an_open_1_0_database_private(made):
    before = os.umask(0)
    try:
        make_old(made.database, [job("a")])
        made.database.chmod(0o644)
        with opened(made):
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in made.data.glob("queuectl.db*")}
        (backup,) = made.backups.iterdir()
        assert {*modes.values(), stat.S_IMODE(backup.stat().st_mode)} == {0o600}
    finally:
        os.umask(before)


def test_a_database_says_whose_it_is(made):
    open_now(made)
    with closing(apsw.Connection(str(made.database))) as raw:
        assert raw.pragma("application_id") == APPLICATION_ID
        assert raw.pragma("user_version") == SCHEMA_VERSION
        assert raw.pragma("journal_mode") == "wal"


def test_a_home_that_is_a_file_is_refused(quick_path):
    (quick_path / "home").write_text("x")
    with pytest.raises(UnusableHome):
        open_now(Home(quick_path / "home"))
    assert (quick_path / "home").read_text() == "x"


@posix
def test_a_home_on_a_file_system_without_hard_links_is_made_too(made, monkeypatch):
    def no_link(source, target):
        raise PermissionError(1, "Operation not permitted", str(source), None, str(target))

    monkeypatch.setattr(os, "link", no_link)
    with opened(made) as store:
        assert enqueue(store, "a") == 1
    with opened(made) as store:
        assert enqueue(store, "b") == 2
    assert {path.name for path in made.data.iterdir()} == {"queuectl.db", "bell", "progress"}
