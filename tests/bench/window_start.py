"""From the start of the window to its first appearance, beside a bare PySide6 window, from source and built.

Runs that alternate, on a screen of Xvfb. What is built is measured where `python3 packaging/dev.py build` has built it.
Linux; needs Xvfb and xev.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.figures import Figure, at_most
from tests.bench.frozen_start import BUILT, PROGRAMS, build, run_time, screen, window_time
from tests.bench.script import NotHereError, be_a_script
from tests.runners import CHECKOUT


@dataclass(frozen=True)
class Sizes:
    rounds: int = 15


def measure(sizes):
    missing = [name for name in ("Xvfb", "xev") if shutil.which(name) is None]
    if missing:
        raise NotHereError(f"{' and '.join(missing)} can't be had here")
    with tempfile.TemporaryDirectory() as home, screen() as display:
        own = {**os.environ, "HOME": home, "QUEUECTL_HOME": f"{home}/queue", "DISPLAY": display}
        own |= {"QT_QPA_PLATFORM": "xcb", "XDG_CONFIG_HOME": f"{home}/config", "PYTHONPATH": str(CHECKOUT)}
        own.pop("PYTHONDONTWRITEBYTECODE", None)  # compiled modules are what a person has
        # The window alone is measured, without the runner that it starts else.
        console = [Path(sys.executable).with_name("queuectl"), "config", "set", "start-runner", "off"]
        subprocess.run(console, env=own, check=True, stdout=subprocess.DEVNULL)
        pairs = {
            "window from source: first frame": (
                window_time,
                [sys.executable, "-m", "app"],
                [sys.executable, "-c", PROGRAMS["window"]],
                1.6,
            )
        }
        if BUILT.exists():
            desktop, queuectl = str(BUILT / "queuectl-desktop"), str(BUILT / "queuectl")
            pairs["window built: first frame"] = (window_time, [desktop], build("window"), 1.6)
            pairs["queuectl --version, built"] = (run_time, [queuectl, "--version"], build("line"), 2.0)
        for name, (measured, ours, bare, most) in pairs.items():
            for command in (ours, bare):
                measured(command, own)  # the first start reads from the disk
            costs = [(measured(ours, own), measured(bare, own)) for _ in range(sizes.rounds)]
            mine, theirs = zip(*costs, strict=True)
            yield Figure(name, "ms", mine, theirs, "bare program", at_most(most))
    if not BUILT.exists():
        why = "nothing is built: python3 packaging/dev.py build"
        yield Figure("window built: first frame", "ms", reach=at_most(1.6), missing=why)


if __name__ == "__main__":
    be_a_script(__doc__, measure, Sizes(), Sizes(rounds=2))
