"""The installer for Windows, under Wine: what it brings, what it does to an earlier version, and what it leaves.

QUEUECTL_INSTALLER names it, and the folder it was made of lies beside it.
"""

import importlib
import json
import os
import re
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from app import __version__
from tests.packaging import windows_machine
from tests.packaging.windows_machine import MADE, ROOT

INSTALLER = Path(os.environ.get("QUEUECTL_INSTALLER", ""))
BUILT = INSTALLER.parent / "queuectl"
UNINSTALL = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\QueueCTL"
RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
CLASSES = r"Software\Classes"
REFUSED = 2
PATIENCE = 120
MOST = 75_000_000

pytestmark = pytest.mark.skipif(not INSTALLER.name, reason="QUEUECTL_INSTALLER names no installer")


def load(name):
    """A script of packaging/, with its siblings, as `python packaging/dev.py` sees them."""
    sys.path.insert(0, str(ROOT / "packaging"))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(ROOT / "packaging"))


def eventually(true):
    """Wait until something is so."""
    until = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < until
        time.sleep(0.2)  # between looks at another process, of which nothing here hears


@pytest.fixture(scope="module")
def display():
    with windows_machine.screen() as name:
        yield name


class Installation:
    """The program on a machine of its own."""

    def __init__(self, machine):
        self.machine = machine
        self.folder = machine.person / "AppData" / "Local" / "Programs" / "QueueCTL"
        self.window = self.folder / "queuectl-desktop.exe"
        self.link = machine.person / "AppData/Roaming/Microsoft/Windows/Start Menu/Programs/QueueCTL.lnk"
        self.data = machine.person / ".queuectl"

    def install(self, installer=INSTALLER, folder=None):
        """Install it silently, in its own folder or another, and return the exit code."""
        if folder is None:
            code, _said = self.machine.run(installer, "/S")
        else:  # its path must not be quoted, which a command line is spared by cmd alone
            line = f"{self.machine.path(installer)} /S /D={self.machine.path(folder)}"
            code, _said = self.machine.run("cmd", "/c", line)
        return code

    def uninstall(self):
        """Uninstall it silently."""
        self.machine.said(self.folder / "uninstall.exe", "/S")
        self.machine.settle()

    def make_it_run(self):
        """Put the stand-in for ICU in, without which Qt starts on Windows alone."""
        (core,) = self.folder.rglob("Qt6Core.dll")
        shutil.copy2(MADE / "site" / "PySide6" / "icuuc.dll", core.parent)

    def say(self, *words):
        """Give a command of the command line, and return what it says."""
        return self.machine.said(self.folder / "queuectl.exe", *words)

    def job(self, name):
        """A job, as `show --json` has it."""
        return json.loads(self.say("show", name, "--json"))

    def processes(self, program):
        """The pids of what runs of one of its programs, as Linux has them: Wine 8's tasklist says nothing."""
        mark = f"WINEPREFIX={self.machine.prefix}\0".encode()
        found = set()
        for entry in Path("/proc").iterdir():
            with suppress(OSError):  # it is gone by now, or no process
                name = re.split(rb"[\\/]", (entry / "cmdline").read_bytes().split(b"\0")[0])[-1]
                if name == program.encode() and mark in (entry / "environ").read_bytes():
                    found.add(int(entry.name))
        return found

    def files(self, folder=None):
        """All files of a folder, by their place in it."""
        root = folder or self.folder
        return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def here(display):
    with windows_machine.machine(display) as machine:
        yield Installation(machine)


@pytest.fixture
def installed(here):
    assert here.install() == 0
    return here


@pytest.fixture
def earlier(tmp_path):
    """The installer of an earlier version, which had one file more, and no program that answers."""
    building, windows_installer = load("building"), load("windows_installer")
    places = building.Places(tmp_path, "windows")
    (tmp_path / "packaging").symlink_to(ROOT / "packaging")
    (places.folder / "_internal" / "old").mkdir(parents=True)
    (places.folder / "_internal" / "old" / "old.dll").write_text("old")
    places.icons.parent.mkdir()
    places.icons.symlink_to(ROOT / ".build" / "icons")
    (path,) = windows_installer.make(places, "1.9.0")
    return path


