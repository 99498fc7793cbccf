"""Starting the runner."""

import json
import os
import sys
from pathlib import Path

import pytest

from app.launch import (
    JOB_VARIABLES,
    VENV_VARIABLE,
    asking_command,
    runner_command,
    runner_environment,
    start_runner,
    without_job_variables,
)
from app.paths import Home

CHECKOUT = Path(__file__).resolve().parent.parent

TELL = """
import json, os, sys
def link(number):
    try:
        return os.readlink(f"/proc/self/fd/{number}")
    except OSError:
        return None
told = {
    "argv": sys.orig_argv,
    "environ": dict(os.environ),
    "streams": [link(number) for number in range(3)],
    "others": [link(int(number)) for number in os.listdir("/proc/self/fd") if int(number) > 2],
    "cwd": os.getcwd(),
    "session": os.getsid(0) if hasattr(os, "getsid") else None,
    "pid": os.getpid(),
}
with open(os.environ["TELL_TO"] + ".part", "w") as file:
    json.dump(told, file)
os.rename(os.environ["TELL_TO"] + ".part", os.environ["TELL_TO"])
os._exit(0)
"""


@pytest.fixture
def runner(tmp_path):
    """What a process that was started as the runner says of itself: it speaks before any of the app is imported."""
    home = Home(tmp_path / "home")
    home.make()
    (tmp_path / "sitecustomize.py").write_text(TELL)
    environ = {
        **os.environ,
        **dict.fromkeys(JOB_VARIABLES, "of a job"),
        "QUEUECTL_HOME": "kept",
        "PYTHONPATH": str(tmp_path),
        "TELL_TO": str(tmp_path / "told"),
    }
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    try:
        process = start_runner(home, 3, environ)
        assert process.wait(timeout=30) == 0
    finally:
        os.close(reading)
        os.close(writing)
    return home, process, json.loads((tmp_path / "told").read_text())


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells what a process has")
def test_a_runner_starts_on_its_own(runner):
    home, process, told = runner
    assert told["argv"][1:] == ["-m", "app", "--runner", "--home", str(home.root), "--slots", "3"]
    assert told["streams"] == [os.devnull] * 3
    assert [other for other in told["others"] if other and other.startswith("pipe:")] == []
    assert told["cwd"] == str(CHECKOUT)
    assert told["session"] == told["pid"] == process.pid
    assert not set(JOB_VARIABLES) & set(told["environ"])
    assert told["environ"]["QUEUECTL_HOME"] == "kept"


def test_from_source_the_runner_is_this_python():
    home = Home(Path("/h"))
    assert runner_command(home, None, frozen=False) == [
        sys._base_executable if sys.platform == "win32" else sys.executable,
        "-m",
        "app",
        "--runner",
        "--home",
        str(home.root),
    ]
    assert runner_command(home, 5, frozen=False)[-2:] == ["--slots", "5"]


def test_the_built_runner_is_the_windowed_program_beside_this_one(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "queuectl"))
    suffix = ".exe" if sys.platform == "win32" else ""
    assert runner_command(Home(Path("/h")), 2, frozen=True) == [
        str(tmp_path / f"queuectl-desktop{suffix}"),
        "--runner",
        "--home",
        str(Path("/h")),
        "--slots",
        "2",
    ]


def test_in_a_virtual_environment_on_windows_the_interpreter_is_started_and_told_of_it(monkeypatch):
    """The launcher there starts it as a second process, and its own pid would not be the runner's."""
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(sys, "executable", "C:\\venv\\python.exe")
    monkeypatch.setattr(sys, "_base_executable", "C:\\Python\\python.exe")
    assert runner_command(Home(Path("/h")), None, frozen=False)[0] == "C:\\Python\\python.exe"
    assert asking_command(1, [2])[:3] == ["C:\\Python\\python.exe", "-m", "app"]
    assert runner_environment({})[VENV_VARIABLE] == "C:\\venv\\python.exe"
    monkeypatch.setattr(sys, "executable", sys._base_executable)
    assert VENV_VARIABLE not in runner_environment({})


def test_the_built_helper_is_the_console_program_beside_this_one(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "queuectl-desktop.exe"))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    suffix = ".exe" if sys.platform == "win32" else ""
    assert asking_command(1, [2, 3]) == [str(tmp_path / f"queuectl{suffix}"), "--ask-to-end", "1", "2", "3"]


def test_a_job_s_variables_are_not_handed_on():
    environ = {"PATH": "/bin", "QUEUECTL_HOME": "/h", **dict.fromkeys(JOB_VARIABLES, "x")}
    assert without_job_variables(environ) == {"PATH": "/bin", "QUEUECTL_HOME": "/h"}
    assert set(JOB_VARIABLES) <= set(environ), "the given one stays as it was"
    assert set(JOB_VARIABLES) == {"QUEUECTL_JOB_ID", "QUEUECTL_RUN", "QUEUECTL_TOKEN"}


@pytest.mark.skipif(os.name != "posix", reason="a program that can't be started")
def test_a_runner_that_can_t_be_started_is_an_os_error(monkeypatch, home):
    home.make()
    monkeypatch.setattr(sys, "executable", str(home.root / "gone"))
    with pytest.raises(FileNotFoundError):
        start_runner(home, None, os.environ)
