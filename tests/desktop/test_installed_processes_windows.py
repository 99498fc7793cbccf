"""Who runs from a folder, and on which queue."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from tests.wine import windows_only

pytestmark = windows_only

if sys.platform == "win32":
    from app.desktop import installed_processes_windows
    from app.desktop.installed_processes_windows import running_from

PROGRAM = Path(sys.executable)


@contextmanager
def running(*words, cwd=None, **environ):
    """Another process of this Python; afterwards it is gone."""
    own = {name: value for name, value in os.environ.items() if name != "QUEUECTL_HOME"} | environ
    command = [str(PROGRAM), "-c", "print(flush=True); input()", *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=cwd, env=own) as process:
        process.stdout.readline()
        yield process
        process.communicate(b"\n")


def found(process):
    (one,) = [one for one in running_from(PROGRAM.parent) if one.process.pid == process.pid]
    return one


def test_a_process_is_found_by_the_folder_of_its_program_and_this_one_is_not(tmp_path):
    with running() as process:
        assert found(process).program.samefile(PROGRAM)
        assert os.getpid() not in {one.process.pid for one in running_from(PROGRAM.parent)}
        assert running_from(tmp_path) == []


def test_the_uninstaller_which_asks_is_not_meant(monkeypatch):
    for name, count in [("uninstall.exe", 0), ("queuectl.exe", 1)]:
        with running() as process:
            names = {process.pid: PROGRAM.parent / name}
            monkeypatch.setattr(installed_processes_windows, "_program", names.get)
            assert len(running_from(PROGRAM.parent)) == count


def test_the_program_of_the_window_shows_one_but_as_a_runner_for_a_check_or_for_the_installer(monkeypatch):
    cases = [("--tray", True), ("job.qjob", True), ("--runner", False), ("--self-check", False), ("--setup", False)]
    for word, is_window in cases:
        with running(word) as process:
            names = {process.pid: PROGRAM.parent / "queuectl-desktop.exe"}
            monkeypatch.setattr(installed_processes_windows, "_program", names.get)
            (one,) = running_from(PROGRAM.parent)
            assert one.is_window is is_window, word


def test_its_environment_comes_with_it():
    with running(QUEUECTL_TOKEN="of a job") as process:
        assert found(process).environ["QUEUECTL_TOKEN"] == "of a job"


def test_its_queue_is_the_one_that_it_has_found_itself(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    with running("--home", str(one), "worker", "run") as process:
        assert found(process).home.root == one
    with running("--home=one", cwd=tmp_path) as process:
        assert found(process).home.root == one
    with running(QUEUECTL_HOME=str(other)) as process:
        assert found(process).home.root == other
    with running() as process:
        assert found(process).home.root == Path.home() / ".queuectl"


def test_of_a_command_line_that_is_wrong_no_queue_is_known():
    with running("--home") as process:
        assert found(process).home is None
