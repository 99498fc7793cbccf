"""The built folder, moved elsewhere and started with a bare environment: it is whole, and keeps its data where told.

Run against a built folder: QUEUECTL_BUILT names it.
"""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.locks import ProcessLock
from app.paths import Home
from tests.built import SUFFIX, built_folder
from tests.runners import wait_for

NEEDED = {"SYSTEMROOT", "WINDIR", "TEMP", "TMP", "APPDATA", "LOCALAPPDATA", "USERPROFILE", "COMSPEC", "PATHEXT"}

pytestmark = pytest.mark.built
posix_only = pytest.mark.skipif(os.name != "posix", reason="says it in POSIX' words")


@dataclass(frozen=True)
class Moved:
    """The built program in another place.

    Attributes:
        whole: all of it: the folder, on macOS the app.
        folder: of the two executables.
        portable: where it keeps its data, once that folder is there.
    """

    whole: Path
    folder: Path
    portable: Path


def place(whole):
    """What lies where in a copy of the built program."""
    if whole.suffix == ".app":
        return Moved(whole, whole / "Contents" / "MacOS", whole.with_name("portable"))
    return Moved(whole, whole, whole / "portable")


def copied_to(folder):
    """The program in another place; its files are the same ones where the disk allows it."""

    def link(source, target):
        try:
            os.link(source, target)
        except OSError:
            shutil.copy2(source, target)

    built = built_folder()
    whole = next((folder for folder in built.parents if folder.suffix == ".app"), built)
    moved = folder / "moved, to \u00fc" / f"queuectl{whole.suffix}"
    return place(Path(shutil.copytree(whole, moved, symlinks=True, copy_function=link)))


@pytest.fixture
def program(tmp_path):
    return copied_to(tmp_path)


def bare(tmp_path):
    """An environment that holds only what the system cannot do without, and an empty home."""
    home = tmp_path / "home"
    home.mkdir()
    environ = {name: value for name, value in os.environ.items() if name.upper() in NEEDED}
    return environ | {"HOME": str(home), "USERPROFILE": str(home), "PATH": os.defpath}


@contextmanager
def window(command, home, tmp_path):
    """The program with its window, unseen; it has taken its lock, and is asked to end."""
    environ = {"HOME": str(tmp_path / "home"), "PATH": os.defpath, "QT_QPA_PLATFORM": "offscreen"}
    lock = ProcessLock(home.window_lock)
    with subprocess.Popen(command, cwd=tmp_path, env=environ) as process:
        try:
            wait_for(lambda: home.window_lock.exists() and lock.is_held(), "the window to start")
            yield
        finally:
            process.terminate()
            assert process.wait(60) == 0


