"""What is started at log-in on Linux: a file in the person's autostart folder, which every desktop reads.

The forms are those of the Desktop Entry and the Autostart specifications of freedesktop.org.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.desktop.whole_file import write_whole
from app.messages import KnownError, Message, message
from app.paths import own_folder

_PLAIN = re.compile(r"[\w./:,@+=-]+", re.ASCII)
"""What an argument is made of that needs no quotes."""

_ESCAPES = {"\\": r"\\", "\n": r"\n", "\t": r"\t", "\r": r"\r"}
_SWITCHES = re.compile(r"X-\w+-Autostart-enabled", re.IGNORECASE)
"""Besides Hidden, the keys by which desktops switch an entry off."""


class NotText(KnownError):
    """A name in the command is not UTF-8, and such a file holds nothing else."""

    def __init__(self, word: str) -> None:
        super().__init__(
            "The system can't start QueueCTL at log-in: the name {path} is not valid UTF-8",
            path=word.encode(errors="backslashreplace").decode(),
            remedy=message("Rename it, then switch the start at log-in on again."),
        )


class DesktopEntry:
    """The file of one home.

    Args:
        name: of the file, without its ending.
        environ: the environment; XDG_CONFIG_HOME may say where the folder lies.
    """

    def __init__(self, name: str, environ: Mapping[str, str]) -> None:
        self.name = name
        config = Path(environ.get("XDG_CONFIG_HOME", ""))
        if not config.is_absolute():  # the specification: one that is relative is to be ignored
            config = own_folder() / ".config"
        self._path = config / "autostart" / f"{name}.desktop"

    @property
    def place(self) -> str:
        """The file's path."""
        return str(self._path)

    @property
    def remedy(self) -> Message:
        """What to do where it can't be changed."""
        return message("Make the folder {folder} writable for you.", folder=self._path.parent)

    def is_on(self) -> bool:
        """Whether the file is there, and no desktop has switched it off."""
        keys = self._keys()
        is_hidden = keys.get("Hidden", "").lower() == "true"
        is_off = any(_SWITCHES.fullmatch(key) and value.lower() == "false" for key, value in keys.items())
        return "Exec" in keys and not is_hidden and not is_off

    def starts(self, command: Sequence[str]) -> bool:
        """Whether the file starts just this."""
        return self._keys().get("Exec") == _value(exec_line(command))

    def write(self, command: Sequence[str]) -> None:
        """Write the file anew: in one piece, as a desktop may look at any time.

        Raises:
            NotText: the command can't stand in such a file.
        """
        write_whole(self._path, _text(command))

    def remove(self) -> None:
        """Remove the file."""
        self._path.unlink(missing_ok=True)

    def _keys(self) -> dict[str, str]:
        """Return the keys of the main group as they are written; none where there is no such file."""
        try:
            lines = self._path.read_text(encoding="utf-8", errors="replace").splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return {}
        keys: dict[str, str] = {}
        is_main = False
        for line in lines:
            if line.startswith("["):
                is_main = line.strip() == "[Desktop Entry]"
            elif is_main and not line.startswith("#"):
                key, is_pair, value = line.partition("=")
                if is_pair:
                    keys[key.strip()] = value.strip()
        return keys


def exec_line(command: Sequence[str]) -> str:
    """Return a command line as the key Exec means it."""
    if re.search("[=%]", command[0]):
        # No program may be called so: GLib and systemd look for it with the % doubled, and say nothing.
        command = ["/bin/sh", "-c", 'exec "$0" "$@"', *command]
    return " ".join(_quoted(word) for word in command)


def _quoted(word: str) -> str:
    if _PLAIN.fullmatch(word):
        return word
    escaped = re.sub(r'(["`$\\])', r"\\\1", word)
    return '"' + escaped.replace("%", "%%") + '"'


def _value(text: str) -> str:
    """Return a text as it stands behind a key."""
    return re.sub(r"[\\\n\t\r]", lambda found: _ESCAPES[found[0]], text)


def _text(command: Sequence[str]) -> bytes:
    lines = (
        "[Desktop Entry]",
        "Type=Application",
        "Name=QueueCTL",
        "Comment=Job queue in the tray",
        f"Exec={_value(exec_line(command))}",
        f"TryExec={_value(command[0])}",
        "Icon=queuectl",
        "Terminal=false",
        "StartupNotify=false",
        "",
    )
    try:
        return "\n".join(lines).encode()
    except UnicodeEncodeError as error:
        raise NotText(error.object) from None
