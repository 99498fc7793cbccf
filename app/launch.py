"""How the parts of the program are started, without Qt: the runner above all, by the command line and the window."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from app.paths import Home, is_usual

JOB_VARIABLES = ("QUEUECTL_JOB_ID", "QUEUECTL_RUN", "QUEUECTL_TOKEN")
"""What a job finds in its environment. A runner started from inside a job must not carry them: the sweep after that
job would end it."""


RUNNER_VARIABLE = "QUEUECTL_RUNNER"
"""Marks a runner that was started on its own: it is no part of the job that started it, if a job did."""

VENV_VARIABLE = "__PYVENV_LAUNCHER__"
"""By this a Python of Windows that was started directly knows which virtual environment is meant."""

TRAY_FLAG = "--tray"
"""Starts in the tray, where there is one: at log-in nobody asked for a window."""

ASK_VERB = "--ask-to-end"
"""Hidden: what the runner has a second process do on Windows, see ``engine/asking_windows.py``."""

CLEAN_VERB = "--ask-to-clean-up"
"""Hidden: what a self-check has a second process do, see ``check_guard.py``."""


def runner_command(home: Home, slots: int | None, *, frozen: bool) -> list[str]:
    """Return the command line that hosts the runner.

    Args:
        home: the queue's home.
        slots: how many workers its starter asks for; None for option ``workers``.
        frozen: whether this is the built program.
    """
    asked = [] if slots is None else ["--slots", str(slots)]
    return [*_program("queuectl-desktop", frozen=frozen), "--runner", "--home", str(home.root), *asked]


def desktop_command(home: Home, environ: Mapping[str, str], *, frozen: bool) -> list[str]:
    """Return the command line that starts the window of a home in the tray, from any folder and at any later time.

    It names the home only where the program would not find it by itself.

    Args:
        home: whose window it is.
        environ: the environment; what QUEUECTL_HOME says now need not be said there and then.
        frozen: whether this is the built program.
    """
    is_found = is_usual(home, sys.executable, frozen=frozen) and not environ.get("QUEUECTL_HOME")
    return [*_desktop(frozen=frozen), TRAY_FLAG, *([] if is_found else ["--home", str(home.root)])]


def console_command(*, frozen: bool) -> list[str]:
    """Return the command line of the command line itself.

    Args:
        frozen: whether this is the built program.
    """
    return _program("queuectl", frozen=True) if frozen else [sys.executable, "-c", _start("console")]


def runner_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a runner that is started by ``runner_command``."""
    mine = {**without_job_variables(environ), RUNNER_VARIABLE: "1"}
    if _python() != sys.executable:
        mine[VENV_VARIABLE] = sys.executable
    return mine


def asking_command(runner: int, pids: Iterable[int]) -> list[str]:
    """Return the command line of the helper that asks console programs on Windows to end.

    Args:
        runner: pid of the runner.
        pids: who is to be asked.
    """
    frozen = bool(getattr(sys, "frozen", False))
    return [*_program("queuectl", frozen=frozen), ASK_VERB, str(runner), *map(str, pids)]


def clean_command(root: Path, *, frozen: bool) -> list[str]:
    """Return the command line of the helper that cleans up after a self-check.

    Args:
        root: the folder of the check.
        frozen: whether this is the built program.
    """
    return [*console_command(frozen=frozen), CLEAN_VERB, str(root)]


def _desktop(*, frozen: bool) -> list[str]:
    if frozen:
        return _program("queuectl-desktop", frozen=True)
    import sysconfig

    suffix = ".exe" if sys.platform == "win32" else ""
    schemes = [sysconfig.get_default_scheme()]
    if sys.prefix == sys.base_prefix:  # a virtual environment has nothing to do with what the person installed outside
        schemes.append(sysconfig.get_preferred_scheme("user"))
    for scheme in schemes:
        script = Path(sysconfig.get_path("scripts", scheme)) / f"queuectl-desktop{suffix}"
        if script.is_file():
            return [str(script)]
    # not installed: `-m app` would have to be started in this folder, and not every system's entry can name one
    return [_python_without_console(), "-c", _start("desktop")]


def _start(program: str) -> str:
    here = Path(__file__).resolve().parent.parent
    return f"import sys; sys.path.insert(0, {str(here)!r}); from app.bootstrap import {program}; sys.exit({program}())"


def _python_without_console() -> str:
    windowed = Path(sys.executable).with_name("pythonw.exe")
    return str(windowed) if sys.platform == "win32" and windowed.is_file() else sys.executable


def _program(name: str, *, frozen: bool) -> list[str]:
    if frozen:
        suffix = ".exe" if sys.platform == "win32" else ""
        return [str(Path(sys.executable).with_name(f"{name}{suffix}"))]
    return [_python(), "-m", "app"]


def _python() -> str:
    """Return the interpreter to start.

    In a virtual environment on Windows ``sys.executable`` is a launcher, which starts the interpreter as a second
    process: its pid would not be the runner's. So the interpreter is started itself, as ``multiprocessing`` does.
    """
    return getattr(sys, "_base_executable", sys.executable) if sys.platform == "win32" else sys.executable


def without_job_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment less what belongs to the job this may have been called from."""
    return {name: value for name, value in environ.items() if name not in JOB_VARIABLES}


def start_runner(home: Home, slots: int | None, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start the runner on its own: it outlives the caller, and shares no stream, session or console with it.

    Its streams are the null device, so that ``$(queuectl worker start)`` does not wait for it.

    Returns:
        The process, so that the caller sees it when it ends at once.

    Raises:
        OSError: it can't be started.
    """
    frozen = bool(getattr(sys, "frozen", False))
    # `python -m app` finds this app by the folder it starts in, and not by PYTHONPATH, which jobs would inherit
    folder = home.root if frozen else Path(__file__).resolve().parent.parent
    return _start_alone(runner_command(home, slots, frozen=frozen), folder, runner_environment(environ))


def start_in_tray(home: Home, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start the window of a home in the tray, as free of the caller as ``start_runner`` makes a runner.

    Args:
        home: whose window it is.
        environ: what it inherits.

    Raises:
        OSError: it can't be started.
    """
    command = desktop_command(home, environ, frozen=bool(getattr(sys, "frozen", False)))
    return _start_alone(command, home.root, without_job_variables(environ))


def _start_alone(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    flags = 0
    if sys.platform == "win32":
        # A console of its own, without a window. No new process group: its jobs would be deaf to Ctrl+C.
        flags = subprocess.CREATE_NO_WINDOW
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=environ,
        start_new_session=True,
        creationflags=flags,
        close_fds=True,
    )
