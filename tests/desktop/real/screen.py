"""A desktop that nobody else sees: an X server, a window manager, a D-Bus session and a home folder, for one test."""

import os
import secrets
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from PySide6.QtGui import QImage

from tests.desktop.real import warden as warden_
from tests.desktop.real.warden import end_all, living

WIDTH, HEIGHT = 1280, 800
# By this the sweep at the end finds whatever was started here, also what made itself a session of its own.
MARK = "QUEUECTL_DESKTOP_TEST"
# A session bus that starts nothing by itself: no desktop's daemons, and none of their mounts.
_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
_INHERITED = ("PATH", "USER", "LOGNAME")
_XWD_WORDS = 25
_XWD_COLOUR = 12


class Screen:
    """One desktop, for the length of a block; several can exist at once.

    Attributes:
        folder: a short temporary folder, in which the home and all files of this desktop lie.
        home: the home folder of whoever sits at it.
        environment: what its programs are started with.
    """

    def __init__(self, folder):
        self.folder = folder
        self.home = folder / "home"
        self._frames = folder / "frames"
        self._mark = f"{MARK}={secrets.token_hex(16)}"
        self._started = []
        runtime = folder / "run"
        for place in (self.home, self.home / ".config", runtime, self._frames, folder / "said"):
            place.mkdir(mode=0o700)
        self.environment = {name: os.environ[name] for name in _INHERITED if name in os.environ} | {
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_RUNTIME_DIR": str(runtime),
            "LANG": "C.UTF-8",
            "QT_QPA_PLATFORM": "xcb",
            # What there is no daemon for.
            "NO_AT_BRIDGE": "1",
            "GIO_USE_VFS": "local",
            "GSETTINGS_BACKEND": "memory",
            MARK: self._mark.partition("=")[2],
        }

    def open(self):
        """Start the X server, the bus and the window manager."""
        warden = [sys.executable, "-I", "-S", warden_.__file__, self._mark, str(self.folder)]
        self._warden = subprocess.Popen(warden, stdin=subprocess.PIPE, start_new_session=True)
        size = f"{WIDTH}x{HEIGHT}x24"
        server = ["Xvfb", "-displayfd", "1", "-screen", "0", size, "-fbdir", str(self._frames)]
        server += ["-nolisten", "tcp", "-nocursor", "-noreset"]
        self.environment["DISPLAY"] = ":" + self._first_line(server)
        config = self.folder / "bus.conf"
        config.write_text(_BUS)
        bus = ["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile", "--print-address=1"]
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = self._first_line(bus)
        # What it announces on the screen it announces too early: windows that come then are never shown.
        ready = self.folder / "window manager is ready"
        self.start("openbox", "--sm-disable", "--startup", f"touch '{ready}'")
        wait_until(ready.exists, "the window manager")

    def start(self, *command, **variables):
        """Start a program on this desktop; it is ended with it.

        Args:
            command: the program and its arguments.
            variables: more environment.
        """
        return self._popen(command, variables, subprocess.DEVNULL)

    def ask(self, *command, text=None, check=False):
        """Run a small tool to its end, and return what it printed.

        Args:
            command: the tool and its arguments.
            text: what it reads.
            check: whether it must succeed.
        """
        done = subprocess.run(
            command,
            env=self.environment,
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=60,
            check=check,
        )
        return done.stdout

    def picture(self):
        """What is to be seen now, from the X server's own memory."""
        data = (self._frames / "Xvfb_screen0").read_bytes()
        header = struct.unpack(f">{_XWD_WORDS}I", data[: _XWD_WORDS * 4])
        size, width, height, line, colours = header[0], header[4], header[5], header[12], header[19]
        first = size + colours * _XWD_COLOUR
        pixels = data[first : first + line * height]
        return QImage(pixels, width, height, line, QImage.Format.Format_RGB32).copy()

    def end(self, process):
        """Kill one program that was started here, with its whole group."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def close(self):
        """End everything that was started on this desktop, and remove its folder."""
        for process in reversed(self._started):
            self.end(process)
        end_all(self._mark)
        shutil.rmtree(self.folder)
        self._warden.stdin.close()
        self._warden.wait()

    def living(self):
        """The pids of all living programs of this desktop."""
        return living(self._mark)

    def said(self, process):
        """What a program that was started here wrote on its standard error."""
        return process.said.read_text(encoding="utf-8", errors="replace")

    def _first_line(self, command):
        process = self._popen(command, {}, subprocess.PIPE)
        line = process.stdout.readline().decode().strip()
        assert line, f"{command[0]} does not start: {self.said(process)}"
        return line

    def _popen(self, command, variables, output):
        said = self.folder / "said" / f"{len(self._started):02}-{Path(command[0]).name}"
        with said.open("wb") as errors:
            process = subprocess.Popen(
                [str(word) for word in command],
                cwd=self.home,
                env=self.environment | variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
        process.said = said
        self._started.append(process)
        return process


@contextmanager
def opened():
    """A desktop for the length of a block; afterwards nothing of it is left."""
    # Short: the names of sockets have little room.
    folder = Path(tempfile.mkdtemp(prefix="desk-", dir="/tmp"))
    screen = Screen(folder)
    try:
        screen.open()
        yield screen
    finally:
        screen.close()


def wait_until(true, what, patience=60.0, look=0.05):
    """Wait until a condition holds; what other programs do has no event of ours.

    Args:
        true: gives what is waited for, or something false.
        what: the words for it.
        patience: seconds.
        look: seconds between two looks.

    Returns:
        What ``true`` gave.
    """
    until = time.monotonic() + patience
    while not (found := true()):
        assert time.monotonic() < until, f"waited {patience:.0f} s in vain for {what}"
        time.sleep(look)
    return found
