"""The dialog that makes a report: what it shows is what it saves, and it works without a queue."""

import json
import os
import threading
import zipfile
from pathlib import Path

import pytest
from PySide6.QtCore import QDir, Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QApplication, QCheckBox, QFileDialog, QMessageBox, QPushButton, QWidget

from app.domain.job import State
from app.messages import KnownError
from app.ui.actions import Actions
from app.ui.bug_report import BugReport
from app.ui.gateway import Gateway
from app.ui.report_dialog import ReportDialog
from app.ui.tools import Tools
from app.ui.window_dialogs import WindowDialogs
from app.ui.wording import local
from tests.store.jobs import put_into


@pytest.fixture
def window(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    return window


@pytest.fixture
def dialog(tools, home, window, qtbot):
    dialog = ReportDialog(tools, home, window)
    dialog.show()
    qtbot.waitUntil(dialog.save.isEnabled)
    yield dialog
    dialog.close()


def names(dialog):
    return [piece.name for piece in dialog.files.pieces]


def choose(dialog, name):
    dialog.files.table.selectRow(names(dialog).index(name))


def saved(dialog, path, qtbot):
    dialog.save_to(str(path))
    qtbot.waitUntil(lambda: dialog.save.isEnabled() and dialog.saved.isVisible())
    with zipfile.ZipFile(path) as bundle:
        return {name: bundle.read(name).decode() for name in bundle.namelist()}


def test_every_box_is_off_at_first_and_no_job_is_told_of(dialog, store, clock):
    put_into(store, State.DEAD, clock, "gribble")
    assert [box.isChecked() for box in dialog.choices.findChildren(QCheckBox)] == [False] * 3
    assert not dialog.choices.newest.isEnabled()
    assert "jobs.json" not in names(dialog)


def test_the_first_file_is_shown_and_a_click_shows_another(dialog):
    assert "SQLite" in dialog.files.text.toPlainText()
    choose(dialog, "options.txt")
    assert "max-retries" in dialog.files.text.toPlainText()


def test_the_list_tells_the_size_of_each_file(dialog):
    sizes = [dialog.files.table.model().index(row, 1).data() for row in range(len(names(dialog)))]
    assert sizes == [f"{len(piece.data)} bytes" for piece in dialog.files.pieces]


def test_a_tick_shows_at_once_what_it_brings_and_what_to_beware_of(dialog, store, clock, qtbot):
    put_into(store, State.DEAD, clock, "gribble")
    choose(dialog, "options.txt")
    dialog.choices.commands.click()
    qtbot.waitUntil(lambda: "jobs.json" in names(dialog))
    assert "max-retries" in dialog.files.text.toPlainText()  # the chosen file stays
    choose(dialog, "jobs.json")
    assert "gribble" in dialog.files.text.toPlainText()
    assert dialog.choices._warning.isVisible()
    assert dialog.choices.newest.isEnabled()
    dialog.choices.commands.click()
    qtbot.waitUntil(lambda: "jobs.json" not in names(dialog))
    assert "gribble" not in dialog.files.text.toPlainText()


def test_what_is_shown_is_what_is_saved(dialog, store, clock, tmp_path, qtbot):
    put_into(store, State.DEAD, clock, "gribble")
    dialog.choices.commands.setChecked(True)
    qtbot.waitUntil(lambda: "jobs.json" in names(dialog))
    put_into(store, State.DEAD, clock, "came later")
    found = saved(dialog, tmp_path / "r.zip", qtbot)
    assert found == {piece.name: piece.text for piece in dialog.files.pieces}
    assert [job["id"] for job in json.loads(found["jobs.json"])] == ["gribble"]


def test_how_many_of_which_jobs_can_be_chosen(dialog, store, clock, qtbot):
    for id in ("a", "b", "c"):
        put_into(store, State.COMPLETED, clock, id)
    dialog.choices.commands.setChecked(True)
    dialog.choices.newest.setValue(2)
    dialog.choices.which.setCurrentIndex(1)

    def told():
        return [
            job["id"] for piece in dialog.files.pieces if piece.name == "jobs.json" for job in json.loads(piece.text)
        ]

    qtbot.waitUntil(lambda: told() == ["c", "b"])


def test_saved_it_says_where_shows_the_folder_and_copies_the_path(dialog, tmp_path, qtbot, monkeypatch):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    name = "my <b>report.zip" if os.name == "posix" else "my &amp; report.zip"
    path = tmp_path / name
    saved(dialog, path, qtbot)
    assert dialog.saved.words.text() == f"Saved to {path}"
    assert dialog.saved.words.textFormat() is Qt.TextFormat.PlainText
    qtbot.mouseClick(dialog.saved.show_folder, Qt.MouseButton.LeftButton)
    assert [Path(url.toLocalFile()) for url in opened] == [tmp_path]
    qtbot.mouseClick(dialog.saved.copy_path, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == str(path)


def test_where_it_can_not_be_written_that_is_said_and_it_can_be_tried_again(dialog, tmp_path, qtbot):
    dialog.save_to(str(tmp_path / "no such folder" / "r.zip"))
    qtbot.waitUntil(dialog.trouble.isVisible)
    assert "can't be saved" in dialog.trouble.text()
    assert not dialog.saved.isVisible()
    saved(dialog, tmp_path / "r.zip", qtbot)
    assert not dialog.trouble.isVisible()


def test_the_person_picks_where_under_a_name_of_the_day(dialog, qtbot, clock):
    qtbot.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    files = dialog.findChild(QFileDialog)
    assert files.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    assert not files.testOption(QFileDialog.Option.DontConfirmOverwrite)
    day = f"{local(clock()):%Y-%m-%d}"
    assert [Path(name).name for name in files.selectedFiles()] == [f"queuectl-report-{day}.zip"]
    files.reject()


def test_each_control_has_a_name_and_escape_closes(dialog, qtbot):
    for widget in (dialog.choices.newest, dialog.choices.which, dialog.files.table, dialog.files.text):
        assert widget.accessibleName()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


@pytest.fixture
def gate():
    """Opened at the end, so that what waits for it comes to an end."""
    gate = threading.Event()
    yield gate
    gate.set()


@pytest.mark.parametrize("how", ["refused", "not open yet"])
def test_it_works_where_the_queue_can_not_be_opened(tools, home, window, qtbot, how, gate):
    home.database.unlink()
    home.database.write_bytes(b"no database" * 500)

    def open_it():
        if how == "refused":
            raise KnownError("no")
        gate.wait(60)
        raise KnownError("too late")

    gateway = Gateway(open_it)
    gateway.begin()
    lost = Tools(gateway=gateway, theme=tools.theme, icons=tools.icons, layout=tools.layout, now=tools.now)
    actions = Actions(tools.theme, tools.icons, window)
    actions.allow_nothing_but_leaving()
    assert actions.report_problem.isEnabled()
    assert actions.about.isEnabled()
    dialogs = WindowDialogs(lost, actions, window)
    dialogs.show_report()
    dialog = window.findChild(ReportDialog)
    qtbot.waitUntil(dialog.save.isEnabled)
    choose(dialog, "checks.txt")
    assert "WRONG  database" in dialog.files.text.toPlainText()
    dialog.close()
    gate.set()
    gateway.close()


def test_there_is_one_such_dialog_at_a_time_and_it_closes_at_once(tools, window, qtbot):
    dialogs = WindowDialogs(tools, Actions(tools.theme, tools.icons, window), window)
    dialogs.show_report()
    dialogs.show_report()
    (dialog,) = window.findChildren(ReportDialog)
    dialog.close()
    qtbot.waitUntil(lambda: not window.findChildren(ReportDialog))
    dialogs.show_report()
    (again,) = window.findChildren(ReportDialog)
    qtbot.waitUntil(again.save.isEnabled)
    again.close()


def test_files_that_are_chosen_are_handed_on(tools, window, qtbot, tmp_path):
    dialogs = WindowDialogs(tools, Actions(tools.theme, tools.icons, window), window)
    file = tmp_path / "jobs.json"
    file.write_text("[]", encoding="utf-8")
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    try:
        dialogs.choose_files()
        (dialog,) = window.findChildren(QFileDialog)
        dialog.selectFile(str(file))
        with qtbot.waitSignal(dialogs.files_chosen) as chosen:
            dialog.accept()
    finally:
        QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs, on=False)
    assert [Path(path) for path in chosen.args[0]] == [file]


def test_the_example_is_handed_on_as_a_dropped_file(tools, window, qtbot):
    dialogs = WindowDialogs(tools, Actions(tools.theme, tools.icons, window), window)
    with qtbot.waitSignal(dialogs.files_chosen) as chosen:
        dialogs.show_example()
    (path,) = chosen.args[0]
    assert QDir.isAbsolutePath(path)
    assert Path(path).name.startswith("first-jobs.")


def test_a_bug_offers_a_report_of_it(window, qtbot):
    bugs = BugReport(window)
    bugs.show(ValueError, ValueError("gribble"), None)
    box = window.findChild(QMessageBox)
    (more,) = [button for button in box.findChildren(QPushButton) if button.text() == "Report a problem…"]
    with qtbot.waitSignal(bugs.report_wanted):
        qtbot.mouseClick(more, Qt.MouseButton.LeftButton)
    assert not box.isVisible()


def test_the_layout_tells_whose_home_it_is(tools, home, window):
    dialogs = WindowDialogs(tools, Actions(tools.theme, tools.icons, window), window)
    assert dialogs._home() == home
