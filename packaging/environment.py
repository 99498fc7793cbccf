"""The checkout's virtual environment: made once, and used until something it rests on changes."""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
import venv
from dataclasses import dataclass
from pathlib import Path

import file_lock
import system_libraries
from processes import tool_environment
from system_libraries import SetupError

_STAMP = "queuectl-stamp.json"
_SCRIPTS = "Scripts" if os.name == "nt" else "bin"
_EXE = ".exe" if os.name == "nt" else ""


@dataclass(frozen=True)
class Environment:
    """A virtual environment.

    Attributes:
        root: its folder.
    """

    root: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.script("python")

    @property
    def site_packages(self) -> Path:
        """Where its packages lie."""
        if os.name == "nt":
            return self.root / "Lib" / "site-packages"
        # venv names this folder after the Python that made it, which is the one that runs this.
        return self.root / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"

    def script(self, name: str) -> Path:
        """Where the command of this name lies in it."""
        return self.root / _SCRIPTS / (name + _EXE)

    def create(self) -> None:
        """Make it afresh, with a pip of its own only where the Python that runs this has none."""
        shutil.rmtree(self.root, ignore_errors=True)
        if self.root.exists():
            raise SetupError(f"{self.root} is in use and cannot be made again. Close what runs from it first.")
        with_pip = _pip_runner() is None
        venv.EnvBuilder(symlinks=os.name != "nt", with_pip=with_pip).create(self.root)


def make_ready(checkout: Path) -> Environment:
    """Give the environment of this checkout, making what is missing.

    Args:
        checkout: the folder that holds pyproject.toml.

    Returns:
        An environment with the pinned packages and the program itself, editable.

    Raises:
        SetupError: something is missing that only a person can bring.
    """
    environment = Environment(checkout / ".venv")
    wanted = stamp_for(checkout)
    if read_stamp(environment) == wanted:
        return environment
    try:
        with file_lock.held(checkout / ".venv.lock", "Another start is setting up .venv: waiting for it."):
            if read_stamp(environment) != wanted:
                _set_up(checkout, environment, wanted)
    except PermissionError as error:
        raise SetupError(f"This account may not write {error.filename}.") from None
    return environment


def make_from_lock(root: Path, lock: Path) -> Environment:
    """Give an environment that holds what a lock pins and nothing else, made afresh when either has changed.

    Args:
        root: its folder, which has a place beside it for the lock of its making.
        lock: pinned packages, complete.

    Raises:
        SetupError: it can't be made.
    """
    environment = Environment(root)
    wanted = {"place": str(root), "python": f"{_base_python()} {sys.version}", "lock": _digest(lock)}
    if read_stamp(environment) == wanted:
        return environment
    with file_lock.held(root.with_name(f"{root.name}.lock"), f"Another start is setting up {root}: waiting for it."):
        if read_stamp(environment) != wanted:
            print(f"Setting up {root} with the packages of {lock.name}.", flush=True)
            _ensure_pip()
            environment.create()
            _install(environment, lock)
            write_stamp(environment, wanted)
    return environment


def stamp_for(checkout: Path) -> dict[str, str]:
    """What the environment of this checkout rests on.

    The checkout's place is part of it, since the scripts of a virtual environment hold absolute paths.
    """
    packaging = checkout / "packaging"
    return {
        "place": str(checkout),
        "python": f"{_base_python()} {sys.version}",
        "lock": _digest(packaging / "requirements.lock"),
        "project": _digest(checkout / "pyproject.toml"),
    }


