"""Starting the runner, and the window at log-in."""

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from app.launch import (
    JOB_VARIABLES,
    VENV_VARIABLE,
    asking_command,
    console_command,
    desktop_command,
    runner_command,
    runner_environment,
    start_in_tray,
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


def started(start, tmp_path):
    """What a process that is started so says of itself: it speaks before any of the app is imported."""
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
        process = start(environ)
        assert process.wait(timeout=30) == 0
    finally:
        os.close(reading)
        os.close(writing)
    return process, json.loads((tmp_path / "told").read_text())


@pytest.fixture
def made_home(tmp_path):
    home = Home(tmp_path / "home")
    home.make()
    return home


@pytest.fixture
def runner(made_home, tmp_path):
    """What the runner of a home says of itself."""
    process, told = started(partial(start_runner, made_home, 3), tmp_path)
    return made_home, process, told


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


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells what a process has")
def test_a_window_starts_in_the_tray_as_free_of_its_starter_as_a_runner(made_home, monkeypatch, tmp_path):
    monkeypatch.setattr("sysconfig.get_path", lambda *_: str(tmp_path / "none"))
    process, told = started(partial(start_in_tray, made_home), tmp_path)
    assert told["argv"][-3:] == ["--tray", "--home", str(made_home.root)]
    assert told["streams"] == [os.devnull] * 3
    assert [other for other in told["others"] if other and other.startswith("pipe:")] == []
    assert told["cwd"] == str(made_home.root)
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


def test_the_built_command_line_is_the_console_program_beside_this_one(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "queuectl-desktop"))
    suffix = ".exe" if sys.platform == "win32" else ""
    assert console_command(frozen=True) == [str(tmp_path / f"queuectl{suffix}")]


def test_from_source_the_command_line_is_found_from_any_folder(tmp_path):
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [*console_command(frozen=False), "--version"]
    told = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.startswith("queuectl")


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


@pytest.fixture
def usual(monkeypatch, tmp_path):
    """The home that the program finds by itself."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    return Home(tmp_path / ".queuectl")


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """The script of this environment."""
    suffix = ".exe" if sys.platform == "win32" else ""
    script = tmp_path / "scripts" / f"queuectl-desktop{suffix}"
    script.parent.mkdir()
    script.touch()
    monkeypatch.setattr("sysconfig.get_path", lambda *_: str(script.parent))
    return str(script)


def test_the_window_is_started_by_the_installed_script(usual, installed):
    assert desktop_command(usual, {}, frozen=False) == [installed, "--tray"]


def test_a_home_is_named_only_where_the_window_would_not_find_it(usual, installed, tmp_path):
    other = Home(tmp_path / "other")
    named = [installed, "--tray", "--home", str(other.root)]
    assert desktop_command(other, {}, frozen=False) == named
    assert desktop_command(other, {"QUEUECTL_HOME": str(other.root)}, frozen=False) == named
    # at log-in that variable may be there too
    environ = {"QUEUECTL_HOME": str(other.root)}
    assert desktop_command(usual, environ, frozen=False) == [installed, "--tray", "--home", str(usual.root)]


def test_the_built_window_is_started_by_its_own_program_and_finds_its_portable_home(usual, monkeypatch, tmp_path):
    suffix = ".exe" if sys.platform == "win32" else ""
    program = str(tmp_path / "program" / f"queuectl-desktop{suffix}")
    monkeypatch.setattr(sys, "executable", program)
    assert desktop_command(usual, {}, frozen=True) == [program, "--tray"]
    portable = Home((tmp_path / "program" / "portable").resolve())
    portable.root.mkdir(parents=True)
    assert desktop_command(portable, {}, frozen=True) == [program, "--tray"]
    assert desktop_command(usual, {}, frozen=True) == [program, "--tray", "--home", str(usual.root)]


def test_a_window_that_is_not_installed_is_found_from_any_folder(usual, monkeypatch, tmp_path):
    monkeypatch.setattr("sysconfig.get_path", lambda *_: str(tmp_path / "none"))
    command = desktop_command(usual, {}, frozen=False)
    version = [*command[: command.index("--tray")], "--version"]
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    told = subprocess.run(version, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.startswith("QueueCTL ")
