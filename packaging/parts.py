"""The parts of `dev.py test`: what each checks, and how its result is told."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import building
import chaos
import demo
import desktop_programs
import wheel_check
import windows_build
import windows_installer
import windows_python
from environment import Environment
from processes import run_through_interrupt, tool_environment
from system_libraries import SetupError

_PLATFORMS = ("linux", "win32", "darwin")
# Processes beside each other: the machines of CI have two cores.
_WORKERS = 2
_NO_TESTS_COLLECTED = 5
# Seconds, so that what hangs is reported while the machine is still ours.
_CHECK_LIMIT, _TESTS_LIMIT, _SLOW_LIMIT, _WINDOWS_LIMIT, _DESKTOP_LIMIT = 600, 1500, 2400, 1800, 1800
_CHAOS_LIMIT = 1800
_INSTALLER_LIMIT = 1200
# Starting ten times at once is repeated from source; other makes of the program show that they do it too.
_ROUNDS_ELSEWHERE = "2"
_QUICK = "not slow and not desktop and not built"
_BUILT = "built"
_DESKTOP_SUITE = "tests/desktop/real"
_INSTALLER_TESTS = "tests/packaging/test_windows_installer.py"
# What has code of its own on Windows, or rests on such code. What Wine can't do its tests say themselves.
_WINDOWS_SUITES = [
    *("tests/domain", "tests/store", "tests/engine", "tests/desktop", "tests/cli", "tests/end_to_end"),
    *("tests/test_bundle.py", "tests/test_launch.py", "tests/test_locks.py", "tests/test_messages.py"),
    *("tests/test_paths.py", "tests/test_qt_libraries.py", "tests/test_settings.py", "tests/test_setup_windows.py"),
    "tests/test_end_installed.py",
]


class SkippedError(Exception):
    """This part can't be run on this machine; the text says why."""


@dataclass(frozen=True)
class Checkout:
    """What a part works on.

    Attributes:
        root: the folder that holds pyproject.toml.
        environment: its virtual environment, ready.
        pytest_args: what was given behind `--`.
    """

    root: Path
    environment: Environment
    pytest_args: Sequence[str]


@dataclass(frozen=True)
class Result:
    """How one part ended.

    Attributes:
        name: the part.
        passed: whether all of it is as it should be.
        seconds: how long it took.
        skipped: why it was not run at all; empty where it was.
    """

    name: str
    passed: bool
    seconds: float
    skipped: str = ""

    def __str__(self) -> str:
        if self.skipped:
            return f"{self.name:<18} skipped: {self.skipped}"
        return f"{self.name:<18} {'passed' if self.passed else 'FAILED'}  {self.seconds:6.1f} s"


def select(named: Sequence[str] | None, *, everything: bool) -> list[str]:
    """The parts to run, in their fixed order.

    Args:
        named: those asked for by name; none means the everyday ones.
        everything: whether the slow ones are wanted too, less those that run by name only.
    """
    if everything:
        return [name for name in NAMES if name not in BY_NAME_ONLY]
    wanted = named or EVERYDAY
    return [name for name in NAMES if name in wanted]


def run_all(names: Iterable[str], root: Path, environment: Environment, pytest_args: Sequence[str]) -> int:
    """Run parts one after the other; one that fails does not keep the next from running.

    Returns:
        The exit code: 0 when all passed, else 1.
    """
    checkout = Checkout(root, environment, pytest_args)
    results = [_run(name, checkout) for name in names]
    print("\n" + "\n".join(str(result) for result in results))
    skipped = sum(bool(result.skipped) for result in results)
    failed = sum(not result.passed for result in results)
    counts = f"{len(results) - failed - skipped} passed, {failed} failed"
    print(f"parts: {counts}, {skipped} skipped" if skipped else f"parts: {counts}", flush=True)
    return 1 if failed else 0


def _run(name: str, checkout: Checkout) -> Result:
    print(f"\n== {name}", flush=True)
    began = time.monotonic()
    try:
        passed = _PARTS[name](checkout)
    except SkippedError as reason:
        print(f"Skipped: {reason}.")
        return Result(name, passed=True, seconds=0.0, skipped=str(reason))
    except SetupError as error:
        print(error)
        passed = False
    except subprocess.TimeoutExpired as error:
        print(f"Ended after {error.timeout:.0f} s, the most this may take: {_words(error.cmd)}")
        passed = False
    return Result(name, passed, time.monotonic() - began)


