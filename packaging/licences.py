"""The licences of all that is in the built folder, gathered into one text as it is built."""

import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution, packages_distributions
from pathlib import Path

from bundle_contents import Entry
from system_libraries import SetupError

_TEXTS = Path(__file__).resolve().parent / "licence_texts"
_ICONS = Path(__file__).resolve().parent.parent / "resources" / "icons" / "LICENSE"
_SQLITE = (
    "SQLite is in the public domain: its authors have given up their copyright in it (sqlite.org/copyright.html).\n"
)
_QT = """\
Qt is used under the GNU Lesser General Public License, version 3, whose text follows, with that of the GNU General
Public License, version 3, which it builds on. The libraries lie in the program's folder as files of their own, and may
be replaced by others of the same interface. Their source: download.qt.io.

"""
# Their licence is Qt's, and their packages bring no text.
_OF_QT = {"PySide6_Essentials", "shiboken6"}


def gathered(modules: Iterable[str], binaries: Iterable[Entry]) -> str:
    """All texts, each under a heading.

    Args:
        modules: the names of the modules in the folder.
        binaries: the libraries in the folder.

    Raises:
        SetupError: a part says nothing of its licence.
    """
    entries = list(binaries)
    names = {name.split(".")[0] for name in modules} | {Path(place).parts[0].split(".")[0] for place, _, _ in entries}
    parts = _distributions(names) | _system_packages(source for _, source, _ in entries)
    parts |= {
        f"Python {sys.version.split()[0]}": _python(),
        "Qt and PySide6": _QT + "\n".join(_read(_TEXTS / f"{name}-3.0.txt") for name in ("LGPL", "GPL")),
        "SQLite": _SQLITE,
        "Lucide icons": _read(_ICONS),
    }
    contents = "This program is put together from:\n\n" + "".join(
        f"  {name}\n" for name in sorted(parts, key=str.lower)
    )
    texts = [f"{'=' * 80}\n{name}\n{'=' * 80}\n\n{parts[name].strip()}\n" for name in sorted(parts, key=str.lower)]
    return "\n\n".join([contents, *texts])


def _distributions(names: Iterable[str]) -> dict[str, str]:
    """The texts of the packages that modules or folders of these names belong to, and of PyInstaller's starter."""
    owners = packages_distributions()
    found = {owner for name in names for owner in owners.get(name, ())} | {"pyinstaller"}
    texts = {}
    for name in found - _OF_QT - {"queuectl"}:
        owner = distribution(name)
        texts[f"{owner.metadata['Name']} {owner.version}"] = _text_of(owner)
    return texts


def _text_of(owner: Distribution) -> str:
    words = ("license", "licence", "copying", "notice", "authors")
    files = [
        file for file in owner.files or () if ".dist-info" in file.parts[0] and file.name.lower().startswith(words)
    ]
    if not files:
        raise SetupError(
            f"The package {owner.metadata['Name']} brings no text of its licence; licences.py must know it."
        )
    return "\n\n".join(_read(Path(str(owner.locate_file(file)))) for file in sorted(files, key=str))


def _system_packages(sources: Iterable[str]) -> dict[str, str]:
    """What Debian's packages say of the libraries that were taken from the system; nothing elsewhere."""
    if shutil.which("dpkg-query") is None:
        return {}
    texts = {}
    for source in sources:
        # Packages name files in /usr/lib or in /lib, which are one folder.
        real = str(Path(source).resolve())
        for path in (real, real.removeprefix("/usr")):
            asked = ["dpkg-query", "--search", path]
            owner = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.partition(":")[0]
            text = Path("/usr/share/doc") / owner / "copyright"
            if owner and text.exists():
                texts[owner] = _read(text)
    return texts


def _python() -> str:
    places = (Path(sysconfig.get_path("stdlib")), Path(sys.base_prefix), Path(sys.executable).parent)
    for place in places:
        for name in ("LICENSE.txt", "LICENSE"):
            if (place / name).exists():
                return _read(place / name)
    # Debian's own Python has its licence among the documents.
    documents = Path(f"/usr/share/doc/python{sys.version_info.major}.{sys.version_info.minor}/copyright")
    if documents.exists():
        return _read(documents)
    raise SetupError(f"The licence of Python is in none of {', '.join(map(str, places))}.")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
