"""``queuectl-desktop --self-check``: all is well, or it says what is wrong; the person's own queue is not touched."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from app import __version__
from app.bundle import folder
from app.check_guard import clean_up
from app.store.health import sqlite_in_use
from tests.runners import wait_for
from tests.wine import not_under_wine

CHECKOUT = Path(__file__).resolve().parent.parent
CHECKS = ["resources", "icons", "home", "window", "tray icon", "single instance", "runner", "job", "environment"]

pytestmark = not_under_wine("no window without a screen; the built program is checked there instead")


class Copy:
    """A copy of the program in which something can be broken, with a home and a temporary folder of its own."""

    def __init__(self, root, temporary):
        self.root = root
        self.person = root / "person"
        self.temporary = temporary
        self.person.mkdir()
        for name in ("app", "resources"):
            ignored = shutil.ignore_patterns("__pycache__", "pictures")
            shutil.copytree(CHECKOUT / name, root / name, ignore=ignored)

    def check(self, *words, before="", stdout=subprocess.PIPE, **environ):
        """Check it; ``before`` is done in that process first."""
        with self.started(*words, before=before, stdout=stdout, **environ) as process:
            said, complained = process.communicate(timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, said, complained)

    def started(self, *words, before="", stdout=subprocess.PIPE, **environ):
        """Begin to check it."""
        start = f"{before}\nimport sys; from app.bootstrap import desktop; sys.exit(desktop())"
        hidden = ("QT_QPA_PLATFORM", "QUEUECTL_HOME", "DISPLAY", "WAYLAND_DISPLAY")
        own = {name: value for name, value in os.environ.items() if name not in hidden}
        places = {"HOME": self.person, "USERPROFILE": self.person, "TMPDIR": self.temporary, "TEMP": self.temporary}
        return subprocess.Popen(
            [sys.executable, "-c", start, "--self-check", *words],
            cwd=self.root,
            env={**own, **{name: str(place) for name, place in places.items()}, **environ},
            stdout=stdout,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def is_clean(self):
        """Whether nothing was left behind, nor anything of the person's made."""
        return list(self.temporary.glob("queuectl*")) == [] and not (self.person / ".queuectl").exists()

    def becomes_clean(self):
        """Wait until nothing is left, nor anybody who works there."""
        wait_for(lambda: self.is_clean() and not self.helpers(), "all is cleaned up")

    def helpers(self):
        """The processes that are at work for a check, by their command lines."""
        lines = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
        return [words for words in lines if any(str(self.temporary) in word for word in words)]


@pytest.fixture
def copy(tmp_path):
    # Short: the name of a socket in it has little room.
    with tempfile.TemporaryDirectory(prefix="check-") as temporary:
        yield Copy(tmp_path, Path(temporary))


def results(done):
    """What is said of each check, by its name."""
    lines = [line for line in done.stdout.splitlines() if line.startswith(("ok ", "failed "))]
    return {name: (word, rest) for line in lines for word, name, rest in [told(line)]}


def told(line):
    word, _, rest = line.partition("  ")
    name, _, rest = rest.strip().partition(": ")
    return word.strip(), name, rest


def failed(done):
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].endswith("check(s) failed")
    return {name: rest for name, (word, rest) in results(done).items() if word == "failed"}


