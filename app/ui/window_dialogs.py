"""The dialogs that the window opens for itself: files, settings, keys, a report of a problem, what this is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from app.paths import Home, own_folder
from app.ui.actions import Actions
from app.ui.tools import Tools
from app.ui.wording import tr

if TYPE_CHECKING:
    from app.ui.report_dialog import ReportDialog
    from app.ui.settings_dialog import SettingsDialog


class WindowDialogs(QObject):
    """Opens them, none of them modal but the one for files.

    Signals:
        files_chosen(list): job files to be reviewed.

    Args:
        tools: the window's things.
        actions: whose keys are listed.
        window: over which they stand.
    """

    files_chosen = Signal(list)

    def __init__(self, tools: Tools, actions: Actions, window: QWidget) -> None:
        super().__init__(window)
        self._tools = tools
        self._actions = actions
        self._window = window
        self._settings: SettingsDialog | None = None
        self._report: ReportDialog | None = None

    @property
    def settings(self) -> SettingsDialog | None:
        """The settings, once they have been opened."""
        return self._settings

    def choose_files(self) -> None:
        """Ask for job files."""
        from PySide6.QtWidgets import QFileDialog

        dialog = QFileDialog(self._window, tr("Open job files"), str(own_folder()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters([tr("Job files (*.json *.jsonl *.qjob)"), tr("All files (*)")])
        dialog.filesSelected.connect(self._chosen)
        dialog.open()

    def show_settings(self) -> None:
        """Open the settings: one dialog for good, since what is typed as it closes is still stored and told."""
        from app.ui.settings_dialog import SettingsDialog

        if self._settings is None:
            self._settings = SettingsDialog(self._tools, self._window)
        self._settings.show()
        self._settings.activateWindow()

    def show_keys(self) -> None:
        """Open the list of keys."""
        from app.ui.keys_dialog import KeysDialog

        dialog = KeysDialog(self._actions.groups(), self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()

    def show_report(self) -> None:
        """Open a report of a problem; it needs no queue that can be opened."""
        from app.ui.report_dialog import ReportDialog

        if self._report is None:
            self._report = ReportDialog(self._tools, self._home(), self._window)
            self._report.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            self._report.finished.connect(self._report_over)
        self._report.show()
        self._report.raise_()
        self._report.activateWindow()

    def show_about(self) -> None:
        """Say what this program is."""
        from app.ui.about_dialog import AboutDialog

        dialog = AboutDialog(self._home(), self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()

    def show_example(self) -> None:
        """Have the example reviewed; nothing of it runs unless the person adds it there."""
        from app.ui.first_start import example_file

        self.files_chosen.emit([example_file()])

    def _chosen(self, files: list[str]) -> None:
        # from signal to signal Qt would not do: a list of texts is another kind than a list of anything
        self.files_chosen.emit(files)

    def _report_over(self) -> None:
        self._report = None

    def _home(self) -> Home:
        return Home(Path(self._tools.layout.fileName()).parent.parent)
