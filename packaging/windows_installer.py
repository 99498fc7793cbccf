"""The installer for Windows, compiled by NSIS from windows_installer.nsi: on Windows as on Linux."""

import shutil
import subprocess
import sys
from pathlib import Path

import system_libraries
from building import Places
from processes import tool_environment
from system_libraries import SetupError

_COMPILER = "makensis"


def make_ready() -> None:
    """Install the compiler where that is allowed.

    Raises:
        SetupError: it is missing, and only a person can bring it.
    """
    if shutil.which(_COMPILER) is not None:
        return
    if not system_libraries.on_debian():
        raise SetupError(f"To make the installer {_COMPILER} is needed: install NSIS, and put its folder on PATH.")
    system_libraries.install_packages(["nsis"], "the compiler of the Windows installer")


def make(places: Places, version: str) -> Path:
    """Make the installer of a built folder.

    Args:
        places: where it lies, and where to.
        version: of the program.

    Returns:
        The installer.

    Raises:
        SetupError: the compiler failed.
    """
    target = places.results / f"queuectl-{version}-windows-x86_64-setup.exe"
    sign = "/" if sys.platform == "win32" else "-"
    known = {
        "VERSION": version,
        "NUMBERS": ".".join([*version.split(".")[:3], "0"]),
        "FOLDER": str(places.folder),
        "ICON": str(places.icons / "queuectl.ico"),
        "LICENCE": str(places.checkout / "LICENSE"),
        "TARGET": str(target),
    }
    script = places.checkout / "packaging" / "windows_installer.nsi"
    command = [_COMPILER, f"{sign}V2", f"{sign}WX", *(f"{sign}D{name}={value}" for name, value in known.items())]
    done = subprocess.run(
        [*command, str(script)],
        env=tool_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        raise SetupError(f"{done.stdout.rstrip()}\n{_COMPILER} failed with exit code {done.returncode}.")
    return target