def _checks(checkout: Checkout) -> bool:
    """Style, form and types; the types once for each system, since each has its own files."""
    ruff = str(checkout.environment.script("ruff"))
    mypy = [str(checkout.environment.python), "-m", "mypy"]
    style = [[ruff, "check", "."], [ruff, "format", "--check", "."]]
    # Two mypys must not write one cache.
    types = [[*mypy, "--platform", name, "--cache-dir", f".mypy_cache/{name}"] for name in _PLATFORMS]
    with ThreadPoolExecutor(_WORKERS) as pool:
        return all(list(pool.map(lambda command: _check(command, checkout.root), [*style, *types])))


def _check(command: list[str], cwd: Path) -> bool:
    ended = subprocess.run(
        command,
        cwd=cwd,
        env=tool_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
        timeout=_CHECK_LIMIT,
    )
    if ended.returncode == -signal.SIGINT:  # Ctrl+C: what it says then is a traceback
        return False
    # In one piece, since another check prints at the same time.
    print(f"$ {_words(command)}\n{ended.stdout.rstrip()}\n", end="", flush=True)
    return ended.returncode == 0


def _tests(checkout: Checkout) -> bool:
    return _pytest(checkout, _QUICK, limit=_TESTS_LIMIT)


def _slow(checkout: Checkout) -> bool:
    return _pytest(checkout, "slow and not built", limit=_SLOW_LIMIT)


def _desktop(checkout: Checkout) -> bool:
    """The suite that drives the program on a desktop, with real clicks and drags."""
    return _desktop_suite(checkout, "source")


def _executable(checkout: Checkout) -> bool:
    """What is downloaded for this system, in another folder than the one it was built in.

    It is put to its own tests, and where a desktop can be made to the desktop suite. QUEUECTL_BUILT may name what is to
    be tested, such as an unpacked download; else it is built afresh.
    """
    has_desktop = desktop_programs.why_not() is None
    if has_desktop:
        _skip_where(desktop_programs)
        desktop_programs.make_ready()
    folder = os.environ.get("QUEUECTL_BUILT") or str(_build_elsewhere(checkout))
    own = {"QUEUECTL_BUILT": folder, "QUEUECTL_ROUNDS": _ROUNDS_ELSEWHERE}
    alone = _pytest(checkout, _BUILT, limit=_TESTS_LIMIT, **own)
    return (not has_desktop or _desktop_suite(checkout, "built", **own)) and alone


def _build_elsewhere(checkout: Checkout) -> Path:
    """Build what is downloaded; the folder with the two executables in a copy of it."""
    places = building.Places(checkout.root)
    result, *_ = building.build(checkout.root, checkout.environment, releases=None)
    elsewhere = places.work / "moved" / "A folder, elsewhere"
    shutil.rmtree(elsewhere.parent, ignore_errors=True)
    copy = shutil.copytree(result, elsewhere / result.name, symlinks=True)
    return copy / "Contents" / "MacOS" if result == places.app else copy


def _windows_executable(checkout: Checkout) -> bool:
    """What is downloaded for Windows: built afresh under Wine, installed there, and put to the desktop suite."""
    for needed in (windows_python, windows_installer, desktop_programs):
        _skip_where(needed)
    _folder, _archive, installer = windows_build.build(checkout.root, checkout.environment, releases=None)
    own = {"QUEUECTL_INSTALLER": str(installer)}
    installs = _pytest(checkout, _QUICK, _INSTALLER_TESTS, limit=_INSTALLER_LIMIT, **own)
    runs_here = building.Places(checkout.root).work / windows_build.RUNS_HERE
    own = {"QUEUECTL_BUILT": str(runs_here), "QUEUECTL_ROUNDS": _ROUNDS_ELSEWHERE}
    return _desktop_suite(checkout, "wine-built", **own) and installs


def _windows_desktop(checkout: Checkout) -> bool:
    """The same suite with the Windows code from source, under Wine."""
    _skip_where(windows_python)
    _skip_where(desktop_programs)
    windows_python.make_ready(checkout.root, checkout.environment)
    return _desktop_suite(checkout, "wine", QUEUECTL_ROUNDS=_ROUNDS_ELSEWHERE)


