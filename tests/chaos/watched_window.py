"""The window, which answers an attack out of its event loop: what it shows, and what came of what it was asked to do.

python -m tests.chaos.watched_window --home HOME, where QUEUECTL_WATCHED names the folder of questions and answers.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from app import bootstrap, window

VARIABLE = "QUEUECTL_WATCHED"
QUESTIONS, ANSWERS = "questions", "answers"
TURN = 0.05
"""Seconds between two turns, in each of which it looks for questions."""


class Ear(QObject):
    """Looks for questions in each turn, and answers them: a line of JSON each.

    Attributes:
        shows: gives what is to be seen.
        does: what it can be asked for, by name.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.shows: Callable[[], dict[str, str]] = dict
        self.does: dict[str, Callable[..., None]] = {}
        self._added: bool | None = None
        self._turns_made = 0
        self._folder = Path(os.environ[VARIABLE])
        self._heard = 0
        self._turns = QTimer(self, interval=round(TURN * 1000))
        self._turns.timeout.connect(self._turn)
        self._turns.start()

    def adds(self) -> None:
        """Take notice that jobs are being added."""
        self._added, self._turns_made = None, 0

    def came_out(self, added: bool) -> None:
        """Take notice of whether they are in."""
        self._added = added

    def _turn(self) -> None:
        self._turns_made += self._added is None
        shown = self.shows()
        with (self._folder / QUESTIONS).open(encoding="utf-8") as file:
            file.seek(self._heard)
            questions = file.read()
            self._heard = file.tell()
        for question in questions.splitlines():
            name, *words = json.loads(question)
            self.does[name](*words)
            self._answer(shows=shown, added=self._added, turns=self._turns_made)

    def _answer(self, **what: Any) -> None:
        with (self._folder / ANSWERS).open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(what)}\n")


class Program(window.Program):
    """The program, with an ear."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._ear = Ear(self)
        self._ear.shows = self._shows
        self._ear.does = {"look": _nothing, "press": self._press, "add": self._add}
        self._refused = ""
        self._listens = False

    def _shows(self) -> dict[str, str]:
        if not self.is_complete:
            return {}
        shown, dialog = self.window, self.window.reviewing.dialog
        if dialog is not None and dialog.isVisible() and not dialog.is_adding:
            words = dialog.failure.words or (str(dialog._why_not()) if dialog._unreadable else "")
            if words:
                self._not_added(words)
                dialog.reject()
        return {
            "trouble": shown.trouble.words(),
            "toast": shown.toast.words(),
            "runner": "" if shown.is_refused else shown.status.runner(),
            "figures": shown.status.figures(),
            "refused": self._refused,
        }

    def _press(self, name: str) -> None:
        action = getattr(self.window.actions_, name)
        if action.isEnabled():
            action.trigger()

    def _add(self, path: str) -> None:
        self._refused = ""
        self._ear.adds()
        if not self._listens:
            self._listens = True
            self.window.reviewing.added.connect(self._came_in)
            self.window.reviewing.failed.connect(self._not_added)
        self.window.open_files([path])

    def _came_in(self, _seqs: list[int], _skipped: int) -> None:
        self._ear.came_out(True)

    def _not_added(self, why: object) -> None:
        self._refused = str(why)
        self._ear.came_out(False)


def _nothing() -> None:
    """To look is all."""


def _refuse(words: str) -> int:
    """Show the box as ever, read what it says, and have it closed."""
    ear = Ear(QApplication.instance())

    def look() -> dict[str, str]:
        box = QApplication.activeModalWidget()
        return {"box": box.text()} if isinstance(box, QMessageBox) else {}

    ear.shows = look
    ear.does = {"look": _nothing, "close": lambda: QApplication.activeModalWidget().close()}
    return _shown(words)


if __name__ == "__main__":
    _shown = window._refuse
    window._refuse = _refuse
    window.Program = Program
    sys.exit(bootstrap.desktop())
