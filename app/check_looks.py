"""What a self-check looks at, apart from the program as a whole; each returns what it found or raises."""

from __future__ import annotations

import json
import subprocess
import sys

from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from app import bundle
from app.check_report import Wrong
from app.launch import console_command
from app.paths import Home, resource
from app.store.health import sqlite_in_use, sqlite_source
from app.ui.icons import Icons
from app.ui.theme import Theme
from app.ui.tray_icon import TrayState, tray_icon

_RESOURCES = ("queuectl.svg", "window.css", "job-file.schema.json", "examples", "icons")
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


def look_at_environment(home: Home) -> str:
    """Look at what the first job of a home said of its environment."""
    lines = (home.outputs / "1" / "1.log").read_text("utf-8", "replace").splitlines()
    if not any(line.startswith("QUEUECTL_TOKEN=") for line in lines):
        raise Wrong("the job did not see that it is one")
    folder = bundle.folder()
    leaked = [line.partition("=")[0] for line in lines if line.startswith("_PYI_") or (folder and folder in line)]
    if leaked:
        raise Wrong(f"of this program's own, jobs see {', '.join(leaked)}")
    return f"{len(lines)} lines, and nothing of the program's own in them"


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
