"""What the program leaves on the disk is for one person only, and no job's name leads out of its folder."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from app.desktop.single_instance import SingleInstance
from app.domain.job_rules import faults
from app.locks import ProcessLock
from app.paths import Home
from app.program import _layout
from app.store.copying import copy_database
from app.store.database import raw_connection
from tests.runners import running, wait_for_states
from tests.store.jobs import enqueue, new, opened

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes, owners and links of POSIX")
NAMES = [
    *("../../x", "..", ".", "/etc/passwd", "~", "CON", "nul.txt", "a:b", "x" * 128, "ü/ö\\z", "日本.log"),
    *("\u202etxt", "a\nb", "a\0b", "x" * 129),
]


@pytest.fixture(params=[0o000, 0o077], ids=["umask 000", "umask 077"])
def mask(request):
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.usefixtures("mask", "qapp")
def test_every_file_and_folder_is_for_one_person_only_whatever_the_umask_says(home):
    with opened(home) as store:
        store.intake.enqueue([new("it", command="echo hi")])
        with running(home):
            wait_for_states(store, it="completed")
            instance = SingleInstance(home)
            instance.start([])
            instance.listen()
            lock = ProcessLock(home.window_lock)
            lock.take()
            layout = _layout(home, None)
            layout.setValue("a", 1)
            layout.sync()
            assert layout.status() is QSettings.Status.NoError
            source = raw_connection(home.database)
            copy_database(source, home.backups / "copy.db")
            source.close()
            modes = {path: stat.S_IMODE(path.lstat().st_mode) for path in (home.root, *home.root.rglob("*"))}
            instance.close()
    names = {path.name for path in modes}
    assert names >= {
        *("queuectl.db", "queuectl.db-wal", "queuectl.db-shm", "ring", "runner.lock", "window.lock", "window.ini"),
        *("progress", "1.log", "runner.log", "copy.db", "window.sock"),
    }
    sockets = {path for path in modes if path.is_socket()}
    assert {oct(mode) for path, mode in modes.items() if path.is_dir()} == {"0o700"}
    assert {oct(mode) for path, mode in modes.items() if path.is_file()} == {"0o600"}
    assert all(modes[path] & 0o077 == 0 for path in sockets)


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="needs another user")
def test_another_user_can_read_nothing_of_a_queue_even_where_its_folder_is_open():
    with tempfile.TemporaryDirectory() as root:
        Path(root).chmod(0o777)
        home = Home(Path(root) / "home")
        with opened(home) as store:
            enqueue(store, "it", env={"TOKEN": "hunter22"})
            store.outputs.create(1, 1).write_text("hunter22")
        home.root.chmod(0o755)
        piece = "import os, sys; os.setgroups([]); os.setgid(4321); os.setuid(4321); print(open(sys.argv[1]).read())"
        for path in (home.database, home.ring, home.progress, store.outputs.path(1, 1)):
            done = subprocess.run(
                [sys.executable, "-c", piece, path], cwd="/", capture_output=True, text=True, check=False
            )
            assert "PermissionError" in done.stderr, path
            assert "hunter22" not in done.stdout


def test_no_name_of_a_job_leads_out_of_the_folder_of_outputs(home, tmp_path):
    """Outputs lie by number: a name is refused in words, or is nothing but a name."""
    before = sorted(tmp_path.iterdir())
    good = [name for name in NAMES if not any(fault.field == "id" for fault in faults({"id": name, "command": "x"}))]
    assert set(NAMES) - set(good) == {"\u202etxt", "a\nb", "a\0b", "x" * 129}
    with opened(home) as store:
        store.intake.enqueue([new(name, command="echo hi") for name in good])
        with running(home):
            wait_for_states(store, **dict.fromkeys(good, "completed"))
        found = {path.relative_to(home.outputs).as_posix() for path in home.outputs.rglob("*") if path.is_file()}
        assert found == {f"{seq}/1.log" for seq in range(1, len(good) + 1)}
        for seq in range(1, len(good) + 1):
            store.outputs.free(seq)
        assert list(home.outputs.iterdir()) == []
    assert sorted(set(tmp_path.iterdir()) - {home.root}) == before


def test_a_link_in_the_place_of_an_output_is_not_followed_when_outputs_are_freed(home, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "1.log").write_text("keep me")
    with opened(home) as store:
        (home.outputs / "1").symlink_to(mine)
        store.outputs.free(1)
        assert (mine / "1.log").exists()
        (home.outputs / "2").mkdir()
        (home.outputs / "2" / "1.log").symlink_to(mine / "1.log")
        store.outputs.free(2)
    assert (mine / "1.log").read_text() == "keep me"
    shutil.rmtree(mine)
