"""Draw the window over a queue that really works: window_picture.py light|dark FILE, as make_pictures.py calls it."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from app.bootstrap import open_a_store
from app.domain.job import JobSpec, NewJob
from app.paths import Home
from app.store.opening import wall_clock
from app.store.runner_store import Ask
from app.ui.gateway import Gateway
from app.ui.icons import Icons
from app.ui.job_verbs import JobVerbs
from app.ui.main_window import MainWindow
from app.ui.queue_watch import QueueWatch
from app.ui.runner_control import RunnerControl
from app.ui.theme import Theme
from app.ui.tools import Tools

WIDTH, HEIGHT = 1180, 760
_FRAMES = 'for i in $(seq 1 400); do echo "frame $i of 400"; sleep 0.05; done'
JOBS = [
    ("thumbnails", "for i in $(seq 1 40); do echo photo-$i.jpg; done", {"priority": 8}),
    ("backup-photos", "echo 'sent 1,204 files'", {}),
    ("transcode-lecture-04", "echo encoding; echo 'no space left on device' >&2; exit 1", {"max_retries": 1}),
    ("transcode-lecture-05", "echo encoding; echo 'no space left on device' >&2; exit 1", {"max_retries": 1}),
    ("nightly-build", "echo compiling; echo 'main.c:12: expected ;' >&2; exit 2", {"max_retries": 1}),
    ("site-upload", "echo uploaded", {}),
    ("mirror-sync", "echo 'connection reset by peer' >&2; exit 7", {"backoff_base": 40.0, "priority": 10}),
    ("render-teaser", _FRAMES, {"timeout": 60.0, "priority": 9}),
    ("archive-2025", "sleep 30", {"timeout": 90.0}),
    ("encode-trailer", "ffmpeg -i trailer.mov -c:v libx264 -crf 18 trailer.mp4", {}),
    ("weekly-report", "python3 report.py --week 47", {"priority": 3}),
]


def main() -> int:
    """Let a runner work for a while, and grab the window then."""
    theme, picture = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        _fill(home)
        application = QApplication(["queuectl"])
        colours = Theme(application, theme)
        gateway = Gateway(lambda: open_a_store(home))
        gateway.begin()
        layout = QSettings(f"{folder}/window.ini", QSettings.Format.IniFormat)
        tools = Tools(gateway=gateway, theme=colours, icons=Icons(colours), layout=layout, now=wall_clock)
        control = RunnerControl(gateway, os.environ, application)
        window = MainWindow(
            tools, JobVerbs(gateway, lambda _store: None, application), lambda: control, QueueWatch(gateway)
        )
        window.resize(WIDTH, HEIGHT)
        window.show()
        control.start()
        _let_pass(9000)
        window.jobs.table.selection.choose([len(JOBS) - 3])
        window.jobs.details.show_output()
        _let_pass(2500)
        window.grab().save(picture)
        _stop(home)
        gateway.close()
    return 0


def _fill(home: Home) -> None:
    store = open_a_store(home)
    with store.connected():
        for id, command, fields in JOBS:
            given = {"timeout": 20.0, "max_retries": 3, "backoff_base": 2.0, "priority": 5, **fields}
            store.intake.enqueue([NewJob(id, JobSpec(command=command, cwd=str(home.root), **given))])


def _stop(home: Home) -> None:
    store = open_a_store(home)
    with store.connected():
        store.runner.want(False)
        store.runner.ask(Ask.STOP_NOW)
    queuectl = Path(sys.executable).with_name("queuectl")
    subprocess.run([queuectl, "--home", str(home.root), "worker", "stop", "--now"], check=False, capture_output=True)


def _let_pass(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


if __name__ == "__main__":
    sys.exit(main())
