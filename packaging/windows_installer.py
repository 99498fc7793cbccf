"""The installer for Windows, of a folder that was built for it: compiled by NSIS, on Windows and on Linux.

NSIS as it is released for Windows makes 32-bit installers, which run on every Windows; Debian's makes 64-bit ones too,
and Wine here runs no others. Both are made of one script.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import system_libraries
from building import NAME, Places
from processes import tool_environment
from system_libraries import SetupError

_COMPILER = "makensis"
_PACKAGE = "nsis"
_PROGRAM_FILES = "ProgramFiles(x86)"
_TARGET = "x86-unicode" if sys.platform == "win32" else "amd64-unicode"


def make(places: Places, version: str) -> list[Path]:
    """Compile the installer.

    Args:
        places: where the built folder lies, and where the installer goes.
        version: of the program.

    Returns:
        The installer; nothing where a person's own Windows has no NSIS.

    Raises:
        SetupError: NSIS is missing on Linux or in CI, or fails.
    """
    compiler = _compiler()
    if compiler is None:
        print("No installer is made: this system has no NSIS.")
        return []
    script = places.checkout / "packaging" / "windows_installer.nsi"
    path = places.results / f"{NAME}-{version}-windows-x86_64-setup.exe"
    files = sorted(file for file in places.folder.rglob("*") if file.is_file())
    listing = places.work / "installer-files.nsh"
    # With its mark NSIS takes it for UTF-8 on every system.
    listing.write_text("\n".join(_macros(places.folder, files)) + "\n", encoding="utf-8-sig")
    kilobytes = sum(file.stat().st_size for file in files) // 1024
    values = {
        "TARGET": _TARGET,
        "FILES": listing,
        "ICON": places.icons / "queuectl.ico",
        "SIDE": places.icons / "installer.bmp",
        "OUTPUT": path,
        "VERSION": version,
        "VERSION_NUMBERS": ".".join([*version.split(".")[:3], "0"]),
        "KILOBYTES": kilobytes,
    }
    command = [compiler, "-V2", "-WX", "-INPUTCHARSET", "UTF8", *(f"-D{k}={v}" for k, v in values.items()), str(script)]
    done = subprocess.run(
        command, env=tool_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode != 0:
        raise SetupError(f"{done.stdout.rstrip()}\nmakensis failed with exit code {done.returncode}.")
    return [path]


def why_not() -> str | None:
    """Why no installer can be made on this machine; there is none for which it can't."""
    return None


def what_a_person_must_bring() -> str | None:
    """What is missing and can't be installed from here, and how a person does it; None where nothing is."""
    if shutil.which(_COMPILER) or system_libraries.may_install():
        return None
    how = system_libraries.install_command([_PACKAGE]) if system_libraries.on_debian() else "install it"
    return f"to make the installer for Windows NSIS is needed: {how}"


def _compiler() -> str | None:
    found = shutil.which(_COMPILER)
    if found is None and sys.platform == "win32":
        # Its own installer leaves PATH alone.
        found = shutil.which(_COMPILER, path=os.path.join(os.environ.get(_PROGRAM_FILES, ""), "NSIS"))
        if found is None and os.environ.get("CI"):
            raise SetupError("NSIS is missing, and with it the installer.")
    elif found is None:
        system_libraries.install_packages([_PACKAGE], "NSIS, which makes the installer for Windows")
        found = shutil.which(_COMPILER)
    return found


def _macros(folder: Path, files: Iterable[Path]) -> Iterable[str]:
    """The lines that install and remove just these files, so that a person's own file beside them stays."""
    places = [(file, file.relative_to(folder)) for file in files]
    folders = sorted({parent for _, place in places for parent in place.parents if parent.parts})
    yield "!macro InstallFiles"
    for inside in [Path(), *folders]:
        yield f'  SetOutPath "{_installed(inside)}"'
        yield from (f'  File "{_escaped(file)}"' for file, place in places if place.parent == inside)
    yield "!macroend"
    yield "!macro RemoveFiles"
    yield from (f'  Delete "{_installed(place)}"' for _, place in places)
    yield from (f'  RMDir "{_installed(inside)}"' for inside in reversed(folders))
    yield "!macroend"


def _installed(place: Path) -> str:
    return "\\".join(["$INSTDIR", *(_escaped(Path(part)) for part in place.parts)])


def _escaped(path: Path) -> str:
    return str(path).replace("$", "$$")
