"""The Windows build, made on Linux under Wine: so the .exe that people would get is one that was run here.

What is released comes from Windows itself, by the workflow: under Wine Python lacks a module (see windows_python.py).
"""

import shutil
from pathlib import Path

import building
import windows_installer
import windows_python
from building import Places
from environment import Environment
from system_libraries import SetupError
from windows_python import windows_path

SYSTEM = "windows"
RUNS_HERE = "runs-under-wine"
"""The folder in .build with the built one, and what it needs to start under Wine."""

_LIMIT, _CHECK_LIMIT = 1200, 400
# [E] Windows 10 has it, Wine 8 has not: Qt's core library starts with a stand-in beside it. Never shipped.
_STAND_IN = "icuuc.dll"


def build(checkout: Path, environment: Environment, releases: str | None) -> list[Path]:
    """Build the Windows folder, have it check itself under Wine, and make what is downloaded of it.

    Args:
        checkout: the folder that holds pyproject.toml.
        environment: its virtual environment, ready.
        releases: address of the page on which this build is published; None where it is not.

    Returns:
        The folder, the archive and the installer.

    Raises:
        SetupError: it could not be built, or does not work.
    """
    windows = windows_python.make_ready(checkout, environment)
    places = Places(checkout, SYSTEM)
    building.prepare(places, environment, releases)
    print("Building under Wine: two to four minutes.", flush=True)
    code = windows.run(
        building.pyinstaller_arguments(places, windows_path),
        cwd=checkout,
        limit=_LIMIT,
        **building.pyinstaller_environment(places, windows_path),
    )
    if code != 0:
        raise SetupError("PyInstaller failed under Wine, as said above.")
    for stand_in in places.folder.rglob(_STAND_IN):
        stand_in.unlink()
    _self_check(places, windows)
    version = building.version(checkout)
    archive = building.windows_archive(places, version)
    print("Compiling the installer: half a minute.", flush=True)
    return [places.folder, archive, *windows_installer.make(places, version)]


def _self_check(places: Places, windows: windows_python.WindowsPython) -> None:
    """Run what was built, under Wine, from another folder."""
    copy = places.work / RUNS_HERE
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(places.folder, copy)
    (core,) = copy.rglob("Qt6Core.dll")
    shutil.copy2(windows.packages / "PySide6" / _STAND_IN, core.parent)
    program = copy / "queuectl-desktop.exe"
    if windows.run(["--self-check"], program=program, cwd=copy, limit=_CHECK_LIMIT) != 0:
        raise SetupError("What was built does not work under Wine, as said above.")
