"""What Debian's packages say of the licences of the libraries that a build takes from the system."""

import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from system_libraries import SetupError

_COMMON = Path("/usr/share/common-licenses")
_POINTER = re.compile(rf"{_COMMON.as_posix()}/([\w.+-]*\w)")


def gathered(files: Iterable[Path]) -> dict[str, str]:
    """The texts of the packages that files belong to, by the package's name and version, and those they point to.

    Args:
        files: libraries, without links in their paths.

    Raises:
        SetupError: for a library nobody here can say under which licence it is.
    """
    files = list(files)
    if files and shutil.which("dpkg-query") is None:
        raise SetupError(f"Only dpkg-query can tell the licences of {_listed(files)}: build on Debian or Ubuntu.")
    owners = {file: _package_of(file) for file in files}
    unknown = [file for file, owner in owners.items() if owner is None or not _copyright(owner).exists()]
    if unknown:
        raise SetupError(f"No package says under which licence these are: {_listed(unknown)}")
    texts = {_heading(owner): _read(_copyright(owner)) for owner in sorted({*owners.values()} - {None})}
    return texts | _pointed_to(texts)


def _pointed_to(texts: Mapping[str, str]) -> dict[str, str]:
    """The licences that texts do not spell out, since every Debian has them in one place."""
    names = {found for text in texts.values() for found in _POINTER.findall(text)}
    missing = [name for name in names if not (_COMMON / name).exists()]
    if missing:
        raise SetupError(f"These licences are pointed to, and are not in {_COMMON}: {', '.join(sorted(missing))}")
    # GPL is a link to its newest version.
    return {f"The licence {path.name}": _read(path) for path in {(_COMMON / name).resolve() for name in names}}


def _package_of(file: Path) -> str | None:
    # Packages name files in /usr/lib or in /lib, which are one folder.
    for path in (str(file), str(file).removeprefix("/usr")):
        asked = ["dpkg-query", "--search", path]
        owner = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.partition(": ")[0]
        if owner:
            return owner.partition(",")[0]
    return None


def _heading(package: str) -> str:
    """Name and version of a package, and of what it is made from, by which everybody finds its source."""
    form = "${Package} ${Version} (Debian's source package ${source:Package} ${source:Version})"
    asked = ["dpkg-query", "--show", f"--showformat={form}", package]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout


def _copyright(package: str) -> Path:
    return Path("/usr/share/doc") / package.partition(":")[0] / "copyright"


def _listed(files: Iterable[Path]) -> str:
    return ", ".join(map(str, files))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
