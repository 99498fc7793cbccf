"""The licences of all that is in the built folder, gathered into one text as it is built."""

import sys
import sysconfig
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution, packages_distributions, version
from pathlib import Path

import debian_copyrights
from bundle_contents import Entry
from system_libraries import SetupError

_TEXTS = Path(__file__).resolve().parent / "licence_texts"
_ICONS = Path(__file__).resolve().parent.parent / "resources" / "icons" / "LICENSE"
_SQLITE = (
    "SQLite is in the public domain: its authors have given up their copyright in it (sqlite.org/copyright.html).\n"
)
_QT = """\
Qt {qt}, PySide6 {pyside} and Shiboken {shiboken} are used under the GNU Lesser General Public License, version 3, whose
text follows, with that of the GNU General Public License, version 3, which it builds on. The libraries lie in the
program's folder as files of their own, as the PySide6 project publishes them, and may be replaced by others of the same
interface. Their complete source:

  https://download.qt.io/official_releases/qt/{minor}/{qt}/single/qt-everywhere-src-{qt}.tar.xz
  https://download.qt.io/official_releases/QtForPython/pyside6/PySide6-{pyside}-src/

"""
# Their licence is Qt's, and their packages bring no text.
_OF_QT = {"PySide6_Essentials", "shiboken6"}
_TEXTS_OF_QT_PARTS = ("Apache-2.0", "CC0-1.0", "LGPL-2.1", "MPL-2.0")


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
    parts = _distributions(names)
    if sys.platform.startswith("linux"):
        parts |= debian_copyrights.gathered(_of_the_system(source for _, source, kind in entries if kind == "BINARY"))
    parts |= {
        f"Python {sys.version.split()[0]}": _python(),
        f"Qt {_qt_version()} and PySide6 {version('PySide6_Essentials')}": _qt(),
        "Qt: code of others in it": _read(_TEXTS / "Qt-parts.txt"),
        f"SQLite {_sqlite_version()}": _SQLITE,
        "Lucide icons": _read(_ICONS),
    }
    parts |= {f"The licence {name}": _read(_TEXTS / f"{name}.txt") for name in _TEXTS_OF_QT_PARTS}
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


def _of_the_system(sources: Iterable[str]) -> list[Path]:
    """The libraries that neither a package of Python nor Python itself has brought."""
    brought = (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), sysconfig.get_path("stdlib"))
    own = tuple(Path(folder).resolve() for folder in (*brought, sys.base_prefix) if Path(folder) != Path("/usr"))
    files = {Path(source).resolve() for source in sources}
    return sorted(file for file in files if not any(file.is_relative_to(folder) for folder in own))


def _qt() -> str:
    qt, pyside, shiboken = _qt_version(), version("PySide6_Essentials"), version("shiboken6")
    said = _QT.format(qt=qt, minor=".".join(qt.split(".")[:2]), pyside=pyside, shiboken=shiboken)
    return said + "\n".join(_read(_TEXTS / f"{name}-3.0.txt") for name in ("LGPL", "GPL"))


def _qt_version() -> str:
    from PySide6.QtCore import qVersion

    return qVersion()


def _sqlite_version() -> str:
    import apsw

    return apsw.sqlite_lib_version()


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
