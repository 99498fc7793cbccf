"""The system libraries that Qt's widgets load on Linux, and how Debian's packages bring them."""

import ctypes
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable

# What the Qt libraries and platform plug-ins of the PySide6-Essentials wheel name as needed (objdump -p), and
# the package that has it on Debian and Ubuntu. Ubuntu 24.04 renamed some; it still knows them by these names.
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}


class SetupError(Exception):
    """The checkout cannot be made ready; the text says why, and what a person can do about it."""


def ensure_qt_libraries() -> None:
    """Install what Qt lacks on this Linux, where that is allowed.

    Raises:
        SetupError: something is missing and cannot be installed from here.
    """
    if not sys.platform.startswith("linux"):
        return
    missing = missing_libraries()
    if not missing:
        return
    if not on_debian():
        raise SetupError(f"Qt needs these system libraries, which are not installed: {', '.join(missing)}")
    install_packages((QT_LIBRARIES[library] for library in missing), "Qt's system libraries")
    still_missing = missing_libraries()
    if still_missing:
        raise SetupError(f"Qt's system libraries are still missing: {', '.join(still_missing)}")


def missing_libraries() -> list[str]:
    """The libraries Qt needs that this machine's loader does not find."""
    return [library for library in QT_LIBRARIES if not _loads(library)]


def on_debian() -> bool:
    """Whether this is Debian, Ubuntu or a system made from them, with apt-get."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return False
    family = {release.get("ID", ""), *release.get("ID_LIKE", "").split()}
    return bool(family & {"debian", "ubuntu"}) and shutil.which("apt-get") is not None


def may_install() -> bool:
    """Whether ``install_packages`` is allowed to this account, on this system."""
    return on_debian() and _privilege() is not None


def install_packages(packages: Iterable[str], purpose: str) -> None:
    """Install Debian packages without a question.

    Args:
        packages: their names.
        purpose: what they are, for the person who reads along.

    Raises:
        SetupError: this account may not, or apt-get failed. The text has the one command to do it by hand.
    """
    names = sorted(packages)
    by_hand = install_command(names)
    prefix = _privilege()
    if prefix is None:
        raise SetupError(f"Missing: {purpose}. Install them with this command, then start again:\n  {by_hand}")
    print(f"Installing {purpose}: {' '.join(names)}", flush=True)
    install = [*prefix, *_APT_GET, "install", "--yes", "--no-install-recommends", *names]
    if _quietly(install).returncode == 0:
        return
    # Package lists are missing on a fresh machine, and may be too old on another.
    _quietly([*prefix, *_APT_GET, "update"])
    second = _quietly(install)
    if second.returncode != 0:
        raise SetupError(f"{second.stdout.rstrip()}\napt-get failed. The command was:\n  {by_hand}")


def install_command(packages: list[str]) -> str:
    """The one command a person can copy."""
    sudo = "" if _is_root() else "sudo "
    return f"{sudo}apt-get update && {sudo}apt-get install --yes {' '.join(packages)}"


# `env` hands the variable through sudo; the lock is waited for, since another apt-get may be at work.
_APT_GET = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=120"]


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


def _privilege() -> list[str] | None:
    if _is_root():
        return []
    if shutil.which("sudo") and _quietly(["sudo", "-n", "true"]).returncode == 0:
        return ["sudo", "-n"]
    return None


def _quietly(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
