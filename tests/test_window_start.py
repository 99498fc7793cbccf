"""How the program with the window begins: the first frame needs little, and all else comes after it, once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.ui.sidebar import Place
from tests.packaging.scripts import load
from tests.runners import environment
from tests.store.jobs import opened
from tests.wine import not_under_wine

CHECKOUT = Path(__file__).resolve().parents[1]
HEAVY = (
    *("apsw", "asyncio", "html", "msgspec", "peewee", "playhouse", "psutil", "rich", "structlog", "subprocess"),
    *("PySide6.QtDBus", "PySide6.QtNetwork", "app.engine", "app.store.database", "app.desktop.autostart"),
    *("app.ui.dead_letters_page", "app.ui.job_form", "app.ui.job_sheet", "app.ui.leaving", "app.ui.tray"),
)
OF_NO_SCREEN = ("propagateSizeHints", "does not support raise()")
"""What Qt's offscreen platform says of what it can't do."""

BEFORE = """
import enum, json, sys
from app.bootstrap import bring_in_qt, desktop
bring_in_qt()
import PySide6.QtWidgets
made = []
class Noting:
    def __init__(self):
        self._make = enum.EnumType.__new__
    def __call__(self, kind, name, *args, **more):
        made.append(name)
        return self._make(kind, name, *args, **more)
noting = Noting()
enum.EnumType.__new__ = lambda kind, name, *args, **more: noting(kind, name, *args, **more)
"""
AT_THE_FIRST_FRAME = """
from PySide6.QtCore import QTimer
from app.ui.later import Later
def tell():
    print(json.dumps([sorted(sys.modules), made]), flush=True)
    QTimer.singleShot(0, later[0], lambda: begin(later[0]))
later = []
begin = Later.begin
def first(self):
    if not later:
        later.append(self)
        QTimer.singleShot(0, self, tell)
Later.begin = first
sys.argv += ["--home", sys.argv.pop(1)]
{more}
sys.exit(desktop())
"""
LEAVING = """
from app import window
steps = window.Program._steps
def leaving(self, *args):
    planned = steps(self, *args)
    planned.insert({place}, self.{how})
    return planned
window.Program._steps = leaving
"""
WHEN_COMPLETE = """
from app import window
from PySide6.QtWidgets import QApplication
steps = window.Program._steps
def counting(self, *args):
    def count():
        import gc
        gc.unfreeze()
        kinds = [type(one).__name__ for one in gc.get_objects() if type(one).__module__.startswith("app.")]
        print(json.dumps({name: kinds.count(name) for name in sorted(set(kinds))}), flush=True)
        self.leave()
    return [*steps(self, *args), count]
window.Program._steps = counting
"""
PLACE_OF_QT_S_OWN_OPTIONS = """
from app import window
from PySide6.QtCore import QSettings
steps = window.Program._steps
def telling(self, *args):
    def tell():
        own = QSettings(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, "QtProject")
        print(json.dumps(own.fileName()), flush=True)
        self.leave()
    return [*steps(self, *args), tell]
