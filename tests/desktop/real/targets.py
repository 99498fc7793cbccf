"""What is tested: the program from source, or some other make of it."""

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.desktop.real.pictures import CHECKOUT

VARIABLE = "QUEUECTL_TARGET"

_WAITING = """@echo off
:again
if exist {gate} exit 0
ping -n 2 127.0.0.1 >nul
goto again
"""


@dataclass(frozen=True)
class Target:
    """One make of the program.

    Attributes:
        name: what it is called in QUEUECTL_TARGET.
        window: how the window is started, less its arguments.
        console: how the command line is started, less its arguments.
        environment: what both are started with beside the desktop's own environment.
        harmless: parts of lines that it may write on its standard error.
        lacks: tests that it can't pass, by a part of their names, and why.
        is_windows: whether it is a Windows program, under Wine.
        shows_messages: whether what the tray icon has to tell is shown, where the tray host can.
        loses_clicks: how many clicks in a row its tray may lose.
        tray_window: title of the window in which its icon is where there is no tray; empty where it is in none then.
    """

    name: str
    window: tuple[str, ...]
    console: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    harmless: tuple[str, ...] = ()
    lacks: dict[str, str] = field(default_factory=dict)
    is_windows: bool = False
    shows_messages: bool = True
    loses_clicks: int = 0
    tray_window: str = ""

    def path(self, path):
        """How the program calls a file of this machine."""
        return "Z:" + str(path).replace("/", "\\") if self.is_windows else str(path)

    def two_processes(self):
        """A command that starts another process, and waits ten minutes as it does."""
        if self.is_windows:
            return "start /b ping -n 600 127.0.0.1 >nul & ping -n 600 127.0.0.1 >nul"
        return "sleep 600 & sleep 600; true"

    def waiting_for(self, gate):
        """A command that runs until a file is there."""
        if self.is_windows:
            waiting = gate.with_suffix(".cmd")
            waiting.write_text(_WAITING.format(gate=self.path(gate)), encoding="utf-8", newline="\r\n")
            return self.path(waiting)
        return f"until test -e '{gate}'; do sleep 0.1; done"


_WINE_LACKS = {
    "lxqt-panel": "Wine 8 shows tray icons by XEmbed only, and this host knows StatusNotifier only",
    "that_went_comes_back": "Wine 8 always has a tray: where no host is, it shows the icon in a window of its own",
    "without_a_tray": "Wine 8 always has a tray: where no host is, it shows the icon in a window of its own",
    "wakes_up_once_a_second": "under Wine the wake-ups are those of Wine's own server and threads",
}


def source():
    """The program of this checkout, in its virtual environment."""
    scripts = CHECKOUT / ".venv" / "bin"
    return Target(
        "source",
        window=(str(scripts / "python"), "-m", "app"),
        console=(str(scripts / "queuectl"),),
        environment={"PYTHONPATH": str(CHECKOUT), "PYTHONFAULTHANDLER": "1"},
    )


def built():
    """Built executables, in the folder that QUEUECTL_BUILT names."""
    folder = Path(os.environ["QUEUECTL_BUILT"])
    return Target(
        "built",
        window=(str(folder / "queuectl-desktop"),),
        console=(str(folder / "queuectl"),),
        environment={"PATH": _tools_for_jobs()},
    )


def _tools_for_jobs():
    """A folder with what the tests' jobs call, and no Python."""
    folder = CHECKOUT / ".desktop" / "tools"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("sh", "sleep"):
        with suppress(FileExistsError):
            (folder / name).symlink_to(shutil.which(name))
    return str(folder)


def wine():
    """The program of this checkout, in the Windows Python that `dev.py test --part windows` has made."""
    windows = CHECKOUT / ".windows"
    python = str(windows / "python" / "python.exe")
    return _under_wine(
        "wine",
        window=(python, "-m", "app"),
        console=(python, "-c", "import sys; from app.bootstrap import console; sys.exit(console())"),
        environment={"PYTHONPYCACHEPREFIX": "Z:" + str(windows / "compiled").replace("/", "\\")},
    )


def wine_built():
    """Built executables for Windows, in the folder that QUEUECTL_BUILT names."""
    folder = Path(os.environ["QUEUECTL_BUILT"])
    return _under_wine(
        "wine-built",
        window=(str(folder / "queuectl-desktop.exe"),),
        console=(str(folder / "queuectl.exe"),),
        environment={},
    )


def _under_wine(name, window, console, environment):
    # [E] Wine 8: with a file or a terminal as a stream, Python can't start.
    pipes = ("bash", "-o", "pipefail", "-c", ': | wine "$@" 2> >(cat >&2) | cat', "wine")
    prefix = {"WINEPREFIX": str(CHECKOUT / ".windows" / "prefix"), "WINEARCH": "win64", "WINEDEBUG": "-all"}
    return Target(
        name,
        window=(*pipes, *window),
        console=(*pipes, *console),
        environment=prefix | environment,
        harmless=("DpiAwareness",),
        lacks=_WINE_LACKS,
        is_windows=True,
        shows_messages=False,
        # [E] Wine 8: one that comes while it takes a message from the program, one time in three.
        loses_clicks=2,
        tray_window="Wine System Tray",
    )


_TARGETS = {"source": source, "built": built, "wine": wine, "wine-built": wine_built}


def chosen():
    """The target that QUEUECTL_TARGET names."""
    return _TARGETS[os.environ.get(VARIABLE, "source")]()
