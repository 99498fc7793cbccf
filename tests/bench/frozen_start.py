"""What a start of the built program costs, beside bare programs that PyInstaller made of the same Python and Qt.

Ratios of medians, of runs that alternate: `queuectl --version` to a program that prints a line; and the window, from
the start to the moment at which it is on a screen of Xvfb, and to its first frame, to a program that shows an empty
one. When the window shows the queue as well is told beside it: the bare one has nothing of the kind. The frames are
looked for on the screen, from outside. Linux; needs Xvfb, xev and libX11.

With --source the window is started from source instead, beside the same bare program from source.

Run: .venv/bin/python tests/bench/frozen_start.py [ROUNDS] [--source]   (built: after python3 packaging/dev.py build)
"""

import argparse
import ctypes
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from threading import Thread, Timer

CHECKOUT = Path(__file__).resolve().parent.parent.parent
BUILT = CHECKOUT / ".dist" / "queuectl"
BARE = CHECKOUT / ".build" / "bench"
PROGRAMS = {
    "line": 'print("hello")\n',
    "window": """
import sys
from PySide6.QtWidgets import QApplication, QMainWindow
application = QApplication(sys.argv)
window = QMainWindow()
window.resize(1000, 700)
window.show()
sys.exit(application.exec())
""",
}
LIMIT = 120  # seconds a window may take


def build(name):
    """Build a bare program once, as PyInstaller does it without being told anything."""
    program = BARE / name / name
    if not program.exists():
        BARE.mkdir(parents=True, exist_ok=True)
        script = BARE / f"{name}.py"
        script.write_text(PROGRAMS[name], encoding="utf-8")
        places = ["--distpath", BARE, "--workpath", BARE / "work", "--specpath", BARE]
        command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR", *places, script]
        subprocess.run(command, check=True, env={**os.environ, "PYINSTALLER_CONFIG_DIR": str(BARE / "cache")})
    return [str(program)]


def run_time(command, environment):
    began = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return [(time.perf_counter() - began) * 1000]


class Screen:
    """Looks at the pixels of an X server, through its own library."""

    class Image(ctypes.Structure):
        """The beginning of what XGetImage returns."""

        _fields_ = [
            *((name, ctypes.c_int) for name in ("width", "height", "xoffset", "format")),
            ("data", ctypes.c_void_p),
            *((name, ctypes.c_int) for name in ("byte_order", "bitmap_unit", "bitmap_bit_order", "bitmap_pad")),
            *((name, ctypes.c_int) for name in ("depth", "bytes_per_line", "bits_per_pixel")),
        ]

    def __init__(self, name):
        self._x = ctypes.CDLL("libX11.so.6")
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._x.XDefaultRootWindow.restype = ctypes.c_ulong
        self._x.XGetImage.restype = ctypes.POINTER(self.Image)
        self._display = ctypes.c_void_p(self._x.XOpenDisplay(name.encode()))
        self._root = ctypes.c_ulong(self._x.XDefaultRootWindow(self._display))

    def colours(self, left, top, width, height):
        """How many colours there are in a place."""
        image = self._x.XGetImage(self._display, self._root, left, top, width, height, ctypes.c_ulong(2**32 - 1), 2)
        data = ctypes.string_at(image.contents.data, image.contents.bytes_per_line * height)
        self._x.XDestroyImage(image)
        return {data[at : at + 4] for at in range(0, len(data), 4)}


BLANK = {b"\0\0\0\0"}
"""What is seen where there is no window."""

IN_EVERY_WINDOW = (300, 300, 8, 1)
FIGURES = (14, 730, 80, 60)
"""Where the foot of the window has the queue in figures, in its first size, also moved down by a frame."""

FEW = 10
"""So many colours make no letters, which have smooth edges."""