def _desktop_suite(checkout: Checkout, target: str, **variables: str) -> bool:
    _skip_where(desktop_programs)
    desktop_programs.make_ready()
    pictures = checkout.root / ".desktop" / "pictures" / target
    shutil.rmtree(pictures, ignore_errors=True)
    chosen = [] if _names_tests(checkout) else [_DESKTOP_SUITE]
    # [E] One server serves all Windows programs of a prefix, and has one screen: no two tests at once.
    workers = 1 if target.startswith("wine") else _WORKERS
    own = {"QUEUECTL_TARGET": target, "QUEUECTL_PICTURES": str(pictures), **variables}
    passed = _pytest(checkout, "desktop", *chosen, limit=_DESKTOP_LIMIT, workers=workers, **own)
    print(f"Pictures of each step: {pictures}")
    return passed


def _pytest(
    checkout: Checkout, marker: str, *args: str, limit: float, workers: int = _WORKERS, **variables: str
) -> bool:
    python = str(checkout.environment.python)
    code = run_through_interrupt(
        [python, "-m", "pytest", "-n", str(workers), "-m", marker, *args, *checkout.pytest_args],
        cwd=checkout.root,
        # What the part is about counts more than what the person's own environment says of it.
        env=tool_environment(QT_QPA_PLATFORM="offscreen") | variables,
        limit=limit,
    )
    if code == _NO_TESTS_COLLECTED:
        print(f"No test is marked as: {marker}. That is taken as a failure, since this part exists to run some.")
    return code == 0


def _names_tests(checkout: Checkout) -> bool:
    """Whether files or folders of tests were given behind `--`."""
    return any((checkout.root / arg.partition("::")[0]).exists() for arg in checkout.pytest_args)


def _skip_where(needed: ModuleType) -> None:
    """Skip a part for which this machine lacks something; in CI that is a failure, as ``make_ready`` tells it."""
    reason = needed.why_not()
    if reason is None and not os.environ.get("CI"):
        reason = needed.what_a_person_must_bring()
    if reason is not None:
        raise SkippedError(reason)


def _chaos(checkout: Checkout) -> bool:
    """Attacks on the promise that nothing is lost, each with as many rounds as CI makes."""
    if os.name == "nt":
        raise SkippedError("the jobs of these attacks speak a POSIX shell's language")
    return chaos.attack(checkout.root, checkout.environment, [], limit=_CHAOS_LIMIT) == 0


def _demo(checkout: Checkout) -> bool:
    return demo.show(checkout.root, checkout.environment.script("queuectl")) == 0


def _wheel(checkout: Checkout) -> bool:
    try:
        wheel_check.check(checkout.root, checkout.environment)
    except wheel_check.WheelError as error:
        print(error)
        return False
    return True


def _windows(checkout: Checkout) -> bool:
    """The suites with the Windows code, under Wine."""
    _skip_where(windows_python)
    windows = windows_python.make_ready(checkout.root, checkout.environment)
    chosen = [] if _names_tests(checkout) else _WINDOWS_SUITES
    options = ["-n", str(_WORKERS), "-m", _QUICK, "-p", "no:cacheprovider"]
    # Wine 8 knows no such awareness, and Qt says so once a process.
    options += ["-o", "qt_log_ignore=DpiAwareness"]
    code = windows.run(
        ["-m", "pytest", *options, *chosen, *checkout.pytest_args],
        cwd=checkout.root,
        limit=_WINDOWS_LIMIT,
        QT_QPA_PLATFORM="offscreen",
    )
    return code == 0


def _words(command: Sequence[str | Path]) -> str:
    first, *rest = command
    return " ".join([Path(first).name, *map(str, rest)])


_PARTS: dict[str, Callable[[Checkout], bool]] = {
    "checks": _checks,
    "tests": _tests,
    "slow": _slow,
    "desktop": _desktop,
    "chaos": _chaos,
    "executable": _executable,
    "windows": _windows,
    "windows-executable": _windows_executable,
    "windows-desktop": _windows_desktop,
    "demo": _demo,
    "wheel": _wheel,
}
NAMES = tuple(_PARTS)
# The executables are the same code, in the form that people get; from source it is quicker to find out why.
BY_NAME_ONLY = ("windows-desktop",)
EVERYDAY = ("checks", "tests")
