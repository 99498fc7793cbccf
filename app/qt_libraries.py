"""Bringing in Qt so that it leaves no trace in the environment, which jobs inherit.

``import PySide6`` sets PYSIDE6_OPTION_PYTHON_ENUM, and on Windows puts its folder in front of PATH, so that Qt's
plugins find the libraries they need; every job would find those there before its own. A library that is loaded already
is found without PATH, so the one that is needed later is loaded at once. (Measured under Wine: with PATH put back
alone, no SVG is drawn.)
"""

from __future__ import annotations

import builtins
import os
import sys
from contextlib import suppress

_OF_PLUGINS = ("Qt6Svg.dll",)
"""What the plugins that are used need, and no module that is imported brings along."""

_PLUGINS = "plugins" if sys.platform == "win32" else os.path.join("Qt", "plugins")


def bring_in_qt() -> None:
    """Import PySide6 for the first time in this process; the environment stays as it is.

    [E] With a comma in the path of PySide6, Qt 6.11 finds no plugins: what PySide6 tells it of its place is taken for a
    list there. So it is told once more where they are.
    """
    before = dict(os.environ)
    os.environ.setdefault("PATH", "")  # PySide6 reads it on Windows
    import PySide6

    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    for name, value in before.items():
        if os.environ.get(name) != value:
            os.environ[name] = value
    if sys.platform == "win32":
        import ctypes

        for library in _OF_PLUGINS:
            with suppress(OSError):  # where it did not come with the program, the self-check says that icons fail
                ctypes.WinDLL(os.path.join(PySide6.__path__[0], library))
    from PySide6.QtCore import QCoreApplication

    # PySide6 watches every import for one from __feature__, which nothing here uses: for that it reads the source of
    # each module, where there is one.
    builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
    QCoreApplication.addLibraryPath(os.path.join(PySide6.__path__[0], _PLUGINS))
