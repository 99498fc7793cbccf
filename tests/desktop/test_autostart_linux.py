"""The autostart file of Linux, and what programs of other people read in it."""

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.desktop.autostart_linux import DesktopEntry, NotText, exec_line
from app.desktop.whole_file import write_whole

GENERATOR = "/usr/lib/systemd/user-generators/systemd-xdg-autostart-generator"

WORDS = [
    *("--tray", "/tmp/a b", "100%", "%f", "% x", "$HOME", "${HOME}", "$$", "a`id`", 'say "q"', "it's", "x=y@z"),
    *("back\\slash", "a\\n", "c:\\", "\\", 'q\\"x', "ü ñ", "~", "~/x", "a;b & c|d", "<>*?#()", "", "a\nb", "a\tb"),
]


@pytest.fixture
def environ(tmp_path):
    return {"XDG_CONFIG_HOME": str(tmp_path / "config")}


@pytest.fixture
def entry(environ):
    return DesktopEntry("queuectl", environ)


def add(entry, line):
    path = Path(entry.place)
    path.write_text(f"{path.read_text(encoding='utf-8')}{line}\n", encoding="utf-8")


def test_the_file_lies_where_the_specification_says(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    usual = tmp_path / ".config" / "autostart" / "queuectl.desktop"
    for environ in ({}, {"XDG_CONFIG_HOME": ""}, {"XDG_CONFIG_HOME": "relative"}):
        assert DesktopEntry("queuectl", environ).place == str(usual)
    named = {"XDG_CONFIG_HOME": str(tmp_path / "x")}
    assert DesktopEntry("queuectl", named).place == str(tmp_path / "x" / "autostart" / "queuectl.desktop")


@pytest.mark.parametrize(
    "line",
    ["Hidden=true", "Hidden = true", "X-GNOME-Autostart-enabled=false", "X-MATE-Autostart-enabled=false"],
)
def test_what_a_desktop_switched_off_is_off(entry, line):
    entry.write(["/bin/true"])
    add(entry, line)
    assert not entry.is_on()
    entry.write(["/bin/true"])
    assert entry.is_on()


@pytest.mark.parametrize(
    "line",
    [
        *("Hidden=false", "X-GNOME-Autostart-enabled=true", "#Hidden=true", "X-GNOME-Autostart-Delay=5", "nonsense"),
        "[Desktop Action x]\nHidden=true\nExec=other",
    ],
)
def test_what_else_stands_there_leaves_it_on(entry, line):
    entry.write(["/bin/true"])
    add(entry, line)
    assert entry.is_on()
    assert entry.starts(["/bin/true"])


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"[Desktop Entry]\nType=Application\n", b"Exec=/bin/true\n"])
def test_a_file_that_no_desktop_would_start_is_off(entry, content):
    entry.write(["/bin/true"])
    Path(entry.place).write_bytes(content)
    assert not entry.is_on()
    assert not entry.starts(["/bin/true"])


def test_a_name_that_is_no_text_is_refused_and_nothing_is_written(entry):
    with pytest.raises(NotText, match="not valid UTF-8"):
        entry.write(["/opt/\udcff/queuectl-desktop"])
    assert not entry.is_on()


def test_a_file_is_replaced_in_one_piece_or_stays(tmp_path, monkeypatch):
    path = tmp_path / "folder" / "file"
    write_whole(path, b"old")
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("no space")))
    with pytest.raises(OSError, match="no space"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [other.name for other in path.parent.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (["/usr/bin/queuectl-desktop", "--tray"], "/usr/bin/queuectl-desktop --tray"),
        (["/opt/my programs/q", "--home", "/d/50%"], '"/opt/my programs/q" --home "/d/50%%"'),
        (["/q", 'a"b', "$x", "`y", "\\"], r'/q "a\"b" "\$x" "\`y" "\\"'),
        (["/p=q"], r'/bin/sh -c "exec \"\$0\" \"\$@\"" /p=q'),
    ],
)
def test_the_command_line_follows_the_rules_for_quotes(command, line):
    assert exec_line(command) == line


@pytest.fixture
def teller(tmp_path):
    """Makes programs that write their arguments into a file, and waits for that."""

    class Teller:
        told = tmp_path / "told"

        def make(self, path):
            path.parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "tell.py").write_text(
                "import json, os, sys\n"
                f"json.dump(sys.argv[1:], open({str(self.told) + '.part'!r}, 'w'))\n"
                f"os.rename({str(self.told) + '.part'!r}, {str(self.told)!r})\n"
            )
            words = [sys.executable, str(tmp_path / "tell.py")]
            path.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
            path.chmod(0o755)
            return str(path)

    return Teller()


@pytest.mark.skipif(shutil.which("gio") is None, reason="GLib's reader is not here: libglib2.0-bin")
@pytest.mark.parametrize("name", ["prog", 'with sp/pr$og "q" ü', "per%cent/p=rog"])
def test_glib_starts_just_the_program_with_just_the_arguments(entry, tmp_path, teller, qtbot, name):
    program = teller.make(tmp_path / name)
    entry.write([program, *WORDS])
    subprocess.run(["gio", "launch", entry.place], check=True, timeout=30)
    qtbot.waitUntil(teller.told.exists)
    assert json.loads(teller.told.read_text()) == WORDS


@pytest.mark.skipif(shutil.which("desktop-file-validate") is None, reason="desktop-file-utils is not here")
def test_the_validator_of_desktop_files_has_nothing_to_say(entry):
    entry.write(["/bin/true", *WORDS])
    found = subprocess.run(["desktop-file-validate", entry.place], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


@pytest.mark.skipif(shutil.which(GENERATOR) is None, reason="systemd's reader is not here")
@pytest.mark.parametrize("on", [True, False])
def test_systemd_which_starts_gnome_s_and_kde_s_makes_a_service_of_it(entry, environ, tmp_path, on):
    folder = tmp_path / "units"
    folder.mkdir()
    entry.write(["/bin/true", "--tray", "--home", "/data/100% of ü"])
    if not on:
        add(entry, "Hidden=true")
    subprocess.run(
        [GENERATOR, folder, folder, folder],
        env={**environ, "HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path / "none")},
        check=True,
        capture_output=True,
    )
    services = [path for path in folder.rglob("app-queuectl@autostart.service") if path.is_file()]
    assert bool(services) is on
    for service in services:
        (start,) = [line for line in service.read_text().splitlines() if line.startswith("ExecStart=")]
        words = shlex.split(start.removeprefix("ExecStart=:"))
        assert words[1:] == ["--tray", "--home", "/data/100%% of ü"]