def test_the_built_folder_is_no_larger_than_agreed():
    assert sum(path.stat().st_size for path in BUILT.rglob("*") if path.is_file()) <= MOST


def test_it_brings_the_whole_program_which_runs(installed):
    assert installed.files() == installed.files(BUILT) | {"uninstall.exe"}
    assert installed.say("--version").strip() == f"queuectl, version {__version__}"
    installed.make_it_run()
    report = installed.machine.person / "report.txt"
    installed.machine.said(installed.window, "--self-check", "--report", installed.machine.path(report))
    assert report.read_text(encoding="utf-8").splitlines()[-1] == "everything is in order"


def test_windows_lists_it_among_the_programs_opens_job_files_with_it_and_has_it_in_the_start_menu(installed):
    folder = installed.machine.path(installed.folder)
    listed = installed.machine.values(UNINSTALL)
    assert listed["DisplayName"] == "QueueCTL"
    assert listed["DisplayVersion"] == __version__
    assert listed["Publisher"] == "QueueCTL contributors"
    assert listed["InstallLocation"] == folder
    assert listed["DisplayIcon"] == f"{folder}\\queuectl-desktop.exe"
    assert listed["UninstallString"] == f'"{folder}\\uninstall.exe"'
    assert listed["QuietUninstallString"] == f'"{folder}\\uninstall.exe" /S'
    size = sum((installed.folder / name).stat().st_size for name in installed.files(BUILT))
    assert int(listed["EstimatedSize"], 16) == size // 1024
    assert "QueueCTL.JobFile" in installed.machine.values(rf"{CLASSES}\.qjob").values()
    command = installed.machine.values(rf"{CLASSES}\QueueCTL.JobFile\shell\open\command")
    assert list(command.values()) == [f'"{folder}\\queuectl-desktop.exe" "%1"']
    text = installed.link.read_bytes().decode("utf-16-le", "ignore")
    assert "queuectl-desktop.exe" in text + installed.link.read_bytes().decode("latin-1")
    assert "A job queue on your desktop" in text, "written by the program, and so with its identity"


def test_it_goes_where_it_is_told_to_go(here):
    folder = here.machine.person / "Ünser Ordner"
    assert here.install(INSTALLER, folder) == 0
    here.folder = folder
    assert here.say("--version").strip() == f"queuectl, version {__version__}"
    location = here.machine.values(UNINSTALL)["InstallLocation"]
    assert location.partition("nser")[2] == " Ordner"  # `reg` says Ü in another code


def test_an_earlier_version_goes_and_what_is_not_the_installers_stays(here, earlier):
    assert here.install(earlier) == 0
    assert here.machine.values(UNINSTALL)["DisplayVersion"] == "1.9.0"
    (here.folder / "portable").mkdir()
    (here.folder / "portable" / "mine.txt").write_text("mine")
    at_log_in = f"{here.machine.path(here.window)} --tray"
    here.machine.write_value(RUN, "QueueCTL", at_log_in)
    assert here.install() == 0
    assert here.files() == here.files(BUILT) | {"uninstall.exe", "portable/mine.txt"}
    assert not (here.folder / "_internal" / "old").exists()
    assert here.machine.values(UNINSTALL)["DisplayVersion"] == __version__
    assert here.machine.values(RUN)["QueueCTL"] == at_log_in


def test_an_earlier_version_in_another_folder_goes_too(here, earlier):
    before = here.machine.person / "before"
    assert here.install(earlier, before) == 0
    assert here.install(INSTALLER, here.folder) == 0
    assert not before.exists()
    assert here.say("--version")


