"""The Run value of Windows, and the marks with which the Task Manager switches it off."""

import subprocess
import sys

import pytest

from tests.desktop.autostart_entries import entries_of
from tests.wine import windows_only

pytestmark = windows_only

if sys.platform == "win32":
    import winreg

    from app.desktop.autostart_windows import LONGEST, CommandTooLong

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
