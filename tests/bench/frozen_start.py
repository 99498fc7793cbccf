"""What a start of the built program costs, beside bare programs that PyInstaller made of the same Python and Qt.

Two ratios of medians, of runs that alternate: `queuectl --version` to a program that prints a line, and the window,
from the start to its first appearance on a screen of Xvfb, to a program that shows an empty one. Linux; needs Xvfb and
xev.

Run: .venv/bin/python tests/bench/frozen_start.py [ROUNDS]   (after python3 packaging/dev.py build)
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

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
LIMIT = 30  # seconds a window may take


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
    return (time.perf_counter() - began) * 1000


def window_time(command, environment):
    """The milliseconds until a window of this program is on the screen."""
    watch = ["stdbuf", "-oL", "xev", "-root", "-event", "substructure"]
    with ended(watch, env=environment, stdout=subprocess.PIPE, text=True) as watcher:
        time.sleep(0.5)  # it says nothing when it has begun to watch
        began = time.perf_counter()
        with ended(command, env=environment, stdout=subprocess.DEVNULL):
            for line in watcher.stdout:
                if line.startswith("MapNotify"):
                    return (time.perf_counter() - began) * 1000
    raise RuntimeError("no window came")


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
    mine, bare = (statistics.median(column) for column in zip(*costs, strict=True))
    ratio = f"ratio {mine / bare:.2f} (asked: {asked})"
    print(f"{what:<10} {mine:5.0f} ms   bare {bare:5.0f} ms   {ratio}   medians of {rounds}", flush=True)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    line, window = build("line"), build("window")
    with tempfile.TemporaryDirectory() as home, screen() as display:
        environment = {**os.environ, "HOME": home, "QUEUECTL_HOME": f"{home}/queue", "DISPLAY": display}
        environment |= {"QT_QPA_PLATFORM": "xcb", "XDG_CONFIG_HOME": f"{home}/config"}
        queuectl, desktop = str(BUILT / "queuectl"), str(BUILT / "queuectl-desktop")
        # The window alone is measured, without the runner that it starts else.
        subprocess.run(
            [queuectl, "config", "set", "start-runner", "off"], env=environment, check=True, stdout=subprocess.DEVNULL
        )
        compare("--version", run_time, [queuectl, "--version"], line, environment, rounds, "2.0")
        compare("window", window_time, [desktop], window, environment, rounds, "1.6")


if __name__ == "__main__":
    main()
