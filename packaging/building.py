"""`dev.py build`: the folder with the two executables, and what a person downloads of it."""

import os
import platform
import shutil
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from environment import Environment
from processes import run_through_interrupt, tool_environment
from system_libraries import SetupError

NAME = "queuectl"
_BUILD_LIMIT = 1200
_ICONS_LIMIT, _ARCHIVE_LIMIT = 120, 300


@dataclass(frozen=True)
class Places:
    """Where the build works and where its results lie.

    Attributes:
        checkout: the folder that holds pyproject.toml.
        system: names a system other than the one this runs on, whose results have a folder of their own.
    """

    checkout: Path
    system: str = ""

    @property
    def work(self) -> Path:
        """What is made on the way; it may be removed at any time."""
        return self.checkout / ".build"

    @property
    def results(self) -> Path:
        """What was asked for."""
        return self.checkout / ".dist" / self.system

    @property
    def folder(self) -> Path:
        """The folder with the two executables."""
        return self.results / NAME

    @property
    def app(self) -> Path:
        """The same folder as an app of macOS."""
        return self.results / "QueueCTL.app"

    @property
    def icons(self) -> Path:
        """The program's icons in all forms."""
        return self.work / "icons"

    @property
    def resources(self) -> Path:
        """Resources that are made by the build, and lie beside those of the source in the built folder."""
        return self.work / "resources"


def build(checkout: Path, environment: Environment, releases: str | None) -> list[Path]:
    """Build the folder for the system this runs on, and what is downloaded of it.

    Args:
        checkout: the folder that holds pyproject.toml.
        environment: its virtual environment, ready.
        releases: address of the page on which this build is published; None where it is not.

    Returns:
        The results.

    Raises:
        SetupError: it could not be built.
    """
    places = Places(checkout)
    if sys.platform.startswith("linux"):
        import linux_binaries

        linux_binaries.make_ready()
    prepare(places, environment, releases)
    run_pyinstaller([str(environment.python)], places)
    if sys.platform == "win32":
        import windows_installer

        number = version(checkout)
        return [places.folder, windows_archive(places, number), *windows_installer.make(places, number)]
    if sys.platform == "darwin":
        return [places.app, _app_archive(places, version(checkout))]
    import linux_packages

    linux_packages.slim(places.folder)
    return [places.folder, *linux_packages.make(places, version(checkout))]


def prepare(places: Places, environment: Environment, releases: str | None) -> None:
    """Make what queuectl.spec finds in .build: the icons, and the resources that are not in the source.

    Raises:
        SetupError: the address is not one of the web, or the icons can't be drawn.
    """
    shutil.rmtree(places.resources, ignore_errors=True)
    places.resources.mkdir(parents=True)
    if releases:
        if urlsplit(releases).scheme != "https" or not urlsplit(releases).hostname:
            raise SetupError(f"The releases page must be an address that begins with https://, not {releases}")
        (places.resources / "releases.txt").write_text(f"{releases}\n", encoding="utf-8")
    code = run_through_interrupt(
        [environment.python, places.checkout / "packaging" / "make_icons.py", places.icons],
        env=tool_environment(QT_QPA_PLATFORM="offscreen"),
        limit=_ICONS_LIMIT,
    )
    if code != 0:
        raise SetupError("The icons could not be drawn, as said above.")


def run_pyinstaller(python: list[str], places: Places) -> None:
    """Put the folder together.

    Args:
        python: starts the Python whose packages are taken.
        places: where to.

    Raises:
        SetupError: PyInstaller failed.
    """
    command = [*python, *pyinstaller_arguments(places)]
    environ = {name: value for name, value in tool_environment().items() if name != "LD_LIBRARY_PATH"}
    environ |= pyinstaller_environment(places)
    print("Building: a minute or two.", flush=True)
    if run_through_interrupt(command, cwd=places.checkout, env=environ, limit=_BUILD_LIMIT) != 0:
        raise SetupError("PyInstaller failed, as said above.")


def windows_archive(places: Places, version: str) -> Path:
    """Pack a folder that was built for Windows, wherever that was."""
    remove_old(places, f"{NAME}-*-windows-*.zip")
    name = places.results / f"{NAME}-{version}-windows-x86_64"
    return Path(shutil.make_archive(str(name), "zip", places.results, NAME))


def remove_old(places: Places, pattern: str) -> None:
    """Remove what earlier builds have left among the results, so that nobody takes it for this one's."""
    for path in places.results.glob(pattern):
        path.unlink()


def _app_archive(places: Places, version: str) -> Path:
    remove_old(places, "QueueCTL-*-macos-*.zip")
    path = places.results / f"QueueCTL-{version}-macos-{platform.machine()}.zip"
    # Other tools lose the links inside, and with them the signature.
    command = ["ditto", "-c", "-k", "--keepParent", str(places.app), str(path)]
    if run_through_interrupt(command, env=tool_environment(), limit=_ARCHIVE_LIMIT) != 0:
        raise SetupError("The app could not be packed, as said above.")
    return path


def pyinstaller_arguments(places: Places, name: Callable[[Path], str] = str) -> list[str]:
    """What Python is called with.

    Args:
        places: where to.
        name: how that Python calls a file of this system.
    """
    work = places.work / f"pyinstaller{places.system}"
    return [
        *("-m", "PyInstaller", name(places.checkout / "packaging" / "queuectl.spec"), "--noconfirm"),
        *("--log-level", "WARN", "--distpath", name(places.results), "--workpath", name(work)),
    ]


def pyinstaller_environment(places: Places, name: Callable[[Path], str] = str) -> dict[str, str]:
    """What its environment must hold.

    Args:
        places: where to.
        name: how that Python calls a file of this system.
    """
    # Its cache lies in the person's home else, and serves other versions of the same file.
    cache = places.work / f"pyinstaller{places.system}-cache"
    return {"PYINSTALLER_CONFIG_DIR": name(cache), "PYTHONHASHSEED": "0"}


def version(checkout: Path) -> str:
    """The version of the program, as the wheel gets it too."""
    document = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))
    source = checkout / document["tool"]["hatch"]["version"]["path"]
    for line in source.read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(" = ")
        if name == "__version__":
            return value.strip("\"'")
    raise SetupError(f"{source} names no version.")


def megabytes(path: Path) -> float:
    """The size of a file, or of all files in a folder, in millions of bytes."""
    files = [Path(folder) / name for folder, _, names in os.walk(path) for name in names] if path.is_dir() else [path]
    return sum(file.lstat().st_size for file in files) / 1e6
