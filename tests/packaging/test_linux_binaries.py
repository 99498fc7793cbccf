"""What is read of Linux libraries, and what is said where the tools for it are missing."""

import sys
from pathlib import Path

import pytest
from PySide6 import QtCore

from tests.packaging.scripts import load

linux_binaries = load("linux_binaries")
SetupError = load("system_libraries").SetupError

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads Linux libraries")
QT = Path(QtCore.__file__).parent / "Qt" / "lib"


@pytest.fixture(autouse=True)
def tools():
    linux_binaries.make_ready()


def test_a_library_s_own_needs_are_told_and_not_those_of_what_it_needs():
    needed = linux_binaries.needed(QT / "libQt6DBus.so.6")
    assert {"libdbus-1.so.3", "libQt6Core.so.6", "libc.so.6"} <= needed
    assert "libsystemd.so.0" not in needed  # which libdbus needs
    assert "libicuuc.so.73" not in needed


def test_what_is_no_library_needs_nothing(tmp_path):
    text = tmp_path / "text.so"
    text.write_text("NEEDED libfake.so")
    assert linux_binaries.needed(text) == set()
    with pytest.raises(SetupError, match="says which glibc"):
        linux_binaries.oldest_glibc([text])


def test_the_glibc_is_the_newest_that_any_of_them_asks_for():
    major, minor = linux_binaries.oldest_glibc([QT / "libQt6DBus.so.6", QT / "libQt6Core.so.6"]).split(".")[:2]
    assert (major, int(minor) >= 17) == ("2", True)


def test_without_the_tools_they_are_installed_or_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    asked = []
    monkeypatch.setattr(linux_binaries.system_libraries, "on_debian", lambda: True)
    monkeypatch.setattr(linux_binaries.system_libraries, "install_packages", lambda names, _: asked.extend(names))
    with pytest.raises(SetupError, match="still lacks objdump and strip"):
        linux_binaries.make_ready()
    assert asked == ["binutils"]
    monkeypatch.setattr(linux_binaries.system_libraries, "on_debian", lambda: False)
    with pytest.raises(SetupError, match="part of binutils"):
        linux_binaries.make_ready()