def test_uninstalled_it_leaves_the_queue_and_a_persons_own_files_and_nothing_else(installed):
    installed.say("enqueue", "--id", "kept", "--command", "echo kept")
    (installed.folder / "mine.txt").write_text("mine")
    installed.machine.write_value(RUN, "QueueCTL", f"{installed.machine.path(installed.window)} --tray")
    installed.machine.write_value(RUN, "QueueCTL-0123abcd", f'"{installed.machine.path(installed.window)}" --tray')
    elsewhere_called = f'"Z:{installed.folder}\\queuectl-desktop.exe" --tray'.replace("/", "\\")
    installed.machine.write_value(RUN, "QueueCTL-4567cdef", elsewhere_called)
    installed.machine.write_value(RUN, "QueueCTL-other", "C:\\elsewhere\\queuectl-desktop.exe --tray")
    installed.uninstall()
    assert installed.files() == {"mine.txt"}
    assert (installed.data / "data" / "queuectl.db").exists()
    assert not installed.link.exists()
    assert installed.machine.values(UNINSTALL) is None
    assert installed.machine.values(rf"{CLASSES}\QueueCTL.JobFile") is None
    assert installed.machine.values(rf"{CLASSES}\.qjob") is None
    assert list(installed.machine.values(RUN)) == ["QueueCTL-other"]
    (installed.folder / "mine.txt").unlink()
    assert installed.install() == 0
    assert installed.job("kept")["state"] == "pending"


def test_job_files_that_another_program_opens_now_are_left_to_it(installed):
    installed.machine.said("reg", "add", rf"HKCU\{CLASSES}\.qjob", "/ve", "/d", "Other.File", "/f")
    installed.uninstall()
    assert list(installed.machine.values(rf"{CLASSES}\.qjob").values()) == ["Other.File"]
    assert not installed.folder.exists()


def test_an_upgrade_ends_what_runs_puts_jobs_back_and_starts_the_window_again(installed):
    installed.make_it_run()
    installed.say("enqueue", "--id", "long", "--timeout", "0", "--command", "ping -n 600 127.0.0.1 >nul")
    installed.machine.start(installed.window, "--tray")
    eventually(lambda: installed.job("long")["state"] == "processing")
    (core,) = installed.folder.rglob("Qt6Core.dll")
    assert installed.install() == 0
    job = installed.job("long")
    assert (job["state"], job["attempts"]) == ("pending", 0)
    assert [run["outcome"] for run in job["runs"]] == ["interrupted"]
    assert (core.parent / "icuuc.dll").exists(), "it is not the installer's"
    eventually(lambda: installed.job("long")["state"] == "processing")
    installed.uninstall()
    assert installed.files() == {str((core.parent / "icuuc.dll").relative_to(installed.folder))}


def test_what_can_not_be_ended_refuses_an_upgrade_in_which_nothing_was_changed(installed):
    installed.say("enqueue", "--id", "waits", "--command", "echo waits")
    waiting = installed.machine.start(installed.folder / "queuectl.exe", "wait", "waits")
    assert b"No runner is running" in waiting.stdout.readline()
    before = installed.files()
    assert installed.install() == REFUSED
    assert installed.files() == before
    assert installed.say("--version")
    installed.say("cancel", "waits")
    assert installed.install() == 0


def test_what_can_not_be_ended_leaves_the_queue_at_work(installed):
    installed.make_it_run()
    installed.say("enqueue", "--id", "long", "--timeout", "0", "--command", "ping -n 600 127.0.0.1 >nul")
    installed.machine.start(installed.window, "--tray")
    eventually(lambda: installed.job("long")["state"] == "processing")
    waiting = installed.machine.start(installed.folder / "queuectl.exe", "wait", "long")
    eventually(lambda: len(installed.processes("queuectl.exe")) == 1)
    at_work, before = installed.processes("queuectl-desktop.exe"), installed.files()
    assert len(at_work) == 2, "the window and the runner"
    assert installed.install() == REFUSED
    here = f"_?={installed.machine.path(installed.folder)}"
    assert installed.machine.run(installed.folder / "uninstall.exe", "/S", here)[0] == REFUSED
    assert installed.files() == before
    assert installed.processes("queuectl-desktop.exe") == at_work
    job = installed.job("long")
    assert (job["state"], [run["outcome"] for run in job["runs"]]) == ("processing", [None])
    assert waiting.poll() is None
