"""What a self-check looks at, apart from the program as a whole; each returns what it found or raises."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping

from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from app import bundle
from app.check_report import Wrong
from app.launch import JOB_VARIABLES, VENV_VARIABLE, console_command
from app.paths import Home, resource
from app.store.health import sqlite_in_use, sqlite_source
from app.ui.icons import Icons
from app.ui.theme import Theme
from app.ui.tray_icon import TrayState, tray_icon

_RESOURCES = ("queuectl.svg", "window.css", "job-file.schema.json", "examples", "icons")
_OF_JOBS = {*JOB_VARIABLES, "QUEUECTL_HOME", VENV_VARIABLE}
_OF_SHELLS = {"PROMPT", "PATHEXT", "COMSPEC"} if sys.platform == "win32" else {"PWD", "OLDPWD", "SHLVL", "_"}
_NAME = re.compile(r"(?!DYLD_)[A-Za-z_]\w*", re.ASCII)
"""Of a variable that every shell hands on; macOS itself keeps those of its loader from programs such as ``env``."""

_CASE = re.IGNORECASE if sys.platform == "win32" else re.NOFLAG
_PIXELS = 24
_PATIENCE = 60.0
"""Seconds."""


def look_at_resources() -> str:
    """Look whether all is there and can be read."""
    missing = []
    for name in _RESOURCES:
        try:
            resource(name)
        except FileNotFoundError:
            missing.append(name)
    if missing:
        raise Wrong(f"not there: {', '.join(missing)}")
    folder = resource("queuectl.svg").parent
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    for path in files:
        path.read_bytes()
    return f"{len(files)} files in {folder}"


def draw_icons(application: QApplication) -> str:
    """Draw every icon: Qt's plugin for SVG is found by name, and may be missing."""
    folder = resource("icons")
    names = sorted(path.stem for path in folder.glob("*.svg"))
    if not names:
        raise Wrong(f"there are none in {folder}")
    theme = Theme(application, "light")
    icons = Icons(theme)
    blank = [name for name in names if not _is_drawn(icons, name)]
    theme.deleteLater()
    if blank:
        raise Wrong(f"not drawn: {', '.join(blank)}; Qt's plugin for SVG may be missing")
    return f"{len(names)} drawn"


def make_tray_icon() -> str:
    """Make the icon of the tray; whether there is a tray is the desktop's affair."""
    if any(tray_icon(state).isNull() for state in TrayState):
        raise Wrong("it can't be drawn")
    icon = QSystemTrayIcon(tray_icon(TrayState.IDLE))
    icon.show()
    icon.hide()
    where = "there is a tray" if QSystemTrayIcon.isSystemTrayAvailable() else "this desktop has no tray"
    return f"made in {len(TrayState)} states; {where}"


def look_at_environment(home: Home, environ: Mapping[str, str]) -> str:
    """Compare what the first job of a home said of its environment with that of this process.

    Args:
        home: the job's.
        environ: what this process was started with, less what the built program itself has put in.
    """
    said = (home.outputs / "1" / "1.log").read_bytes()
    lines = said.decode("utf-8", "replace").splitlines()
    if not any(line.startswith("QUEUECTL_TOKEN=") for line in lines):
        raise Wrong("the job did not see that it is one")
    folder = bundle.folder()
    leaked = [line.partition("=")[0] for line in lines if line.startswith("_PYI_") or (folder and folder in line)]
    if leaked:
        raise Wrong(f"of this program's own, jobs see {', '.join(leaked)}")
    changed = differences(said, environ)
    if changed:
        raise Wrong(f"jobs do not see as they are here: {', '.join(sorted(changed))}")
    return f"{len(lines)} lines, as they are here, and nothing of the program's own in them"


def differences(said: bytes, environ: Mapping[str, str]) -> set[str]:
    """Return the names of variables that a job has otherwise than it should, has besides, or lacks.

    Args:
        said: what the job printed of its environment.
        environ: what it should have, besides what is a job's own and what its shell sets.
    """
    rest = b"\n" + said.replace(b"\r\n", b"\n")
    changed = set()
    for name, value in environ.items():
        # Windows prints a name as it was first written, and letters of other languages in one of its code pages.
        readable = value if value.isascii() or sys.platform != "win32" else ""
        wanted = re.escape(os.fsencode(f"\n{name}={readable}")) + (b"\n" if readable == value else b"[^\n]*\n")
        rest, found = re.subn(wanted, b"\n", rest, count=1, flags=_CASE)
        if not found:
            changed.add(name)
    changed |= {name.decode() for name in re.findall(rb"^([A-Za-z_]\w*)=", rest, re.MULTILINE)}
    return {name for name in changed if _NAME.fullmatch(name) and name.upper() not in _OF_JOBS | _OF_SHELLS}


def ask_command_line(home: Home) -> str:
    """Have the other executable look at the same home, and say what SQLite it uses."""
    command = [*console_command(frozen=bundle.folder() is not None), "--home", str(home.root)]
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW
    done = subprocess.run(
        [*command, "doctor", "--json"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_PATIENCE,
        check=False,
        creationflags=flags,
    )
    try:
        found = {check["check"]: check for check in json.loads(done.stdout)}
    except ValueError:
        said = (done.stdout + done.stderr).decode("utf-8", "replace").strip()
        last = said.splitlines()[-1] if said else "no word"
        raise Wrong(f"{command[0]} ended with exit code {done.returncode}: {last}") from None
    for check in found.values():
        if not check["ok"]:
            raise Wrong(f"{check['check']}: {check['detail']}", check["remedy"] or "")
    version, _ = sqlite_in_use()
    mine = f"SQLite {version} ({sqlite_source()})"
    if found["sqlite"]["detail"] != mine:
        raise Wrong(f"it uses {found['sqlite']['detail']}, and the window {mine}")
    return f"{len(found)} checks of doctor are well; both use {mine}"


def _is_drawn(icons: Icons, name: str) -> bool:
    picture = icons.pixmap(name, _PIXELS).toImage()
    return any(picture.pixelColor(x, y).alpha() for x in range(picture.width()) for y in range(picture.height()))
