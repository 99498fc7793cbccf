"""Starting with the person's log-in: one entry for each home among what the system starts then.

Each system lets the person switch the entry off, or take it away, in settings of its own, and does not tell. So what
was agreed on last is kept, and whichever side differs from that was changed since, and counts: see
``Autostart.settle``.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

from app.messages import KnownError, Message
from app.paths import Home, is_usual
from app.store.store import Store

if sys.platform == "win32":
    from app.desktop.autostart_windows import RunValue
elif sys.platform == "darwin":
    from app.desktop.autostart_darwin import LaunchAgent
else:
    from app.desktop.autostart_linux import DesktopEntry

OPTION = "autostart"


class Entry(Protocol):
    """One entry among what the system starts at log-in; whatever fails in it is an OSError or a KnownError."""

    @property
    def name(self) -> str:
        """Its name there, the same for ever."""

    @property
    def place(self) -> str:
        """Where it stands, for a person."""

    @property
    def remedy(self) -> Message:
        """What to do where it can't be changed."""

    def is_on(self) -> bool:
        """Whether it is there, and the person has not switched it off in the system's own settings."""

    def starts(self, command: Sequence[str]) -> bool:
        """Whether it is there, and starts just this."""

    def write(self, command: Sequence[str]) -> None:
        """Let it start this, and be on."""

    def remove(self) -> None:
        """Let it be gone; it need not be there."""


class AutostartFailed(KnownError):
    """The system does not let its list of what starts at log-in be read or changed."""

    def __init__(self, entry: Entry, error: OSError) -> None:
        super().__init__(
            "Whether QueueCTL starts at log-in can't be changed: {place}: {reason}",
            place=entry.place,
            reason=error.strerror or str(error),
            remedy=entry.remedy,
        )


class Autostart:
    """Whether the window of one home is started at log-in.

    Every method reads or writes a small file, or the registry: not for the thread of the window.

    Args:
        entry: stands for it in the system.

    Raises:
        AutostartFailed: by every method, where the system does not let it be.
        KnownError: by those that switch on, where the system can't start such a command.
    """

    def __init__(self, entry: Entry) -> None:
        self._entry = entry

    def is_on(self) -> bool:
        """Whether the system will start it."""
        with self._in_words():
            return self._entry.is_on()

    def switch_on(self, command: Sequence[str]) -> None:
        """Have this started, also where the person had switched it off in the system's settings."""
        with self._in_words():
            self._entry.write(command)

    def switch_off(self) -> None:
        """Have nothing started."""
        with self._in_words():
            self._entry.remove()

    def correct(self, command: Sequence[str]) -> None:
        """Let what is on start this: the program may have been moved since. What is off stays as it is."""
        with self._in_words():
            if self._entry.is_on() and not self._entry.starts(command):
                self._entry.write(command)

    def follow(self, wish: bool, command: Sequence[str]) -> None:
        """Bring the system in line with a wish."""
        if not wish:
            self.switch_off()
        elif self.is_on():
            self.correct(command)
        else:
            self.switch_on(command)

    def settle(self, wish: bool, agreed: str, command: Sequence[str]) -> str:
        """Bring the option and the system in line, whichever of them was changed since they last were.

        Args:
            wish: what the option says now.
            agreed: what this returned the last time, "" where it never did.
            command: what is to be started.

        Returns:
            What holds now: a word where it is on, "" where it is off. The option is to say the same.
        """
        was_on = agreed == self._entry.name  # a home that was moved or copied brings along what another one agreed on
        if wish != was_on:
            self.follow(wish, command)
            return self._entry.name if wish else ""
        self.correct(command)
        return self._entry.name if self.is_on() else ""

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise AutostartFailed(self._entry, error) from error


def settle_option(store: Store, autostart: Autostart, agreed: str, command: Sequence[str]) -> str:
    """Bring option ``autostart`` and the system in line; arguments and value as of ``Autostart.settle``.

    Raises:
        KnownError: the system refuses; then the option says what holds all the same.
    """
    wish = bool(store.options.values()[OPTION])
    try:
        agreed = autostart.settle(wish, agreed, command)
    except KnownError:
        _say(store, wish, is_on=autostart.is_on())
        raise
    _say(store, wish, is_on=bool(agreed))
    return agreed


class Settling:
    """Settles the option again and again, on one thread: what one time agreed on holds for the next, however soon.

    Args:
        autostart: of the home.
        agreed: what the last one of an earlier start returned, "" where there was none.
        command: what is to be started.
    """

    def __init__(self, autostart: Autostart, agreed: str, command: Sequence[str]) -> None:
        self._autostart = autostart
        self._agreed = agreed
        self._command = command

    def __call__(self, store: Store) -> str:
        """Do it as ``settle_option``, and return what is agreed on now."""
        self._agreed = settle_option(store, self._autostart, self._agreed, self._command)
        return self._agreed


def _say(store: Store, wish: bool, *, is_on: bool) -> None:
    if wish != is_on:
        store.options.set(OPTION, "on" if is_on else "off")


def autostart_of(home: Home, environ: Mapping[str, str]) -> Autostart:
    """Return the autostart of a home on this system.

    Args:
        home: whose window is to be started.
        environ: the environment.
    """
    return Autostart(_entry(entry_name(home), environ))


def entry_name(home: Home) -> str:
    """Return the name of a home's entry: homes besides the usual one, portable ones too, each have their own."""
    if is_usual(home, "", frozen=False):
        return "queuectl"
    return f"queuectl-{hashlib.sha256(os.path.normcase(home.root).encode()).hexdigest()[:8]}"


def _entry(name: str, environ: Mapping[str, str]) -> Entry:
    if sys.platform == "win32":
        return RunValue(name)
    elif sys.platform == "darwin":  # noqa: RET505  for mypy, which looks at one branch of the three
        return LaunchAgent(name)
    else:
        return DesktopEntry(name, environ)
