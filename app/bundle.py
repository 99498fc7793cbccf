"""The built program's folder, and how nothing of it reaches the processes that are started from here.

What PyInstaller 6 changes before any line of ours runs, by its source: the bootloader puts its folder in front of
LD_LIBRARY_PATH (and keeps the person's value in LD_LIBRARY_PATH_ORIG), sets ``_PYI_*``, and on Windows calls
SetDllDirectory, which children inherit; its loader for pywin32 and the hook for PySide6 put folders in front of PATH,
and that hook sets QT_PLUGIN_PATH, QML2_IMPORT_PATH and on macOS DYLD_LIBRARY_PATH. (What ``import PySide6`` does to
PATH, from source too, is met in ``qt_libraries.py``.)

All of that has done its work when it can be taken back: the system's loaders read LD_LIBRARY_PATH once, as a process
starts. Afterwards the environment of this process is the person's own, so every child has it by itself, also those that
Qt starts. A second process of this folder begins afresh: without ``_PYI_*`` the bootloader takes nothing over.
"""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping

_LIBRARIES, _LIBRARIES_BEFORE = "LD_LIBRARY_PATH", "LD_LIBRARY_PATH_ORIG"
_FOLDERS = (
    *("PATH", _LIBRARIES, "DYLD_LIBRARY_PATH", "DYLD_FRAMEWORK_PATH"),
    *("QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH", "QML_IMPORT_PATH", "QML2_IMPORT_PATH"),
)
_OF_THE_BOOTLOADER = ("_PYI_", "_MEIPASS2")
_SEARCH_DEFAULT_DIRS = 0x1000  # LOAD_LIBRARY_SEARCH_DEFAULT_DIRS: the program's folder, Windows' own, and those added


def folder() -> str | None:
    """Return the folder in which all that was built lies; None from source."""
    found = getattr(sys, "_MEIPASS", None)
    return None if found is None else str(found)


def restore_environment() -> None:
    """Give this process the environment back that the person started it with. From source there is nothing to do.

    An LD_LIBRARY_PATH that was set but empty comes back unset, which means the same: the bootloader makes no
    difference between them. Called first of all, before a thread or a child is started.
    """
    bundle = folder()
    if bundle is None:
        return
    take_out(bundle, os.environ)
    if sys.platform == "win32":
        _find_libraries_without_telling_children(bundle)


def take_out(bundle: str, environ: MutableMapping[str, str]) -> None:
    """Take out of an environment what the bootloader and the hooks put in.

    Args:
        bundle: the built program's folder.
        environ: it is changed.
    """
    for name in [name for name in environ if name.startswith(_OF_THE_BOOTLOADER)]:
        del environ[name]
    ours, before = environ.get(_LIBRARIES, ""), environ.get(_LIBRARIES_BEFORE)
    if before and ours == f"{bundle}{os.pathsep}{before}":
        del environ[_LIBRARIES_BEFORE]  # another value is the person's own: where they set no path, none was kept
    for name in _FOLDERS:
        if name in environ:
            _take_out_folders(bundle, name, environ)


def _take_out_folders(bundle: str, name: str, environ: MutableMapping[str, str]) -> None:
    """Take our folders off the front of a list of folders, where all of them were put.

    The list is not split: our own path may hold what separates them.
    """
    kept = environ[name]
    while ours := _ours(kept, os.path.normpath(bundle)):
        if ours == len(kept):
            del environ[name]
            return
        kept = kept[ours + len(os.pathsep) :]
    environ[name] = kept


def _ours(folders: str, bundle: str) -> int:
    """Return how much of the beginning of a list is the bundle's folder, or one in it."""
    length = len(bundle)
    if os.path.normcase(folders[:length]) != os.path.normcase(bundle):
        return 0
    behind = folders[length : length + 1]
    if behind not in {"", os.sep, os.pathsep}:
        return 0
    end = folders.find(os.pathsep, length)
    return len(folders) if end < 0 else end


def _find_libraries_without_telling_children(bundle: str) -> None:
    """Search our libraries by a list that is this process's alone, in place of the folder that children inherit."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        # First of all: with the old list gone, the folder we were started in would be searched, which may be Downloads.
        kernel.SetDefaultDllDirectories(_SEARCH_DEFAULT_DIRS)
        os.add_dll_directory(bundle)
        kernel.SetDllDirectoryW(None)