window.Program._steps = telling
"""

pytestmark = [pytest.mark.slow, not_under_wine("reads what a windowed program prints")]


def start(home, more="", files=(), before=""):
    """Start the program, and return (its exit code, what it printed by line, what it complained of)."""
    script = before + BEFORE + AT_THE_FIRST_FRAME.format(more=more)
    done = subprocess.run(
        [sys.executable, "-c", script, str(home.root), *map(str, files)],
        cwd=CHECKOUT,
        env={**environment(), "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    complaints = [line for line in done.stderr.splitlines() if not any(words in line for words in OF_NO_SCREEN)]
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], complaints


@pytest.fixture
def quiet(home):
    """A home whose window starts no runner."""
    with opened(home) as store:
        store.options.set("start-runner", "off")
    return home


def test_before_the_first_frame_nothing_heavy_is_imported(quiet):
    code, ((modules, _enums), *_), complaints = start(quiet, LEAVING.format(place=0, how="leave"))
    assert [name for name in HEAVY if name in modules] == []
    assert (code, complaints) == (0, [])


def test_before_the_first_frame_no_kind_of_widget_is_brought_in_that_it_does_not_show(quiet):
    """Qt for Python makes a class with all its enumerations when it is first needed.

    To be given a widget of a kind that is not known beforehand needs all kinds there are.
    """
    _code, ((_modules, enums), *_), _ = start(quiet, LEAVING.format(place=0, how="leave"))
    assert "Orientation" in enums
    assert [name for name in ("PrimitiveElement", "TabPosition", "DialogCode", "StandardButton") if name in enums] == []


@pytest.mark.parametrize("how", ["leave", "_close_window", "_quit"])
@pytest.mark.parametrize("place", [0, 2, 6, 12, 20])
def test_a_window_that_is_closed_while_it_still_begins_ends_cleanly(quiet, how, place):
    with opened(quiet) as store:
        store.options.set("close-to-tray", "off")
    code, _told, complaints = start(quiet, LEAVING.format(place=place, how=how))
    assert (code, complaints) == (0, [])


def test_when_all_is_there_everything_is_there_once(quiet):
    code, (_first, counts), complaints = start(quiet, WHEN_COMPLETE)
    once = (
        *("Program", "MainWindow", "Gateway", "Tray", "TrayMenu", "InTheTray", "Leaving", "RunnerControl"),
        *("RunnerKeeping", "Notifier", "WindowSession", "OptionsWatch", "UpdateNotice", "QueueWatch", "JobVerbs"),
        *("DeadLettersPage", "WorkersPage", "NoticesPage", "JobsPage", "JobSheet", "DropOverlay", "Reviewing", "Toast"),
        *("Greeting", "SingleInstance", "SignalEar", "Collector", "Theme"),
    )
    assert {name: counts.get(name, 0) for name in once} == dict.fromkeys(once, 1)
    assert (code, complaints) == (0, [])


WITHOUT = """
import sys
sys.modules.update(dict.fromkeys({modules!r}))
"""


def test_it_begins_without_the_modules_that_the_built_folder_lacks(quiet):
    lacking = WITHOUT.format(modules=load("bundle_contents").NOT_IMPORTED)
    code, (_first, counts), complaints = start(quiet, WHEN_COMPLETE, before=lacking)
    assert counts["Collector"] == 1, "the last step"
    assert (code, complaints) == (0, [])
    assert not (quiet.logs / "window.log").exists(), "no bug was met"


FAILING = """
from app import window
steps = window.Program._steps
def failing(self, *args):
    def fail():
        raise ValueError("a late step")
    def look():
        box = self._bugs._box
        report = box.detailedText()
        print(json.dumps([box.text(), "a late step" in report, "ValueError" in report]), flush=True)
        self.leave()
    planned = steps(self, *args)
    return [*planned[:3], fail, *planned[3:], look]
window.Program._steps = failing
"""


def test_an_exception_in_a_late_step_becomes_a_bug_report_and_the_rest_follows(quiet):
    code, (_first, said), _ = start(quiet, FAILING)
    assert said == ["QueueCTL has met a bug. Your jobs are safe and go on.", False, True]
    assert code == 0
    assert "a bug in the window" in (quiet.logs / "window.log").read_text(encoding="utf-8")


WARNING = """
import logging
from app import window
steps = window.Program._steps
def warning(self, *args):
    def warn():
        logging.getLogger("app.early").warning("an early line")
    return [warn, warn, *steps(self, *args), self.leave]
window.Program._steps = warning
"""


def test_what_is_to_be_logged_before_the_log_is_begun_is_in_it(quiet):
    code, _told, complaints = start(quiet, WARNING)
    assert (quiet.logs / "window.log").read_text(encoding="utf-8").count("an early line") == 2
    assert (code, complaints) == (0, [])


GOING = """
from app import program, window
from app.ui.sidebar import Place
shown = program.MainWindow.show
def show(self):
    shown(self)
    QTimer.singleShot(0, self, lambda: self.sidebar.go_to(Place({place!r})))
