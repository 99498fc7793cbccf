"""Light and dark."""

import re
import shutil

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette, QPixmapCache
from PySide6.QtWidgets import QCheckBox

from app.domain.job import State
from app.paths import resource
from app.ui.colours import DARK, LIGHT, Colours
from app.ui.icons import OF_STATE, Icons, application_icon
from app.ui.theme import Theme


@pytest.fixture
def theme(qapp):
    yield (theme := Theme(qapp, "light"))
    qapp.setStyleSheet("")
    theme.deleteLater()


@pytest.mark.parametrize("name", ["a folder", "ümlaut", "it's", 'say "q"', "100%#@text", "back\\slash", "(x86)"])
def test_the_style_sheet_is_read_in_whatever_folder_the_program_lies(qapp, name, tmp_path, monkeypatch):
    marks = shutil.copytree(resource("marks"), tmp_path / name / "marks")
    sheet = resource("window.css")
    monkeypatch.setattr("app.ui.theme.resource", lambda what: marks if what == "marks" else sheet)
    theme = Theme(qapp, "light")  # a warning of Qt's fails the test
    box = QCheckBox()
    box.setChecked(True)
    with_mark = box.grab().toImage()
    (marks / "check-light.svg").write_text((marks / "check-light.svg").read_text().replace("stroke=", "data-stroke="))
    QPixmapCache.clear()
    qapp.setStyleSheet(qapp.styleSheet() + " ")
    assert box.grab().toImage() != with_mark, "the mark that is shown is the one in this folder"
    qapp.setStyleSheet("")
    theme.deleteLater()


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("words", ["text", "dim", "good", "busy", "warn", "bad", "idle", "accent"])
@pytest.mark.parametrize("behind", ["window", "surface"])
def test_every_word_can_be_read(colours, words, behind):
    assert contrast(getattr(colours, words), getattr(colours, behind)) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("words", ["text", "warn", "bad", "good", "accent"])
@pytest.mark.parametrize("behind", ["warn_soft", "bad_soft", "good_soft", "accent_soft"])
def test_notices_can_be_read(colours, words, behind):
    assert contrast(getattr(colours, words), getattr(colours, behind)) >= 3.5


def test_it_is_forced_to_be_dark_and_tells(theme, qtbot, qapp):
    with qtbot.waitSignal(theme.changed):
        theme.choose("dark")
    assert theme.is_dark
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == DARK.window


def test_the_same_choice_again_changes_nothing(theme, qtbot):
    with qtbot.assertNotEmitted(theme.changed):
        theme.choose("light")


def test_it_follows_the_system_where_that_is_wanted(theme, qapp):
    theme.choose("system")
    for scheme, dark in ((Qt.ColorScheme.Dark, True), (Qt.ColorScheme.Light, False)):
        qapp.styleHints().setColorScheme(scheme)
        qapp.styleHints().colorSchemeChanged.emit(scheme)
        assert theme.is_dark is (dark and qapp.styleHints().colorScheme() is Qt.ColorScheme.Dark)
    qapp.styleHints().unsetColorScheme()


def test_every_place_in_the_style_sheet_is_a_colour(theme, qapp):
    places = set(re.findall(r"@(\w+)", resource("window.css").read_text(encoding="utf-8")))
    assert places - {"marks", "scheme", "name"} <= set(Colours.__dataclass_fields__)
    assert "@" not in re.sub(r"/\*.*?\*/", "", qapp.styleSheet(), flags=re.DOTALL)
    assert theme is not None


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("size", [16, 24, 48])
def test_each_state_has_an_icon_in_its_colour_at_each_size(theme, state, size):
    picture = Icons(theme).of_state(state).pixmap(size, size).toImage()
    assert picture.width() == size
    colours = {
        picture.pixelColor(x, y).name()
        for x in range(size)
        for y in range(size)
        if picture.pixelColor(x, y).alpha() > 250
    }
    assert LIGHT.of_state(state) in colours or size == 16
    assert len(set(OF_STATE.values())) == len(State)


def test_the_program_has_an_icon_of_each_size(qapp):
    sizes = {size.width() for size in application_icon().availableSizes()}
    assert {16, 32, 48, 256} <= sizes
    assert qapp is not None
