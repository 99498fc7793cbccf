"""What goes into the built folder, and where it lies."""

import pytest

from tests.packaging.scripts import CHECKOUT, load

building = load("building")
bundle_contents = load("bundle_contents")
SetupError = load("system_libraries").SetupError


def entry(place, kind="BINARY"):
    return place, f"/wheels/{place}", kind


WIDGETS = entry("PySide6/QtWidgets.abi3.so", "EXTENSION")
QT_GUI = entry("PySide6/Qt/lib/libQt6Gui.so.6")
QT_QUICK = entry("PySide6/Qt/lib/libQt6Quick.so.6")
XCB = entry("PySide6/Qt/plugins/platforms/libqxcb.so")
VNC = entry("PySide6/Qt/plugins/platforms/libqvnc.so")
KEYBOARD = entry("PySide6/Qt/plugins/platforminputcontexts/libqtvirtualkeyboardplugin.so")
CURSOR = entry("libxcb-cursor.so.0")
PYTHON = entry("libpython3.11.so.1.0")
FONTS = entry("libfontconfig.so.1")
OPENGL = entry("PySide6/opengl32sw.dll")
LINKS = {
    WIDGETS[1]: [QT_GUI[1]],
    QT_GUI[1]: [FONTS[1]],
    XCB[1]: [QT_GUI[1], CURSOR[1]],
    KEYBOARD[1]: [QT_QUICK[1]],
}


def wanted(*entries):
    return bundle_contents.wanted_binaries(entries, lambda path: LINKS.get(path, []))


def test_a_library_stays_that_something_wanted_links_to():
    assert wanted(XCB, CURSOR, WIDGETS, QT_GUI) == [XCB, CURSOR, WIDGETS, QT_GUI]


def test_a_plugin_that_is_not_named_goes_with_all_that_only_it_links_to():
    assert wanted(WIDGETS, QT_GUI, KEYBOARD, QT_QUICK, VNC) == [WIDGETS, QT_GUI]


def test_a_library_whose_place_is_not_known_is_found_by_its_name():
    svg, plugin = entry("PySide6/Qt6Svg.dll"), entry("PySide6/plugins/imageformats/qsvg.dll")
    links = {plugin[1]: ["QT6SVG.dll"], svg[1]: []}
    assert bundle_contents.wanted_binaries([plugin, svg], links.__getitem__) == [plugin, svg]


def test_a_library_that_nobody_links_to_goes():
    assert wanted(WIDGETS, OPENGL) == [WIDGETS]


@pytest.mark.parametrize(
    "name", ["libpython3.11.so.1.0", "python313.dll", "python3.dll", "VCRUNTIME140_1.dll", "Python"]
)
def test_what_is_loaded_by_its_name_stays(name):
    assert wanted(entry(name)) == [entry(name)]


def test_a_library_that_belongs_to_the_desktop_is_left_to_it():
    assert wanted(WIDGETS, QT_GUI, FONTS) == [WIDGETS, QT_GUI]


def test_a_link_stays_only_where_its_library_does():
    kept = ("libQt6Gui.so.6", "PySide6/Qt/lib/libQt6Gui.so.6", "SYMLINK")
    left = ("libQt6Quick.so.6", "PySide6/Qt/lib/libQt6Quick.so.6", "SYMLINK")
    assert bundle_contents.wanted_data([kept, left], [QT_GUI]) == [kept]


def test_a_framework_of_macos_goes_with_its_links_and_data():
    library = entry("PySide6/Qt/lib/QtGui.framework/Versions/A/QtGui")
    link = ("PySide6/Qt/lib/QtGui.framework/QtGui", "Versions/Current/QtGui", "SYMLINK")
    data = entry("PySide6/Qt/lib/QtQuick.framework/Resources/Info.plist", "DATA")
    assert bundle_contents.wanted_data([link, data], [library]) == [link]


@pytest.mark.parametrize("place", ["PySide6/translations/qtbase_de.qm", "PySide6/Qt/translations/qtbase_de.qm"])
def test_the_translations_of_qt_stay_out(place):
    assert bundle_contents.wanted_data([entry(place, "DATA")], []) == []


def test_the_version_is_that_of_the_program():
    import app

    assert building.version(CHECKOUT) == app.__version__


@pytest.mark.parametrize("address", ["http://example.org/releases", "releases", "https://"])
def test_a_releases_page_that_is_no_https_address_is_refused(address, tmp_path):
    with pytest.raises(SetupError, match="https://"):
        building.prepare(building.Places(tmp_path), None, address)


def test_what_an_earlier_version_left_is_taken_for_no_result_of_this_build(tmp_path):
    places = building.Places(tmp_path)
    places.folder.mkdir(parents=True)
    for name in ("queuectl-1.9.0-linux-x86_64.tar.gz", "queuectl-1.9.0-windows-x86_64.zip"):
        (places.results / name).touch()
    building.remove_old(places, "queuectl-*-linux-*.tar.gz")
    assert sorted(path.name for path in places.results.iterdir()) == ["queuectl", "queuectl-1.9.0-windows-x86_64.zip"]
