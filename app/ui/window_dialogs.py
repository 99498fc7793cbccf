"""The dialogs that the window opens for itself: files, settings, keys."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.ui.actions import Actions
from app.ui.keys_dialog import KeysDialog
from app.ui.settings_dialog import SettingsDialog
from app.ui.tools import Tools
from app.ui.wording import tr


class WindowDialogs(QObject):
    """Opens them, none of them modal but the one for files.

    Signals:
        files_chosen(list): job files to be reviewed.
        option_changed(str, str): key and text.

    Args:
        tools: the window's things.
        actions: whose keys are listed.
        window: over which they stand.
    """

    files_chosen = Signal(list)
    option_changed = Signal(str, str)

    def __init__(self, tools: Tools, actions: Actions, window: QWidget) -> None:
        super().__init__(window)
        self._tools = tools
        self._actions = actions
        self._window = window
        self._settings: SettingsDialog | None = None

    @property
    def settings(self) -> SettingsDialog | None:
        """The settings, once they have been opened."""
        return self._settings

    def choose_files(self) -> None:
        """Ask for job files."""
        dialog = QFileDialog(self._window, tr("Open job files"), str(Path.home()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters([tr("Job files (*.json *.jsonl *.qjob)"), tr("All files (*)")])
        dialog.filesSelected.connect(self.files_chosen)
        dialog.open()

    def show_settings(self) -> None:
        """Open the settings: one dialog for good, since what is typed as it closes is still stored and told."""
        if self._settings is None:
            self._settings = SettingsDialog(self._tools, self._window)
            self._settings.option_changed.connect(self.option_changed)
        self._settings.show()
        self._settings.activateWindow()

    def show_keys(self) -> None:
        """Open the list of keys."""
        dialog = KeysDialog(self._actions.groups(), self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()
