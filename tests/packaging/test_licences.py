"""The built program brings a file along: under which licence each of its parts is, and where its source is."""

import shutil
import sys
from importlib.metadata import version
from pathlib import Path

import apsw
import pytest
from PySide6.QtCore import qVersion

from tests.packaging.scripts import CHECKOUT, load

debian_copyrights = load("debian_copyrights")
licences = load("licences")
SetupError = load("system_libraries").SetupError

on_debian = pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="asks Debian's packages")


@pytest.fixture(scope="module")
def text():
    return licences.gathered(["click.core", "app.paths"], [("apsw/__init__.so", "/nowhere/apsw.so", "EXTENSION")])


def headings(text):
    return [line.strip() for line in text.partition("\n\n")[2].partition("\n\n")[0].splitlines()]


def test_every_part_is_named_with_its_version(text):
    assert headings(text) == sorted(headings(text), key=str.lower)
    assert {
        f"click {version('click')}",
        f"apsw {version('apsw')}",
        f"pyinstaller {version('pyinstaller')}",
        f"Python {sys.version.split()[0]}",
        f"Qt {qVersion()} and PySide6 {version('PySide6_Essentials')}",
        f"SQLite {apsw.sqlite_lib_version()}",
        "Lucide icons",
    } <= set(headings(text))


def test_every_part_that_is_named_has_its_text(text):
    for heading in headings(text):
        begin = text.index(f"{'=' * 80}\n{heading}\n{'=' * 80}\n")
        assert len(text[begin + 170 :].partition("=" * 80)[0].split()) > 10, heading


@pytest.mark.parametrize(
    "words",
    [
        "GNU LESSER GENERAL PUBLIC LICENSE",
        "PYTHON SOFTWARE FOUNDATION LICENSE",
        f"qt-everywhere-src-{qVersion()}.tar.xz",
        f"QtForPython/pyside6/PySide6-{version('PySide6_Essentials')}-src",
        *("HarfBuzz", "FreeType Project", "libpng", "ICU", "PCRE2", "libjpeg-turbo", "Unicode Character Database"),
        "Apache License",
    ],
)
def test_what_qt_s_and_python_s_licences_ask_for_is_there(text, words):
    assert words in text


def test_every_licence_that_a_part_of_qt_is_under_has_its_text(text):
    parts = (CHECKOUT / "packaging" / "licence_texts" / "Qt-parts.txt").read_text(encoding="utf-8")
    named = {
        word
        for line in parts.splitlines()
        if line.startswith("    Licence: ")
        for word in line.removeprefix("    Licence: ").replace(" or ", " and ").split(" and ")
    }
    spelt_out = {line.removeprefix("---- ") for line in parts.splitlines() if line.startswith("---- ")}
    spelt_out |= {line.removeprefix("The licence ") for line in headings(text)} | {"public domain"}
    assert {word.removesuffix("-or-later") for word in named} - spelt_out == set()


def test_a_package_that_says_nothing_of_its_licence_ends_the_build(monkeypatch):
    monkeypatch.setattr(licences, "_OF_QT", set())
    with pytest.raises(SetupError, match="PySide6_Essentials brings no text of its licence"):
        licences.gathered(["PySide6.QtCore"], [])


@on_debian
def test_a_library_of_the_system_comes_with_its_package_s_text_its_version_and_its_source():
    (library,) = {path.resolve() for path in Path("/lib").glob("*/libz.so.1")}
    texts = debian_copyrights.gathered([library])
    (heading,) = [name for name in texts if name.startswith("zlib1g ")]
    assert "(Debian's source package zlib " in heading
    assert "Jean-loup Gailly" in texts[heading]


@on_debian
def test_a_text_that_debian_only_points_to_is_there_in_full(tmp_path, monkeypatch):
    (tmp_path / "copyright").write_text("See /usr/share/common-licenses/GPL-2. And also /usr/share/common-licenses/.")
    monkeypatch.setattr(debian_copyrights, "_package_of", lambda _: "coreutils")
    monkeypatch.setattr(debian_copyrights, "_copyright", lambda _: tmp_path / "copyright")
    texts = debian_copyrights.gathered([tmp_path / "library.so"])
    assert "GNU GENERAL PUBLIC LICENSE" in texts["The licence GPL-2"]
    assert len(texts) == 2


@on_debian
def test_a_library_that_belongs_to_no_package_ends_the_build(tmp_path):
    with pytest.raises(SetupError, match=r"under which licence these are: .*libmine\.so\.1"):
        debian_copyrights.gathered([tmp_path / "libmine.so.1"])


def test_where_nobody_can_tell_whose_a_library_is_the_build_ends(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupError, match="Only dpkg-query can tell"):
        debian_copyrights.gathered([tmp_path / "libmine.so.1"])
    assert debian_copyrights.gathered([]) == {}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere no library is taken from the system")
def test_a_library_of_the_system_is_told_from_those_that_python_and_its_packages_bring():
    own = [Path(apsw.__file__), Path(sys.base_prefix) / "lib" / "libpython3.so"]
    assert licences._of_the_system([*map(str, own), "/opt/libmine.so.1"]) == [Path("/opt/libmine.so.1")]
