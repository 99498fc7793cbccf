"""The three kinds of entries that start a program at log-in, each in a place of the test's own."""

import os
import plistlib
import sys
import uuid
from contextlib import contextmanager, suppress

from app.desktop.autostart_darwin import LaunchAgent
from app.desktop.autostart_linux import DesktopEntry

KINDS = ["desktop entry", "launch agent", *(["run value"] if sys.platform == "win32" else [])]
"""Files can be written anywhere; a registry has Windows alone."""


class DesktopEntries:
    """Those of Linux."""

    def __init__(self, folder):
        self.environ = {"XDG_CONFIG_HOME": str(folder / "config")}
        self.folder = folder / "config" / "autostart"

    def entry(self, name="queuectl"):
        return DesktopEntry(name, self.environ)

    def person_switches(self, entry, *, on):
        """Do what a desktop's settings do."""
        file = self.folder / f"{entry.name}.desktop"
        text = file.read_text(encoding="utf-8").replace("Hidden=true\n", "")
        file.write_text(text if on else f"{text}Hidden=true\n", encoding="utf-8")

    def break_it(self):
        """Let nothing be written any more."""
        self.folder.parent.mkdir(parents=True)
        self.folder.write_text("")


class LaunchAgents:
    """Those of macOS."""

    def __init__(self, folder):
        self.folder = folder / "LaunchAgents"

    def entry(self, name="queuectl"):
        return LaunchAgent(name, self.folder)

    def person_switches(self, entry, *, on):
        file = self.folder / f"org.queuectl.{entry.name}.plist"
        file.write_bytes(plistlib.dumps(plistlib.loads(file.read_bytes()) | {"Disabled": not on}))

    def break_it(self):
        self.folder.write_text("")


class RunValues:
    """Those of Windows, under a key of the test's own."""

    def __init__(self):
        self.key = rf"Software\QueueCTL tests\{os.getpid()}-{uuid.uuid4().hex}"

    def entry(self, name="queuectl"):
        from app.desktop.autostart_windows import RunValue

        return RunValue(name, self.key)

    def person_switches(self, entry, *, on):
        self.mark(entry, b"\2" + bytes(11) if on else b"\3\0\0\0" + bytes.fromhex("d40d438dc83bd901"))

    def mark(self, entry, mark):
        """Write what the Task Manager writes."""
        import winreg

        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, rf"{self.key}\Explorer\StartupApproved\Run") as key:
            winreg.SetValueEx(key, entry.name.replace("queuectl", "QueueCTL"), 0, winreg.REG_BINARY, mark)

    def break_it(self):
        import winreg

        import win32api

        winreg.CreateKey(winreg.HKEY_CURRENT_USER, self.key.rpartition("\\")[0]).Close()
        # below a key that goes with the session none can be made that stays
        key, _ = win32api.RegCreateKeyEx(
            winreg.HKEY_CURRENT_USER, self.key, winreg.KEY_WRITE, None, winreg.REG_OPTION_VOLATILE
        )
        win32api.RegCloseKey(key)

    def clear(self):
        import winreg

        for below in (r"\Explorer\StartupApproved\Run", r"\Explorer\StartupApproved", r"\Explorer", r"\Run", ""):
            with suppress(FileNotFoundError):
                winreg.DeleteKey(winreg.HKEY_CURRENT_USER, self.key + below)


@contextmanager
def entries_of(kind, folder):
    """The entries of one kind; nothing of them is left afterwards."""
    if kind == "desktop entry":
        yield DesktopEntries(folder)
    elif kind == "launch agent":
        yield LaunchAgents(folder)
    else:
        values = RunValues()
        yield values
        values.clear()