@pytest.fixture
def run(program, tmp_path):
    """Runs one of the two executables, without anything of this process's environment, and returns what it says."""
    environ = bare(tmp_path)

    def run(name, *words):
        done = subprocess.run(
            [str(program.folder / f"{name}{SUFFIX}"), *words],
            cwd=tmp_path,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_the_self_check_finds_all_in_order(run, program, tmp_path):
    report = tmp_path / "report.txt"
    run("queuectl-desktop", "--self-check", "--report", str(report))
    said = report.read_text(encoding="utf-8")
    assert said.splitlines()[-1] == "everything is in order"
    assert str(program.folder.resolve()) in said
    assert "(built)" in said
    assert not (tmp_path / "home" / ".queuectl").exists()


def test_with_a_folder_called_portable_beside_it_everything_is_kept_there(run, program, tmp_path):
    portable = program.portable.resolve()
    portable.mkdir()
    run("queuectl", "enqueue", "--id", "kept", "--command", "echo kept there")
    run("queuectl", "worker", "start", "--count", "1")
    run("queuectl", "wait", "--timeout", "60")
    run("queuectl", "worker", "stop")
    assert (portable / "outputs" / "1" / "1.log").read_text().strip() == "kept there"
    assert (portable / "logs" / "runner.log").exists(), "the runner is told the same home"
    report = tmp_path / "report.txt"
    run("queuectl-desktop", "--self-check", "--report", str(report))
    lines = {" ".join(line.split()) for line in report.read_text(encoding="utf-8").splitlines()}
    assert f"Your queue {portable} (not touched)" in lines, "the window finds the same home"
    assert "kept there" in run("queuectl", "logs", "kept")
    assert list((tmp_path / "home").iterdir()) == []


@posix_only
def test_with_a_folder_called_portable_the_window_writes_nothing_anywhere_else(run, program, tmp_path):
    before = files_of(program.folder)
    program.portable.mkdir()
    home = Home(program.portable.resolve())
    with window([str(program.folder / "queuectl-desktop")], home, tmp_path):
        run("queuectl", "enqueue", "--id", "kept", "--command", "echo kept")
        run("queuectl", "wait", "--timeout", "60")
    run("queuectl", "worker", "stop")
    assert home.window_ini.stat().st_size > 0, "the window has kept there how it looked"
    assert list((tmp_path / "home").iterdir()) == []
    assert {path for path in files_of(program.folder) if not path.is_relative_to(program.portable)} == before


def files_of(folder):
    return set(folder.rglob("*"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a file for the log-in has Linux alone")
def test_what_it_writes_for_the_log_in_starts_it_in_the_tray(run, program, tmp_path):
    home = Home(tmp_path / "home" / ".queuectl")
    entry = tmp_path / "home" / ".config" / "autostart" / "queuectl.desktop"
    run("queuectl", "config", "set", "autostart", "on")
    with window([str(program.folder / "queuectl-desktop")], home, tmp_path):
        wait_for(entry.exists, "the entry")
    run("queuectl", "worker", "stop")
    keys = dict(line.split("=", 1) for line in entry.read_text(encoding="utf-8").splitlines() if "=" in line)
    command = shlex.split(keys["Exec"].replace("\\\\", "\\"))
    assert command == [str(program.folder.resolve() / "queuectl-desktop"), "--tray"]
    with window(command, home, tmp_path):
        wait_for(lambda: ProcessLock(home.runner_lock).is_held(), "the runner, which the window starts")
    run("queuectl", "worker", "stop")


@posix_only
def test_a_link_to_it_in_another_folder_starts_it(program, tmp_path):
    links = tmp_path / "bin"
    links.mkdir()
    for name in ("queuectl", "queuectl-desktop"):
        (links / name).symlink_to(program.folder / name)
    report = tmp_path / "report.txt"
    done = subprocess.run(
        [links / "queuectl-desktop", "--self-check", "--report", report], capture_output=True, check=False, timeout=120
    )
    assert done.returncode == 0, report.read_text(encoding="utf-8")
    program.portable.mkdir()
    subprocess.run([links / "queuectl", "enqueue", "--command", "echo"], check=True, timeout=60)
    assert Home(program.portable).database.exists()


@posix_only
@pytest.mark.skipif(os.name == "posix" and os.geteuid() != 0, reason="root alone can be somebody else")
def test_another_account_without_a_home_runs_it_from_a_folder_it_can_not_write_to():
    assert Path(os.devnull).stat().st_mode & 0o666 == 0o666, "this machine's null device is closed to other accounts"
    with tempfile.TemporaryDirectory(prefix="other-") as folder:
        Path(folder).chmod(0o755)
        temporary = Path(folder) / "tmp"
        temporary.mkdir()
        temporary.chmod(0o1777)
        done = subprocess.run(
            [copied_to(Path(folder)).folder / "queuectl-desktop", "--self-check"],
            cwd="/",
            env={"LANG": "C", "TMPDIR": str(temporary), "PATH": os.defpath},
            user=54321,
            group=54321,
            extra_groups=[],
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no home folder" in done.stdout


@posix_only
@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_a_self_check_that_is_ended_leaves_nothing(program, name):
    with tempfile.TemporaryDirectory(prefix="ended-") as temporary:
        command = [program.folder / "queuectl-desktop", "--self-check"]
        environ = {"TMPDIR": temporary, "PATH": os.defpath}
        with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, encoding="utf-8") as process:
            for line in process.stdout:
                if line.startswith("ok      runner"):
                    break
            process.send_signal(signal.Signals[name])
        wait_for(lambda: not list(Path(temporary).iterdir()), "all is removed")


def test_its_data_is_found_again_where_the_folder_was_moved(run, program):
    program.portable.mkdir()
    run("queuectl", "enqueue", "--id", "kept", "--command", "echo kept")
    again = program.whole.parent.with_name("moved again")
    program.whole.parent.rename(again)
    moved = place(again / program.whole.name)
    done = subprocess.run(
        [str(moved.folder / f"queuectl{SUFFIX}"), "list"], capture_output=True, encoding="utf-8", check=True, timeout=60
    )
    assert "kept" in done.stdout
