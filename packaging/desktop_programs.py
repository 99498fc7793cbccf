"""The programs of which the desktop suite makes a desktop, and how Debian's packages bring them."""

import shutil
import sys

import system_libraries
from system_libraries import SetupError

_PURPOSE = "a desktop for the tests"
_PACKAGES = {
    "Xvfb": ["xvfb"],
    "dbus-daemon": ["dbus"],
    # These two look at what the Debian package tells a desktop.
    "desktop-file-validate": ["desktop-file-utils"],
    "update-mime-database": ["shared-mime-info"],
    "l3afpad": ["l3afpad"],
    "lxqt-panel": ["lxqt-panel", "adwaita-icon-theme"],
    "openbox": ["openbox"],
    "pcmanfm": ["pcmanfm"],
    # What the windows write with must be what the reader has learned to read.
    "tesseract": ["tesseract-ocr", "tesseract-ocr-eng", "fonts-dejavu-core"],
    "tint2": ["tint2"],
    "wmctrl": ["wmctrl"],
    "xclip": ["xclip"],
    "xdotool": ["xdotool"],
    "xprop": ["x11-utils"],
}


def why_not() -> str | None:
    """Why no desktop can be made on this machine; None where one can."""
    return None if sys.platform.startswith("linux") else "the desktop suite makes itself a desktop on Linux only"


def what_a_person_must_bring() -> str | None:
    """What is missing and can't be installed from here, and how a person does it; None where nothing is."""
    missing = _missing()
    if not missing or system_libraries.may_install():
        return None
    how = system_libraries.install_command(_packages(missing)) if system_libraries.on_debian() else "install them"
    return f"for {_PURPOSE} {', '.join(missing)} are needed: {how}"


def make_ready() -> None:
    """Install what is missing.

    Raises:
        SetupError: something is missing that only a person can bring.
    """
    reason = why_not()
    if reason is not None:
        raise SetupError(f"{reason}.")
    missing = _missing()
    if not missing:
        return
    if not system_libraries.on_debian():
        raise SetupError(f"For {_PURPOSE} these programs are needed: {', '.join(missing)}")
    system_libraries.install_packages(_packages(missing), _PURPOSE)
    still_missing = _missing()
    if still_missing:
        raise SetupError(f"For {_PURPOSE} these programs are still missing: {', '.join(still_missing)}")


def _missing() -> list[str]:
    return [name for name in _PACKAGES if shutil.which(name) is None]


def _packages(missing: list[str]) -> list[str]:
    return sorted({package for name in missing for package in _PACKAGES[name]})
