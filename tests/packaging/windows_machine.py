"""A Windows of a test's own to install things on: a copy of Wine's folder, as windows_python.py has made it."""

import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MADE = ROOT / ".windows"
LIMIT = 300


class Machine:
    """One such Windows.

    Args:
        prefix: Wine's folder.
        display: the screen.
    """

    def __init__(self, prefix, display):
        self.prefix = prefix
        self.environ = os.environ | {
            "WINEPREFIX": str(prefix),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "LC_ALL": "C.UTF-8",  # else it knows no names but plain ones
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "windows",
        }
        self.environ.pop("QUEUECTL_HOME", None)
        self._started = []
        (self.person,) = [folder for folder in (prefix / "drive_c" / "users").iterdir() if folder.name != "Public"]

    def path(self, path):
        """How Windows calls a file of this machine."""
        try:
            return "C:\\" + str(path.relative_to(self.prefix / "drive_c")).replace("/", "\\")
        except ValueError:
            return "Z:" + str(path).replace("/", "\\")

    def run(self, program, *words):
        """Run a program to its end, and return its exit code and what it said, at most a few pages."""
        with self._begun(program, *words) as process:
            code = process.wait(LIMIT)
            # Not to its end: what Wine starts along with the first program holds the pipe, and stays.
            os.set_blocking(process.stdout.fileno(), False)
            text = process.stdout.read() or b""
        return code, text.decode(errors="replace")

    def said(self, program, *words):
        """Run a program that is to end well, and return what it said."""
        code, text = self.run(program, *words)
        assert code == 0, text
        return text

    def start(self, program, *words):
        """Start a program, and leave it; return it."""
        self._started.append(self._begun(program, *words))
        return self._started[-1]

    def end(self):
        """End all programs."""
        subprocess.run(["wineserver", "-k"], env=self.environ, check=False)
        self.settle()
        for process in self._started:
            process.communicate(timeout=LIMIT)

    def _begun(self, program, *words):
        # [E] Wine 8: with a file or a terminal as a stream, Python can't start.
        process = subprocess.Popen(
            ["wine", str(program), *map(str, words)],
            env=self.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        process.stdin.close()
        process.stdin = None
        return process

    def settle(self):
        """Wait until no program runs any more: an uninstaller goes on as a copy of itself."""
        subprocess.run(["wineserver", "-w"], env=self.environ, check=True, timeout=LIMIT)

    def values(self, key):
        """The values of a key of the person's registry, by name; None where there is no such key."""
        code, text = self.run("reg", "query", f"HKCU\\{key}")
        if code != 0:
            return None
        parts = (line.strip().split("    ", 2) for line in text.splitlines() if line.startswith("    "))
        return {name: value for name, _kind, value in (part if len(part) == 3 else [*part, ""] for part in parts)}

    def write_value(self, key, name, value):
        """Write a text into the person's registry."""
        self.said("reg", "add", f"HKCU\\{key}", "/v", name, "/d", value, "/f")


@contextmanager
def machine(display):
    """A fresh one; nothing of it is left afterwards, also no process."""
    made = ROOT / ".build"
    made.mkdir(exist_ok=True)
    prefix = made / f"wine-{os.getpid()}"
    shutil.rmtree(prefix, ignore_errors=True)
    # 700 MB of Wine's own files, which nobody writes to; the registry is written anew as a whole.
    shutil.copytree(MADE / "prefix", prefix, symlinks=True, copy_function=_link)
    it = Machine(prefix, display)
    try:
        yield it
    finally:
        it.end()
        shutil.rmtree(prefix)


def _link(source, target):
    if Path(source).suffix in {".dll", ".exe", ".ttf", ".nls", ".drv", ".sys", ".tlb"}:
        os.link(source, target)
    else:
        shutil.copy2(source, target)


@contextmanager
def screen():
    """A screen that nobody sees; its name."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            yield f":{server.stdout.readline().strip()}"
        finally:
            server.terminate()
