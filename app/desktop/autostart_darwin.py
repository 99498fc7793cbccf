"""What is started at log-in on macOS: a launch agent of the person's, which launchd reads at log-in."""

from __future__ import annotations

import plistlib
from collections.abc import Sequence
from pathlib import Path
from xml.parsers.expat import ExpatError

from app.desktop.whole_file import write_whole
from app.messages import Message, message
from app.paths import own_folder

_LABEL = "org.queuectl."
"""Labels are reverse names; they tell whose agent it is in the list of login items."""


class LaunchAgent:
    """The file of one home.

    Args:
        name: tells it from those of other homes.
        folder: where launchd looks; None for the person's own.
    """

    def __init__(self, name: str, folder: Path | None = None) -> None:
        self.name = name
        self._path = (folder or own_folder() / "Library" / "LaunchAgents") / f"{_LABEL}{name}.plist"

    @property
    def place(self) -> str:
        """The file's path."""
        return str(self._path)

    @property
    def remedy(self) -> Message:
        """What to do where it can't be changed."""
        return message("Make the folder {folder} writable for you.", folder=self._path.parent)

    def is_on(self) -> bool:
        """Whether the file is there and not marked as disabled.

        What the person switched off in the system's list of login items stands in a database that only the system
        reads.
        """
        agent = self._read()
        return (
            bool(agent.get("ProgramArguments")) and agent.get("RunAtLoad") is True and agent.get("Disabled") is not True
        )

    def starts(self, command: Sequence[str]) -> bool:
        """Whether the file starts just this."""
        return self._read().get("ProgramArguments") == list(command)

    def write(self, command: Sequence[str]) -> None:
        """Write the file anew, in one piece. It counts from the next log-in on: what runs is left alone."""
        agent = {
            "Label": f"{_LABEL}{self.name}",
            "ProgramArguments": list(command),
            "RunAtLoad": True,
            "LimitLoadToSessionType": "Aqua",
            "ProcessType": "Interactive",
            "AbandonProcessGroup": True,  # else launchd would end, with the window, the runner that it started
        }
        write_whole(self._path, plistlib.dumps(agent))

    def remove(self) -> None:
        """Remove the file."""
        self._path.unlink(missing_ok=True)

    def _read(self) -> dict[str, object]:
        """Return what the file says; nothing where there is none, or none that launchd would take."""
        try:
            with self._path.open("rb") as file:
                agent = plistlib.load(file)
        except (FileNotFoundError, NotADirectoryError, plistlib.InvalidFileException, ExpatError):
            return {}
        return agent if isinstance(agent, dict) else {}
