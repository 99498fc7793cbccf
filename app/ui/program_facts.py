"""What this program is made of and where it runs: for About, and for a report of a problem."""

from __future__ import annotations

import os
import platform
import sys
from typing import Final

from PySide6 import QtCore
from PySide6.QtCore import QLocale, QSysInfo, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QSystemTrayIcon

from app import __version__
from app.store.health import libraries

Fact = tuple[str, str]
"""A name and a value, in English: both are read by who mends the program."""

_SESSION: Final = ("XDG_CURRENT_DESKTOP", "XDG_SESSION_DESKTOP", "XDG_SESSION_TYPE", "DESKTOP_SESSION")


def program_facts() -> list[Fact]:
    """Return the versions of the program, of what it stands on and of the system. Any thread may ask."""
    return [
        ("QueueCTL", __version__ + (" (built)" if getattr(sys, "frozen", False) else "")),
        ("Python", platform.python_version()),
        ("Qt", qVersion()),
        ("PySide6", str(getattr(QtCore, "__version__", "not told"))),
        *libraries().items(),
        ("System", f"{QSysInfo.prettyProductName()}, {QSysInfo.currentCpuArchitecture()}"),
        ("Kernel", f"{QSysInfo.kernelType()} {QSysInfo.kernelVersion()}"),
    ]


def screen_facts() -> list[Fact]:
    """Return what there is around the window. On the GUI thread alone."""
    session = dict.fromkeys(os.environ[name] for name in _SESSION if os.environ.get(name))
    return [
        ("Platform plugin", QGuiApplication.platformName()),
        ("Desktop session", ", ".join(session) or "not named"),
        ("Tray", "there" if QSystemTrayIcon.isSystemTrayAvailable() else "none"),
        ("Screens", ", ".join(_screens()) or "none"),
        ("Language", QLocale().name()),
    ]


def as_text(facts: list[Fact]) -> str:
    """Return facts as lines, the values beneath each other."""
    width = max(len(name) for name, _ in facts)
    return "".join(f"{name:{width}}  {value}\n" for name, value in facts)


def _screens() -> list[str]:
    return [
        f"{screen.size().width()} x {screen.size().height()} at {screen.devicePixelRatio():.0%}"
        for screen in QGuiApplication.screens()
    ]
