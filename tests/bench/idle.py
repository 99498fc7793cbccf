"""What runner and window cost while nothing happens: wake-ups of all threads a second, and the processor's time.

The real programs on a desktop of their own (Xvfb, openbox, tint2): the window visible, and hidden in the tray. Linux.
"""

import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import psutil

from app.paths import Home
from tests.bench.figures import Figure, Of, at_most
from tests.bench.script import NotHereError, be_a_script
from tests.desktop.real import screen as screens
from tests.desktop.real.hosts import HOSTS
from tests.desktop.real.targets import source
from tests.desktop.real.wake_ups import wake_ups
from tests.desktop.real.windows import Windows
from tests.runners import running
from tests.store.jobs import opened

TITLE = "QueueCTL"
NEEDED = ("Xvfb", "dbus-daemon", "openbox", "tint2", "wmctrl")


@dataclass(frozen=True)
class Sizes:
    seconds: float = 60.0
    settling: float = 15.0
    rounds: int = 3


def measure(sizes):
    if not sys.platform.startswith("linux"):
        raise NotHereError("wake-ups are read from Linux's /proc")
    missing = [name for name in NEEDED if shutil.which(name) is None]
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        with opened(home), running(home) as runner:
            yield from watched("idle runner", runner.pid, 1, sizes)
    if missing:
        why = f"a desktop needs {', '.join(missing)}: see packaging/desktop_programs.py"
        for name in ("window visible", "window hidden in the tray"):
            yield Figure(name, "wake-ups/s", missing=why)
        return
    with screens.opened() as screen:
        HOSTS["tint2"](screen).start()
        home = screen.folder / "queue"
        target = source()
        quietly = [*target.console, "--home", home, "config", "set", "start-runner", "off"]
        screen.ask(*quietly, check=True)  # a runner would ring now and then
        program = screen.start(*target.window, "--home", home, **target.environment)
        windows = Windows(screen)
        windows.wait_for(TITLE)
        yield from watched("window visible", program.pid, 4, sizes)
        screen.ask("wmctrl", "-c", TITLE, check=True)
        windows.wait_until_gone(TITLE)
        yield from watched("window hidden in the tray", program.pid, 1, sizes)


def watched(name, pid, wakes, sizes):
    """The wake-ups a second, and the share of a processor in percent, in some stretches of time."""
    time.sleep(sizes.settling)
    process = psutil.Process(pid)
    woken, worked = [], []
    for _ in range(sizes.rounds):
        before, began, cost = wake_ups(pid), time.monotonic(), processor_seconds(process)
        time.sleep(sizes.seconds)
        passed = time.monotonic() - began
        woken.append((wake_ups(pid) - before) / passed)
        worked.append((processor_seconds(process) - cost) / passed * 100)
    yield Figure(f"{name}, nothing to do: wake-ups", "/s", tuple(woken), reach=at_most(wakes, Of.MEDIAN))
    yield Figure(f"{name}, nothing to do: processor", "%", tuple(worked), reach=at_most(0.1, Of.MEDIAN))


def processor_seconds(process):
    times = process.cpu_times()
    return times.user + times.system


if __name__ == "__main__":
    be_a_script(__doc__, measure, Sizes(), Sizes(seconds=2.0, settling=2.0, rounds=1))
