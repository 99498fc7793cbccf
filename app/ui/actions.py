"""Everything that can be done in the window: its words, its icon, its key.

Menus, toolbar and the list of keys come from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

from app.domain.states import ALLOWED, State, Verb
from app.ui.icons import Icons
from app.ui.theme import Theme
from app.ui.wording import tr


class Action(QAction):
    """An action that draws its icon anew when the theme changes, and is named for who can't see it.

    Args:
        words: as in a menu.
        icon: by name; empty for none.
        keys: how it is called from the keyboard, the first of them shown.
        parent: its owner.
    """

    def __init__(self, words: str, icon: str, keys: Sequence[str], parent: QObject) -> None:
        super().__init__(words, parent)
        self.icon_name = icon
        self.setShortcuts([QKeySequence(key) for key in keys])
        first = self.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        plain = words.rstrip("…")
        self.setToolTip(f"{plain} ({first})" if first else plain)

    def key_words(self) -> str:
        """Return its keys as a person reads them."""
        return ", ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in self.shortcuts())


class Actions(QObject):
    """All actions of one window.

    Args:
        theme: its icons follow it.
        icons: draws them.
        parent: the window.
    """

    def __init__(self, theme: Theme, icons: Icons, parent: QObject) -> None:
        super().__init__(parent)
        self._icons = icons
        self.add_job = self._action(tr("Add job…"), "plus", "Ctrl+N")
        self.open_file = self._action(tr("Open file…"), "folder-open", "Ctrl+O")
        self.paste = self._action(tr("Paste jobs"), "clipboard-paste", "Ctrl+V")
        self.pause = self._action(tr("Pause"), "pause", "Ctrl+P")
        self.search = self._action(tr("Search"), "search", "Ctrl+F", "/")
        self.settings = self._action(tr("Settings…"), "settings", "Ctrl+,")
        self.keys = self._action(tr("Keys"), "keyboard", "F1", "?")
        self.try_example = self._action(tr("Try the example"), "flask-conical")
        self.report_problem = self._action(tr("Report a problem…"), "bug")
        self.about = self._action(tr("About QueueCTL"), "info")
        self.about.setMenuRole(QAction.MenuRole.AboutRole)
        self.close_window = self._action(tr("Close window"), "x", "Ctrl+W")
        self.quit = self._action(tr("Quit"), "power", "Ctrl+Q")
        # macOS has places of its own for these; left to itself Qt finds them by their English words
        self.settings.setMenuRole(QAction.MenuRole.PreferencesRole)
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)
        self.undo = self._action(tr("Undo remove"), "undo-2", "Ctrl+Z")
        self.export = self._action(tr("Export…"), "download")
        self.details_aside = self._action(tr("Details beside the list"), "panel-right")
        self.details_aside.setCheckable(True)

        self.details = self._action(tr("Details"), "panel-bottom")
        self.edit = self._action(tr("Edit…"), "pencil", "F2")
        self.edit_and_retry = self._action(tr("Edit and retry…"), "pencil", "Ctrl+Shift+R")
        self.duplicate = self._action(tr("Duplicate…"), "copy", "Ctrl+D")
        self.cancel = self._action(tr("Cancel"), "ban", "Ctrl+K")
        self.retry = self._action(tr("Retry"), "rotate-cw", "Ctrl+R")
        self.run_next = self._action(tr("Run next"), "arrow-up-to-line", "Ctrl+Up")
        self.raise_priority = self._action(tr("Raise priority"), "chevron-up", "Ctrl++", "Ctrl+=")
        self.lower_priority = self._action(tr("Lower priority"), "chevron-down", "Ctrl+-")
        self.remove = self._action(tr("Remove"), "trash-2", "Del")
        self.copy_id = self._action(tr("ID"), "clipboard")
        self.copy_command = self._action(tr("Command"), "terminal")
        self.copy_output = self._action(tr("Output"), "file-text")
        self.copy_json = self._action(tr("JSON"), "file-json")
        self.copy_command_line = self._action(tr("Command line to add it again"), "terminal")
        self.open_folder = self._action(tr("Open working folder"), "folder")
        theme.changed.connect(self._draw)
        self._draw()

    @property
    def of_jobs(self) -> list[Action | None]:
        """What can be done with chosen jobs, in the order of the menu; None for a line between."""
        return [
            *(self.details, self.edit, self.edit_and_retry, self.duplicate, None),
            *(self.cancel, self.retry, self.run_next, self.raise_priority, self.lower_priority, None),
            *(self.remove, self.undo),
        ]

    @property
    def of_copying(self) -> list[Action]:
        """What can be copied of a job."""
        return [self.copy_id, self.copy_command, self.copy_output, self.copy_json, self.copy_command_line]

    def allow(self, states: Iterable[State] | None, count: int) -> None:
        """Let only that be called which does something to the chosen jobs.

        Args:
            states: of the chosen jobs; None where not all of them are known.
            count: how many are chosen.
        """
        known = set(State) if states is None else set(states)
        some, one = count > 0, count == 1
        for action, verb in (
            (self.cancel, Verb.CANCEL),
            (self.retry, Verb.RETRY),
            (self.run_next, Verb.RUN_NEXT),
            (self.raise_priority, Verb.EDIT),
            (self.lower_priority, Verb.EDIT),
            (self.remove, Verb.REMOVE),
        ):
            action.setEnabled(some and not known.isdisjoint(ALLOWED[verb]))
        self.edit.setEnabled(one and known <= ALLOWED[Verb.EDIT])
        self.edit_and_retry.setEnabled(one and known <= ALLOWED[Verb.EDIT] & ALLOWED[Verb.RETRY])
        for action in (self.details, self.duplicate, self.copy_output, self.open_folder):
            action.setEnabled(one)
        for action in (self.copy_id, self.copy_command, self.copy_json, self.copy_command_line):
            action.setEnabled(some)

    def allow_nothing_but_leaving(self) -> None:
        """There is no queue to do anything with."""
        for action in self.findChildren(Action):
            action.setEnabled(action in {self.keys, self.report_problem, self.about, self.close_window, self.quit})

    def allow_all(self) -> None:
        """There is a queue again; what depends on the chosen jobs is told by ``allow``."""
        for action in self.findChildren(Action):
            action.setEnabled(True)

    def groups(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return every key with its words, in groups, for the list of keys."""
        jobs = [action for action in self.of_jobs if action is not None and action.key_words()]
        queue = [self.add_job, self.open_file, self.paste, self.pause, self.search]
        window = [self.settings, self.keys, self.close_window, self.quit]
        return [
            (tr("Queue"), [(_plain(action), action.key_words()) for action in queue]),
            (
                tr("Selected jobs"),
                [
                    # no shortcut of the window: Enter belongs to whatever field has the keyboard
                    (tr("Details"), QKeySequence("Enter").toString(QKeySequence.SequenceFormat.NativeText)),
                    *((_plain(action), action.key_words()) for action in jobs),
                    (tr("Select all that are loaded; again: all that match"), "Ctrl+A"),
                ],
            ),
            (
                tr("Window"),
                [
                    (tr("Go to a place of the sidebar"), "Alt+1 … Alt+8"),
                    *((_plain(action), action.key_words()) for action in window),
                ],
            ),
        ]

    def _action(self, words: str, icon: str, *keys: str) -> Action:
        return Action(words, icon, keys, self)

    def _draw(self) -> None:
        for action in self.findChildren(Action):
            if action.icon_name:
                action.setIcon(self._icons.icon(action.icon_name))

    def show_paused(self, paused: bool) -> None:
        """Let the one action be Pause or Resume."""
        self.pause.setText(tr("Resume") if paused else tr("Pause"))
        self.pause.icon_name = "play" if paused else "pause"
        self.pause.setIcon(self._icons.icon(self.pause.icon_name))
        self.pause.setToolTip(f"{self.pause.text()} ({self.pause.key_words()})")


def _plain(action: Action) -> str:
    return action.text().rstrip("…")