def read_stamp(environment: Environment) -> dict[str, str] | None:
    """What this environment was made from; None when it was not made to the end."""
    try:
        stamp = json.loads((environment.root / _STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stamp if isinstance(stamp, dict) and environment.python.exists() else None


def pip_command(target: Environment) -> list[str]:
    """The pip command, up to its sub-command, that acts on this environment.

    The pip is that of the Python that runs this: so Debian's Python, whose ensurepip is a package of its own, is
    enough as it is. It is started as `pip --python` starts it, but at once: the process between the two would
    answer Ctrl+C with a traceback.

    Raises:
        SetupError: there is no pip, here or there.
    """
    runner = _pip_runner()
    if runner is None and not (target.site_packages / "pip").exists():
        raise SetupError(
            f"There is no pip for {target.root}: delete that folder and start again, to have it made anew."
        )
    pip = ["-m", "pip"] if runner is None else [str(runner)]
    return [str(target.python), *pip, "--disable-pip-version-check"]


def _set_up(checkout: Path, environment: Environment, wanted: dict[str, str]) -> None:
    system_libraries.ensure_qt_libraries()
    _ensure_pip()
    made_from = read_stamp(environment)
    began = time.monotonic()
    # Without a stamp nothing is there, or what an interrupted set-up left.
    (environment.root / _STAMP).unlink(missing_ok=True)
    if made_from is None or made_from | {"project": ""} != wanted | {"project": ""}:
        print(
            "Setting up .venv with the pinned packages. The first time this takes a minute or two.",
            flush=True,
        )
        environment.create()
        _install(environment, checkout / "packaging" / "requirements.lock")
    else:
        print("pyproject.toml has changed: installing the program into .venv again.", flush=True)
    own = ["--no-deps", "--no-build-isolation", "--editable", str(checkout)]
    _pip(pip_command(environment), "install", "-qq", *own)
    write_stamp(environment, wanted)
    print(f"Ready after {time.monotonic() - began:.0f} s.", flush=True)


def _install(environment: Environment, lock: Path) -> None:
    pip = pip_command(environment)
    # The lock is complete, so nothing beside it is to be chosen here; `check` says if it is not.
    _pip(pip, "install", "-qq", "--no-deps", "--requirement", str(lock))
    _pip(pip, "check")


def _pip(pip: list[str], *args: str) -> None:
    process = subprocess.run([*pip, *args], env=tool_environment(), stdin=subprocess.DEVNULL, check=False)
    if process.returncode != 0:
        raise SetupError(f"pip {args[0]} failed, as said above. Start again when the cause is gone.")


def _ensure_pip() -> None:
    if _pip_runner() or _has_ensurepip():
        return
    # Only the system's own Python has its ensurepip in a Debian package.
    if sys.base_prefix != "/usr" or not system_libraries.on_debian():
        raise SetupError(f"{_base_python()} has neither pip nor ensurepip: start this with a complete Python.")
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    system_libraries.install_packages([package], "Python's ensurepip")
    if not _has_ensurepip():
        raise SetupError(f"{package} is installed, but {_base_python()} still finds no ensurepip.")


def _pip_runner() -> Path | None:
    """The script by which this Python's pip (22.3 or newer) serves another environment; None without such a pip.

    A virtual environment, such as the one made here, has the pip of the Python that it was made from.
    """
    pip = importlib.util.find_spec("pip")
    origin = pip.origin if pip is not None else _pip_of(_base_python()) if sys.prefix != sys.base_prefix else None
    if origin is None:
        return None
    runner = Path(origin).with_name("__pip-runner__.py")
    return runner if runner.exists() else None


def _pip_of(python: str) -> str | None:
    """Where another Python has its pip; None where it has none."""
    asked = subprocess.run(
        [python, "-c", "import pip; print(pip.__file__)"],
        env=tool_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        check=False,
    )
    return asked.stdout.strip() or None


def _has_ensurepip() -> bool:
    importlib.invalidate_caches()
    return importlib.util.find_spec("ensurepip") is not None


def write_stamp(environment: Environment, stamp: dict[str, str]) -> None:
    """Note what an environment was made from, once it is made to the end."""
    path = environment.root / _STAMP
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps(stamp, indent=2), encoding="utf-8")
    unfinished.replace(path)


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise SetupError(f"{path} cannot be read: {error.strerror}") from None


def _base_python() -> str:
    """The interpreter outside any virtual environment; .venv's own must not make .venv again from itself."""
    executable = getattr(sys, "_base_executable", None) or sys.executable
    return os.path.realpath(executable)
