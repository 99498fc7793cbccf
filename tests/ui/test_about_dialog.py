"""About: what it is, in plain text that can be copied."""

from importlib.metadata import version
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QLabel, QWidget

from app import __version__
from app.ui.about_dialog import AboutDialog
from app.ui.actions import Actions
from app.ui.licences import OTHERS, packages
from app.ui.window_dialogs import WindowDialogs


@pytest.fixture
def dialog(home, qtbot, qapp):  # noqa: ARG001  there is an application first
    window = QWidget()
    qtbot.addWidget(window)
    dialog = AboutDialog(home, window)
    dialog.show()
    yield dialog
    dialog.close()
    window.close()


def test_it_tells_name_version_what_it_is_and_shows_the_mark(dialog):
    labels = dialog.findChildren(QLabel)
    texts = [label.text() for label in labels]
    assert {"QueueCTL", f"Version {__version__}"} <= set(texts)
    assert any("in the background" in text for text in texts)
    assert any(not label.pixmap().isNull() for label in labels)


def test_all_of_its_text_is_plain(dialog):
    written = [label for label in dialog.findChildren(QLabel) if label.text()]
    assert {label.textFormat() for label in written} == {Qt.TextFormat.PlainText}


def test_the_versions_are_those_of_a_report_and_can_be_copied(dialog, qtbot):
    for name in ("QueueCTL", "Python", "Qt", "PySide6", "SQLite", "APSW", "peewee", "Platform plugin"):
        assert name in dialog.versions.toPlainText()
    qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == dialog.versions.toPlainText()
    assert f"QueueCTL         {__version__}" in QGuiApplication.clipboard().text()


def test_the_data_folder_is_named_and_opened(dialog, home, qtbot, monkeypatch):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    assert dialog.folder.text() == str(home.root)
    qtbot.mouseClick(dialog.open_folder, Qt.MouseButton.LeftButton)
    assert [Path(url.toLocalFile()) for url in opened] == [home.root]


def test_it_names_its_licence_and_those_of_what_it_is_made_of(dialog):
    dialog.tabs.setCurrentWidget(dialog.licences)
    text = dialog.licences.toPlainText()
    assert "MIT licence" in text
    assert all(name in text and licence in text for name, licence in OTHERS)
    assert "Copyright (c) 2026 Lucide Icons and Contributors" in text


def test_from_source_every_package_is_named_with_its_version_and_licence(dialog):
    dialog.tabs.setCurrentWidget(dialog.licences)
    lines = [" ".join(line.split()) for line in dialog.licences.toPlainText().splitlines()]
    assert f"peewee {version('peewee')} MIT" in lines
    assert f"ochre {version('ochre')} MIT" in lines, "what a package needs in its turn"
    assert [row for row in packages() if row[2] == "not told"] == []
    assert not any(name.lower() in {"queuectl", "pytest"} for name, _, _ in packages())


def test_the_built_program_shows_the_texts_that_were_gathered(dialog, tmp_path, monkeypatch):
    (tmp_path / "_resources").mkdir()
    (tmp_path / "_resources" / "licences.txt").write_text("ALL THE TEXTS ü", encoding="utf-8")
    monkeypatch.setattr("app.paths.__file__", str(tmp_path / "paths.py"))
    dialog.tabs.setCurrentWidget(dialog.licences)
    assert dialog.licences.toPlainText().endswith("\n\nALL THE TEXTS ü")


def test_escape_closes_it_and_each_control_has_a_name(dialog, qtbot):
    for widget in (dialog.versions, dialog.licences, dialog.folder, dialog.open_folder):
        assert widget.accessibleName()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_the_window_opens_it_for_its_home(tools, home, qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    WindowDialogs(tools, Actions(tools.theme, tools.icons, window), window).show_about()
    dialog = window.findChild(AboutDialog)
    assert dialog.folder.text() == str(home.root)
    dialog.close()