program.MainWindow.show = show
steps = window.Program._steps
def looking(self, *args):
    def look():
        print(json.dumps(type(self.window._pages.currentWidget()).__name__), flush=True)
        self.leave()
    return [*steps(self, *args), look]
window.Program._steps = looking
"""


@pytest.mark.parametrize(
    ("place", "page"),
    [(Place.DEAD_LETTERS, "DeadLettersPage"), (Place.WORKERS, "WorkersPage"), (Place.NOTICES, "NoticesPage")],
)
def test_who_goes_somewhere_before_it_is_there_gets_there(quiet, place, page):
    code, told, complaints = start(quiet, GOING.format(place=place.value))
    assert page in told
    assert (code, complaints) == (0, [])


PRESSING = """
from app import program
shown = program.MainWindow.show
def show(self):
    shown(self)
    QTimer.singleShot(0, self, self.actions_.pause.trigger)
program.MainWindow.show = show
"""


def test_pause_is_obeyed_before_it_is_known_whether_the_queue_is_paused(quiet):
    code, _told, complaints = start(quiet, PRESSING + LEAVING.format(place=20, how="leave"))
    with opened(quiet) as store:
        assert store.reads.is_paused()
    assert (code, complaints) == (0, [])


OPENING = """
from app import program
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication
shown = program.MainWindow.show
def show(self):
    program.MainWindow.show = shown
    self.show()
    for file in {files!r}:
        QApplication.postEvent(QApplication.instance(), QFileOpenEvent(file))
    self.reviewing.incoming.read.connect(read)
def read(documents):
    print(json.dumps([document.path for document in documents]), flush=True)
    if documents[-1].path == {files!r}[-1]:
        later[0].parent().leave()
program.MainWindow.show = show
"""


def test_what_the_system_has_opened_in_the_first_moment_is_read_and_what_was_named_at_the_start_once(quiet, tmp_path):
    named, opened = tmp_path / "named.qjob", tmp_path / "opened.qjob"
    for file in (named, opened):
        file.write_text(json.dumps({"command": "echo"}), encoding="utf-8")
    code, told, complaints = start(quiet, OPENING.format(files=[str(named), str(opened)]), [named])
    read = [path for line in told if len(str(line)) < 1000 for path in line]
    assert sorted(read) == [str(named), str(opened)]
    assert (code, complaints) == (0, [])


DROPPING = """
from app import program
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication
file = QMimeData()
file.setUrls([QUrl.fromLocalFile({file!r})])
rest = Qt.DropAction.CopyAction, file, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
shown = program.MainWindow.show
def show(self):
    shown(self)
    QTimer.singleShot(0, self, lambda: drop(self))
def drop(window):
    early = "overlay" not in window.__dict__
    at = QPoint(9, 9)
    for event in QDragEnterEvent(at, *rest), QDragMoveEvent(at, *rest), QDropEvent(QPointF(at), *rest):
        QApplication.sendEvent(window.windowHandle(), event)
        print(json.dumps(early and event.isAccepted()), flush=True)
    window.reviewing.incoming.read.connect(read)
def read(documents):
    print(json.dumps([document.path for document in documents]), flush=True)
    later[0].parent().leave()
program.MainWindow.show = show
"""


def test_what_is_dropped_before_anything_but_the_first_frame_is_there_is_read(quiet, tmp_path):
    file = tmp_path / "jobs.json"
    file.write_text(json.dumps({"command": "echo"}), encoding="utf-8")
    code, told, complaints = start(quiet, DROPPING.format(file=str(file)))
    assert [line for line in told if len(str(line)) < 1000] == [True, True, True, [str(file)]]
    assert (code, complaints) == (0, [])


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system's own dialog is shown")
def test_which_folders_the_dialog_for_files_has_shown_is_kept_in_the_home(quiet):
    _code, (_first, place), _ = start(quiet, PLACE_OF_QT_S_OWN_OPTIONS)
    assert Path(place).parent == quiet.data
