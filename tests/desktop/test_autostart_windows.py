"""The Run value of Windows, and the marks with which the Task Manager switches it off."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.desktop.autostart_entries import entries_of
from tests.wine import UNDER_WINE, windows_only

pytestmark = windows_only

if sys.platform == "win32":
    import winreg

    import win32api

    from app.desktop.autostart_windows import LONGEST, CommandTooLong, forget_program

COMMAND = ["C:\\Program Files\\QueueCTL\\queuectl-desktop.exe", "--tray", "--home", "D:\\my queue\\"]


@pytest.fixture
def values(tmp_path):
    with entries_of("run value", tmp_path) as values:
        yield values


def read(values, name):
    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, rf"{values.key}\Run") as key:
        return winreg.QueryValueEx(key, name)


def test_the_value_is_the_command_line_as_windows_takes_it_apart(values):
    values.entry().write(COMMAND)
    line = '"C:\\Program Files\\QueueCTL\\queuectl-desktop.exe" --tray --home "D:\\my queue\\\\"'
    assert read(values, "QueueCTL") == (line, winreg.REG_SZ)
    values.entry("queuectl-0123abcd").write(COMMAND)
    assert read(values, "QueueCTL-0123abcd") == (line, winreg.REG_SZ)


@pytest.mark.parametrize(
    ("mark", "on"),
    [
        (b"\2" + bytes(11), True),
        (b"\6" + bytes(11), True),
        (b"\3\0\0\0" + b"x" * 8, False),
        (b"\7\0\0\0" + b"x" * 8, False),
        (b"", True),
    ],
)
def test_the_mark_of_the_task_manager_counts(values, mark, on):
    entry = values.entry()
    entry.write(COMMAND)
    values.mark(entry, mark)
    assert entry.is_on() is on


def test_a_mark_without_a_value_is_off(values):
    values.mark(values.entry(), b"\2" + bytes(11))
    assert not values.entry().is_on()


def test_a_command_that_windows_would_not_start_is_refused(values):
    entry = values.entry()
    room = LONGEST - len(subprocess.list2cmdline(["C:\\q.exe", "--home", ""])) + 2
    entry.write(["C:\\q.exe", "--home", "x" * room])
    assert entry.is_on()
    with pytest.raises(CommandTooLong, match=r"260 characters.*261"):
        entry.write(["C:\\q.exe", "--home", "x" * (room + 1)])


def test_when_a_program_goes_what_starts_it_goes_and_nothing_else(values, tmp_path):
    here, elsewhere = tmp_path / "with a space", tmp_path / "elsewhere"
    for name, folder in [("queuectl", here), ("queuectl-0123abcd", here), ("queuectl-4567cdef", elsewhere)]:
        values.entry(name).write([str(folder / "queuectl-desktop.exe"), "--tray"])
    values.mark(values.entry(), b"\3" + bytes(11))
    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, rf"{values.key}\Run", access=winreg.KEY_SET_VALUE) as key:
        winreg.SetValueEx(key, "Other", 0, winreg.REG_SZ, f'"{here}\\queuectl-desktop.exe"')
        winreg.SetValueEx(key, "QueueCTL-odd", 0, winreg.REG_DWORD, 1)
    forget_program(here, values.key)
    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, rf"{values.key}\Run") as key:
        left = {winreg.EnumValue(key, number)[0] for number in range(winreg.QueryInfoKey(key)[1])}
    assert left == {"QueueCTL-4567cdef", "Other", "QueueCTL-odd"}
    values.entry().write(COMMAND)
    assert values.entry().is_on(), "no mark was left either"


def test_what_starts_a_program_goes_with_it_by_whatever_name_it_calls_the_folder(values, tmp_path):
    here = tmp_path / "Pro gramme" / "Q x"
    (tmp_path / "other").mkdir()
    here.mkdir(parents=True)
    called = {
        "queuectl": here,
        "queuectl-00000001": Path(win32api.GetShortPathName(str(here))),
        "queuectl-00000002": Path(str(here).upper()),
        "queuectl-00000003": tmp_path / "other" / ".." / "Pro gramme" / "Q x",
    }
    for name, folder in called.items():
        values.entry(name).write([str(folder / "queuectl-desktop.exe"), "--tray"])
    values.entry("queuectl-00000004").write([str(tmp_path / "other" / "queuectl-desktop.exe"), "--tray"])
    forget_program(here, values.key)
    assert [name for name in [*called, "queuectl-00000004"] if values.entry(name).is_on()] == ["queuectl-00000004"]


@pytest.mark.skipif(not UNDER_WINE, reason="there drive Z leads to all that the others hold")
def test_a_drive_that_leads_to_the_folder_of_another_is_no_other_folder(values):
    here = Path(os.environ["USERPROFILE"])
    entry = values.entry()
    entry.write([str(here / "queuectl-desktop.exe"), "--tray"])
    forget_program(Path(f"Z:{os.environ['WINEPREFIX']}", "drive_c", *here.parts[1:]), values.key)
    assert not entry.is_on()


def test_where_nothing_is_started_at_log_in_nothing_is_to_be_forgotten(values, tmp_path):
    forget_program(tmp_path, values.key)