def test_all_is_well_and_the_report_says_the_same(copy, tmp_path):
    done = copy.check("--report", str(tmp_path / "report.txt"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert [name for name, (word, _) in results(done).items() if word == "ok"] == [*CHECKS, "command line", "end"]
    assert done.stdout.splitlines()[-1] == "everything is in order"
    assert done.stderr == ""
    assert (tmp_path / "report.txt").read_text(encoding="utf-8") == done.stdout
    facts = {" ".join(line.split()) for line in done.stdout.splitlines()}
    assert {f"QueueCTL {__version__}", "Platform plugin offscreen", f"Executable {sys.executable}"} <= facts
    assert f"SQLite {sqlite_in_use()[0]} (" in results(done)["command line"][1]
    assert copy.is_clean()
    assert folder() is None


def test_a_resource_that_is_missing_is_named(copy):
    (copy.root / "resources" / "window.css").unlink()
    told = failed(copy.check())
    assert told["resources"] == (
        "not there: window.css. Install QueueCTL again. If that does not help, tell us, with all these lines."
    )
    assert copy.is_clean()


def test_an_icon_that_is_not_drawn_is_named(copy):
    (copy.root / "resources" / "icons" / "bell.svg").write_text("this is no picture")
    assert failed(copy.check())["icons"].startswith("not drawn: bell; ")
    assert copy.is_clean()


def test_where_no_temporary_folder_can_be_written_to_it_says_what_to_name(copy):
    told = failed(copy.check(before="import tempfile; tempfile.tempdir = '/nonexistent'"))
    assert list(told) == ["temporary folder"]
    assert told["temporary folder"].endswith("TMPDIR, or on Windows TEMP.")


def test_a_runner_that_does_not_start_is_told_with_what_its_log_says(copy):
    (copy.root / "app" / "engine" / "runner.py").write_text("raise RuntimeError('broken here')")
    told = failed(copy.check())
    assert list(told) == ["runner"]
    assert "RuntimeError: broken here" in told["runner"]
    assert copy.is_clean()


@pytest.mark.skipif(os.name != "posix", reason="the shell finds its words elsewhere")
def test_a_job_that_fails_is_told_with_its_reason(copy):
    told = failed(copy.check(PATH="/nonexistent"))
    assert list(told) == ["job"]
    assert "Exit code 127" in told["job"]
    assert copy.is_clean()


def test_a_command_line_that_does_not_start_is_told(copy):
    (copy.root / "app" / "cli" / "doctor.py").write_text("raise RuntimeError('broken here')")
    told = failed(copy.check())
    assert list(told) == ["command line"]
    assert "RuntimeError: broken here" in told["command line"]
    assert copy.is_clean()


def test_two_executables_with_different_sqlites_are_told(copy):
    file = copy.root / "app" / "cli" / "doctor.py"
    file.write_text("import app.store.checks as c; c.sqlite_source = lambda: 'another'\n" + file.read_text())
    file.write_text(file.read_text().replace("from __future__ import annotations", ""))
    assert "(another), and the window SQLite" in failed(copy.check())["command line"]
    assert copy.is_clean()


def test_a_bug_in_the_window_is_told(copy):
    page = copy.root / "app" / "ui" / "status_line.py"
    page.write_text(page.read_text() + "\ndef _broken(self, look): raise RuntimeError('broken here')\n")
    page.write_text(page.read_text() + "StatusLine.show_look = _broken\n")
    told = failed(copy.check())
    assert told["window"].startswith("RuntimeError: broken here")
    assert copy.is_clean()


def test_a_window_that_can_not_even_be_made_is_told_and_leaves_nothing(copy):
    file = copy.root / "app" / "ui" / "status_line.py"
    file.write_text(
        file.read_text() + "\nclass StatusLine:\n    def __init__(self, *_): raise RuntimeError('broken here')\n"
    )
    assert failed(copy.check())["window"].startswith("RuntimeError: broken here")
    assert copy.is_clean()


def test_what_takes_too_long_is_ended_and_leaves_nothing(copy):
    told = failed_at_once(copy.check(before="import app.self_check as check; check._WHOLE = 0.5"))
    assert told["time"].startswith("not done after ")
    copy.becomes_clean()


def failed_at_once(done):
    assert done.returncode == 1
    return {name: rest for name, (word, rest) in results(done).items() if word == "failed"}


def test_a_report_takes_the_place_of_no_other_file(copy, tmp_path):
    jobs = tmp_path / "jobs.qjob"
    jobs.write_text("the jobs")
    done = copy.check("--report", str(jobs))
    assert (done.returncode, jobs.read_text()) == (1, "the jobs")
    assert "File exists" in done.stderr


def test_a_report_that_can_t_be_written_is_refused_before_anything_is_started(copy):
    done = copy.check("--report", str(copy.root / "nowhere" / "report.txt"))
    assert done.returncode == 1
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stderr
    assert copy.is_clean()


@pytest.mark.skipif(os.name != "posix", reason="sends POSIX' signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT", "SIGKILL"])
def test_whatever_ends_it_its_folder_and_its_runner_go_too(copy, name):
    number = signal.Signals[name]
    with copy.started() as process:
        for line in process.stdout:
            if line.startswith("ok      runner"):
                break
        process.send_signal(signal.SIGSTOP)  # half a second later it would be done
        assert copy.helpers() != []
        process.send_signal(number)
        process.send_signal(signal.SIGCONT)
        assert process.wait(60) == -number
    copy.becomes_clean()


def test_only_folders_of_a_check_are_ever_cleaned_up(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    assert clean_up(mine) == 2
    assert clean_up(Path(tempfile.gettempdir()) / "mine") == 2
    assert mine.exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_where_nobody_can_read_what_it_says_it_has_failed_and_says_why(copy):
    with Path("/dev/full").open("w") as full:
        done = copy.check(stdout=full)
    assert (done.returncode, done.stderr) == (
        1,
        "What is found can't be written to standard output: No space left on device\n",
    )
    assert copy.is_clean()


def test_a_reader_that_has_enough_is_no_news(copy):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = copy.check(stdout=writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")
    assert copy.is_clean()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the screens of X")
def test_a_screen_that_the_person_names_and_that_is_not_there_is_no_damage(copy):
    done = copy.check(QT_QPA_PLATFORM="xcb", DISPLAY=":4711")
    assert done.returncode != 0
    assert results(done)["Qt"][0] == "failed"
    assert "QT_QPA_PLATFORM is set to xcb, which can't be had here: check again without it." in done.stdout
    assert "Install QueueCTL again" not in done.stdout
    copy.becomes_clean()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems keep it elsewhere")
def test_what_the_person_starts_at_log_in_is_not_looked_at(copy):
    config = copy.person / ".config"
    config.mkdir()
    (config / "autostart").symlink_to("autostart")  # whoever looks into it fails
    assert copy.check().returncode == 0
    assert copy.is_clean()


TAMPERS = """
def _otherwise(environ, before=runner_environment):
    mine = {**before(environ), "ADDED": "1", "CHANGED": "2"}
    del mine["TAKEN"]
    return mine
runner_environment = _otherwise
"""


def test_a_job_that_sees_another_environment_is_told_with_the_names(copy):
    file = copy.root / "app" / "launch.py"
    file.write_text(file.read_text() + TAMPERS)
    told = failed(copy.check(TAKEN="x", CHANGED="1", KEPT="a\nb=c"))
    assert told["environment"].startswith("jobs do not see as they are here: ADDED, CHANGED, TAKEN.")
    assert copy.is_clean()
