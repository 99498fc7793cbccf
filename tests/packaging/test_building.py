"""What goes into the built folder, and where it lies."""

import sys

import pytest

from tests.packaging.scripts import CHECKOUT, load

building = load("building")
bundle_contents = load("bundle_contents")
system_libraries = load("system_libraries")
windows_installer = load("windows_installer")
SetupError = system_libraries.SetupError


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


def test_the_windows_installer_brings_each_file_and_removes_no_other(tmp_path):
    inside = tmp_path / "_internal" / "$odd"
    inside.mkdir(parents=True)
    files = [tmp_path / "queuectl.exe", inside / "a.dll"]
    odd = str(files[1]).replace("$", "$$")
    assert list(windows_installer._macros(tmp_path, files)) == [
        "!macro InstallFiles",
        '  SetOutPath "$INSTDIR"',
        f'  File "{files[0]}"',
        '  SetOutPath "$INSTDIR\\_internal"',
        '  SetOutPath "$INSTDIR\\_internal\\$$odd"',
        f'  File "{odd}"',
        "!macroend",
        "!macro RemoveFiles",
        '  Delete "$INSTDIR\\queuectl.exe"',
        '  Delete "$INSTDIR\\_internal\\$$odd\\a.dll"',
        '  RMDir "$INSTDIR\\_internal\\$$odd"',
        '  RMDir "$INSTDIR\\_internal"',
        "!macroend",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="there a person's own machine may do without")
class TestNsis:
    @pytest.fixture(autouse=True)
    def missing(self, monkeypatch):
        monkeypatch.setattr(windows_installer.shutil, "which", lambda _name, **_where: None)
        monkeypatch.setattr(system_libraries, "on_debian", lambda: True)
        monkeypatch.setattr(system_libraries, "_privilege", lambda: None)

    def test_is_asked_for_with_the_one_command_where_it_may_not_be_installed(self, tmp_path):
        assert windows_installer.what_a_person_must_bring().endswith("apt-get install --yes nsis")
        with pytest.raises(SetupError, match=r"apt-get install --yes nsis$"):
            windows_installer.make(building.Places(tmp_path), "2.0.0")

    def test_that_may_be_installed_is_no_reason_to_skip(self, monkeypatch):
        monkeypatch.setattr(system_libraries, "_privilege", list)
        assert windows_installer.what_a_person_must_bring() is None
