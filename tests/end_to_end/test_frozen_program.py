"""The built folder, moved elsewhere and started with a bare environment: it is whole, and keeps its data where told.

Run against a built folder: QUEUECTL_BUILT names it.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.built import SUFFIX, built_folder

NEEDED = {"SYSTEMROOT", "WINDIR", "TEMP", "TMP", "APPDATA", "LOCALAPPDATA", "USERPROFILE", "COMSPEC", "PATHEXT"}

pytestmark = pytest.mark.built


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


@pytest.fixture
def program(tmp_path):
    """The program in another place; its files are the same ones where the disk allows it."""

    def link(source, target):
        try:
            os.link(source, target)
        except OSError:
            shutil.copy2(source, target)

    built = built_folder()
    whole = next((folder for folder in built.parents if folder.suffix == ".app"), built)
    moved = tmp_path / "moved, to \u00fc" / f"queuectl{whole.suffix}"
    return place(Path(shutil.copytree(whole, moved, symlinks=True, copy_function=link)))


@pytest.fixture
def run(program, tmp_path):
    """Runs one of the two executables, without anything of this process's environment, and returns what it says."""
    home = tmp_path / "home"
    home.mkdir()
    environ = {name: value for name, value in os.environ.items() if name.upper() in NEEDED}
    environ |= {"HOME": str(home), "USERPROFILE": str(home), "PATH": os.defpath}

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
    assert not (tmp_path / "home" / ".queuectl").exists()
    assert "kept there" in run("queuectl", "logs", "kept")


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