def window_times(screen):
    """Return what measures the milliseconds until a program's window is on the screen, painted, and full."""

    def measure(command, environment):
        watch = ["stdbuf", "-oL", "xev", "-root", "-event", "substructure"]
        with ended(watch, env=environment, stdout=subprocess.PIPE, text=True) as watcher:
            time.sleep(0.5)  # it says nothing when it has begun to watch
            mapped = []
            began = time.perf_counter()
            with ended(command, env=environment, stdout=subprocess.DEVNULL):
                Thread(target=wait_for_map, args=(watcher, mapped), daemon=True).start()
                painted = wait_until(lambda: screen.colours(*IN_EVERY_WINDOW) != BLANK)
                is_bare = command[0].startswith(str(BARE)) or command[-1].startswith(str(BARE))
                full = painted if is_bare else wait_until(lambda: len(screen.colours(*FIGURES)) > FEW)
            wait_until(lambda: screen.colours(*IN_EVERY_WINDOW) == BLANK)
        return [(moment - began) * 1000 for moment in (mapped[0], painted, full)]

    return measure


def wait_for_map(watcher, mapped):
    for line in watcher.stdout:
        if line.startswith("MapNotify"):
            mapped.append(time.perf_counter())
            return


def wait_until(true):
    """Return the moment at which something is seen."""
    until = time.perf_counter() + LIMIT
    while time.perf_counter() < until:
        if true():
            return time.perf_counter()
        time.sleep(0.002)
    raise RuntimeError("what was waited for did not come")


@contextmanager
def ended(command, **options):
    """Start a program, and end it afterwards."""
    with subprocess.Popen(command, **options) as process:
        watch = Timer(LIMIT, process.kill)
        watch.start()
        try:
            yield process
        finally:
            watch.cancel()
            process.terminate()


@contextmanager
def screen():
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            yield f":{server.stdout.readline().strip()}"
        finally:
            server.terminate()


def compare(what, measure, ours, theirs, environment, rounds, asked):
    for command in (ours, theirs):
        measure(command, environment)  # the first start reads from the disk
    costs = [(measure(ours, environment), measure(theirs, environment)) for _ in range(rounds)]
    for place, name in enumerate(what):
        mine = statistics.median(pair[0][place] for pair in costs)
        bare = statistics.median(pair[1][place] for pair in costs)
        said = f"ratio {mine / bare:.2f}{asked[place]}"
        print(f"{name:<12} {mine:5.0f} ms   bare {bare:5.0f} ms   {said}   medians of {rounds}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("rounds", nargs="?", type=int, default=15)
    parser.add_argument("--source", action="store_true")
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, screen() as display:
        environment = {**os.environ, "HOME": home, "QUEUECTL_HOME": f"{home}/queue", "DISPLAY": display}
        environment |= {"QT_QPA_PLATFORM": "xcb", "XDG_CONFIG_HOME": f"{home}/config"}
        if wish.source:
            environment.pop("PYTHONDONTWRITEBYTECODE", None)
            environment |= {"PYTHONPATH": str(CHECKOUT), "PYTHONPYCACHEPREFIX": f"{home}/compiled"}
            desktop = [sys.executable, "-m", "app"]
            queuectl = [sys.executable, "-c", "import sys; from app.bootstrap import console; sys.exit(console())"]
            build("window")
            window = [sys.executable, str(BARE / "window.py")]
        else:
            line, window = build("line"), build("window")
            queuectl, desktop = [str(BUILT / "queuectl")], [str(BUILT / "queuectl-desktop")]
        # The window alone is measured, without the runner that it starts else.
        subprocess.run(
            [*queuectl, "config", "set", "start-runner", "off"], env=environment, check=True, stdout=subprocess.DEVNULL
        )
        if not wish.source:
            command = [*queuectl, "--version"]
            compare(["--version"], run_time, command, line, environment, wish.rounds, [" (asked: 2.0)"])
        what = ["on screen", "first frame", "queue shown"]
        asked = [" (asked: 1.6)", " (asked: 1.6)", " to its first frame"]
        compare(what, window_times(Screen(display)), desktop, window, environment, wish.rounds, asked)


if __name__ == "__main__":
    main()
