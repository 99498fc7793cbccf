"""What of all that PyInstaller finds goes into the built folder: few of Qt's plugins, and no library that nobody loads.

PyInstaller takes every plugin of a Qt module, and with each plugin the libraries of whole other desktops. Here the
plugins are named that are wanted, and of the libraries stay those that something in the folder links to.
"""

import os
import re
from collections.abc import Callable, Collection, Iterable
from pathlib import PurePath

Entry = tuple[str, str, str]
"""As in PyInstaller: the place in the folder, the file it is made from, and the kind."""

NOT_IMPORTED = [
    # One SQLite is to be in the folder, and that is APSW's.
    *("sqlite3", "_sqlite3"),
    # Libraries know how to use them, and nothing here makes them do so. Qt brings its own way to TLS.
    *("PIL", "curses", "distutils", "markdown_it", "multiprocessing", "pydoc", "pygments", "readline", "setuptools"),
    *("ssl", "_ssl", "_hashlib", "tkinter", "unittest", "win32com.client", "win32com.server"),
]
"""Modules that stay out of the built folder, so that no import finds them there."""

# By the folder of the kind, the names of Linux, Windows and macOS together.
_PLUGINS = {
    "iconengines": {"qsvgicon"},
    "imageformats": {"qsvg"},
    "platforminputcontexts": {"composeplatforminputcontextplugin", "ibusplatforminputcontextplugin"},
    "platforms": {"qcocoa", "qoffscreen", "qwayland", "qwindows", "qxcb"},
    "platformthemes": {"qxdgdesktopportal"},
    "styles": {"qmacstyle", "qmodernwindowsstyle"},
    "tls": {"qopensslbackend", "qschannelbackend", "qsecuretransportbackend"},
    "wayland-decoration-client": {"adwaita", "bradient"},
    "wayland-shell-integration": {"xdg-shell"},
}
# Loaded by name, so that no link leads to them: Python, and what the compilers' own libraries load.
_BY_NAME = re.compile(r"(lib)?python3[\d.]*\.(dll|so.*|dylib)|Python|(vcruntime|msvcp)140.*\.dll", re.IGNORECASE)
# They go with the desktop that is there: its fonts' settings, its bus, its screen, its log-in to a network. What only
# they need stays out, too. (PyInstaller itself leaves out those of drivers and screens.)
_OF_THE_SYSTEM = re.compile(r"lib(X11|X11-xcb|dbus-1|fontconfig|freetype|glib-2\.0|gssapi_krb5|gthread-2\.0)\.so\..*")
# Texts of Qt's own dialogs; the program's are in English.
_NOT_WANTED = re.compile(r"PySide6/(Qt/)?translations/")


def wanted_binaries(binaries: Iterable[Entry], links_of: Callable[[str], Iterable[str]]) -> list[Entry]:
    """The libraries, plugins and extension modules that are wanted.

    Args:
        binaries: what PyInstaller has found.
        links_of: gives the files that a binary itself links to, and not what only those need: paths, or a name alone
            where PyInstaller has not found the file (it does not look into the folders that a package on Windows tells
            its process to load from).
    """
    entries = [entry for entry in binaries if not _OF_THE_SYSTEM.fullmatch(PurePath(entry[0]).name)]
    by_source = {os.path.realpath(source): (place, source, kind) for place, source, kind in entries}
    by_name = {PurePath(place).name.lower(): (place, source, kind) for place, source, kind in entries}
    wanted: set[Entry] = set()
    ahead = [entry for entry in entries if _is_a_beginning(entry)]
    while ahead:
        entry = ahead.pop()
        if entry not in wanted:
            wanted.add(entry)
            linked = (by_source.get(os.path.realpath(path)) or by_name.get(path.lower()) for path in links_of(entry[1]))
            ahead += [found for found in linked if found is not None]
    return [entry for entry in entries if entry in wanted]


def wanted_data(data: Iterable[Entry], binaries: Collection[Entry]) -> list[Entry]:
    """The other files that are wanted, with the links to libraries that are there.

    Args:
        data: what PyInstaller has found.
        binaries: what ``wanted_binaries`` has left.
    """
    places = {os.path.normpath(place) for place, _, _ in binaries}
    frameworks = {_framework(place) for place in places}
    kept = []
    for entry in data:
        place, source, kind = entry
        if _NOT_WANTED.match(PurePath(place).as_posix()):
            continue
        if _framework(place) and _framework(place) not in frameworks:
            continue
        target = os.path.normpath(PurePath(place).parent / source)
        if kind != "SYMLINK" or _framework(target) or target in places:
            kept.append(entry)
    return kept


def _is_a_beginning(entry: Entry) -> bool:
    """Whether it is wanted for its own sake, and not because another links to it."""
    place, _, kind = entry
    path = PurePath(place)
    if "plugins" in path.parts:
        return path.name.split(".")[0].removeprefix("lib") in _PLUGINS.get(path.parent.name, ())
    return kind == "EXTENSION" or _BY_NAME.fullmatch(path.name) is not None


def _framework(place: str) -> str | None:
    """The framework of macOS that a file lies in: a library with its own folder of data and links."""
    found = re.match(r".*?([^/]+\.framework)(/|$)", PurePath(place).as_posix())
    return found[1] if found else None
