"""What is started at log-in on Windows: a value of the person's own Run key.

Beside it Windows keeps what the person switched off in the Task Manager or in the settings: the entry stays, and a mark
with its name says that it does not count.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from app.desktop.same_file import is_same_file
from app.messages import KnownError, Message, message

if sys.platform != "win32":
    raise ImportError("a registry is Windows'")

import winreg

CURRENT_VERSION = r"Software\Microsoft\Windows\CurrentVersion"

LONGEST = 260
"""Characters of a command that Windows starts from there."""


_TITLE = "QueueCTL"


class CommandTooLong(KnownError):
    """Windows would not start it, and not say so."""

    def __init__(self, command: str) -> None:
        super().__init__(
            "Windows starts no command of more than {most} characters at log-in, and this one has {count}",
            most=LONGEST,
            count=len(command),
            remedy=message("Move QueueCTL, or the folder of its queue, to where the path is shorter."),
        )


class RunValue:
    """The value of one home.

    Args:
        name: of the value, in lower case.
        under: the key of HKEY_CURRENT_USER that holds both lists.
    """

    def __init__(self, name: str, under: str = CURRENT_VERSION) -> None:
        self.name = name
        self._title = name.replace("queuectl", _TITLE, 1)  # a person reads it in the Task Manager
        self._run = rf"{under}\Run"
        self._approved = rf"{under}\Explorer\StartupApproved\Run"

    @property
    def place(self) -> str:
        """The value's path in the registry."""
        return rf"HKEY_CURRENT_USER\{self._run}\{self._title}"

    @property
    def remedy(self) -> Message:
        """What to do where it can't be changed."""
        return message("Ask who looks after this computer: its rules may forbid it.")

    def is_on(self) -> bool:
        """Whether the value is there, and not marked as switched off."""
        if self._read(self._run) is None:
            return False
        mark = self._read(self._approved)
        # 2 and 6 mean on; 3 and 7, followed by the time at which it was switched off, mean off
        return not (isinstance(mark, bytes) and mark and mark[0] & 1)

    def starts(self, command: Sequence[str]) -> bool:
        """Whether the value is just this."""
        return self._read(self._run) == subprocess.list2cmdline(command)

    def write(self, command: Sequence[str]) -> None:
        """Set the value, and remove a mark: Windows takes one without a mark for switched on.

        Raises:
            CommandTooLong: Windows would not start it.
        """
        line = subprocess.list2cmdline(command)
        if len(line) > LONGEST:
            raise CommandTooLong(line)
        with winreg.CreateKeyEx(winreg.HKEY_CURRENT_USER, self._run, access=winreg.KEY_SET_VALUE) as key:
            winreg.SetValueEx(key, self._title, 0, winreg.REG_SZ, line)
        self._delete(self._approved)

    def remove(self) -> None:
        """Remove the value and its mark."""
        self._delete(self._run)
        self._delete(self._approved)

    def _read(self, path: str) -> object:
        with suppress(FileNotFoundError), winreg.OpenKey(winreg.HKEY_CURRENT_USER, path) as key:
            return winreg.QueryValueEx(key, self._title)[0]
        return None

    def _delete(self, path: str) -> None:
        with (
            suppress(FileNotFoundError),
            winreg.OpenKey(winreg.HKEY_CURRENT_USER, path, access=winreg.KEY_SET_VALUE) as key,
        ):
            winreg.DeleteValue(key, self._title)


def forget_program(folder: Path, under: str = CURRENT_VERSION) -> None:
    """Remove the values of all homes that start a program of a folder, whatever they call it: it is about to go.

    Args:
        folder: the folder of the program.
        under: as for ``RunValue``.
    """
    for name, command in _values(rf"{under}\Run"):
        is_named_so = name.lower().startswith(_TITLE.lower())
        if is_named_so and isinstance(command, str) and is_same_file(Path(_program(command)).parent, folder):
            RunValue(name.lower(), under).remove()


def _values(path: str) -> list[tuple[str, object]]:
    """Return all values of a key of HKEY_CURRENT_USER."""
    with suppress(FileNotFoundError), winreg.OpenKey(winreg.HKEY_CURRENT_USER, path) as key:
        count = winreg.QueryInfoKey(key)[1]
        return [winreg.EnumValue(key, number)[:2] for number in range(count)]
    return []


def _program(command: str) -> str:
    """Return the first word of a command line that ``list2cmdline`` wrote: it quotes where there is a space."""
    return command[1:].partition('"')[0] if command.startswith('"') else command.partition(" ")[0]
