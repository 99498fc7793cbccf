"""What Linux programs and libraries say of themselves, as binutils read it."""

import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import system_libraries
from system_libraries import SetupError

# PyInstaller needs the first one, too.
_TOOLS = ("objdump", "strip")
_PACKAGE = "binutils"
_PURPOSE = "the tools that read libraries"


def make_ready() -> None:
    """Install what reads them, where it is missing.

    Raises:
        SetupError: it is missing, and can't be installed from here.
    """
    if not _missing():
        return
    if not system_libraries.on_debian():
        raise SetupError(f"The build needs {' and '.join(_missing())}, which are part of {_PACKAGE}: install it.")
    system_libraries.install_packages([_PACKAGE], _PURPOSE)
    if _missing():
        raise SetupError(f"The build still lacks {' and '.join(_missing())}.")


def needed(file: str | Path) -> set[str]:
    """The libraries that a file itself needs, such as ``libz.so.1``, and not those that only these need."""
    return set(re.findall(r"^\s+NEEDED\s+(\S+)$", _headers([file]), re.MULTILINE))


def oldest_glibc(files: Iterable[Path]) -> str:
    """The version of the oldest glibc that all of these files start with, such as ``2.34``.

    Raises:
        SetupError: they name none, so that nobody can say on which systems they start.
    """
    found = {word for word in _headers(files).split() if word.startswith("GLIBC_2.")}
    versions = sorted(tuple(map(int, word.removeprefix("GLIBC_").split("."))) for word in found)
    if not versions:
        raise SetupError("Nothing that was built says which glibc it needs.")
    return ".".join(map(str, versions[-1]))


def _headers(files: Iterable[str | Path]) -> str:
    command = ["objdump", "--private-headers", *map(str, files)]
    # Of what is no library it says so, and reads the others all the same.
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _missing() -> list[str]:
    return [name for name in _TOOLS if shutil.which(name) is None]
