"""The folder a job runs in."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QDir, Qt, Signal
from PySide6.QtWidgets import (
    QCompleter,
    QFileDialog,
    QFileSystemModel,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from app.store.store import Store
from app.ui.form_field import FormField
from app.ui.tools import Tools
from app.ui.wording import tr


class FolderField(FormField):
    """Edits the field cwd; warns of a folder that does not exist now, since it may exist when the job runs.

    Args:
        tools: the window's.

    Signals:
        edited: by the person.
    """

    edited = Signal()

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._line = QLineEdit()
        self._line.setPlaceholderText(os.path.expanduser("~"))
        self._browse = QPushButton(tr("Browse…"))
        self._browse.setAccessibleName(tr("Browse for the working folder"))
        self._browse.setAutoDefault(False)
        self._line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        body = QWidget()
        body.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._line, 1)
        row.addWidget(self._browse)
        super().__init__(tr("Working folder"), self._line, body)
        self._line.textChanged.connect(self._look)
        self._line.textEdited.connect(self._complete)
        self._line.textEdited.connect(self.edited)
        self._browse.clicked.connect(self._ask)
        tools.theme.changed.connect(self._draw)
        self._draw()

    def fill(self, folder: str) -> None:
        """Show a folder."""
        self._line.setText(folder)

    def value(self) -> str:
        """Return what stands there; "" for the home folder."""
        return self._line.text()

    def _complete(self) -> None:
        """Offer folders from the first letter on; not earlier, since a model of files watches folders."""
        if self._line.completer() is None:
            model = QFileSystemModel(self)
            model.setFilter(QDir.Filter.Dirs | QDir.Filter.NoDotAndDotDot | QDir.Filter.Drives)
            model.setRootPath("")
            completer = QCompleter(model, self)
            completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
            completer.activated.connect(self.edited)
            self._line.setCompleter(completer)

    def _ask(self) -> None:
        dialog = QFileDialog(self, tr("Working folder"), self.value())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self._chosen)
        dialog.open()

    def _chosen(self, folder: str) -> None:
        self._line.setText(QDir.toNativeSeparators(folder))
        self.edited.emit()

    def _look(self, text: str) -> None:
        # off this thread: a folder may lie on a drive that does not answer
        self._tools.gateway.detail(self, _Exists(text), self._seen, key=("folder of a form", id(self)))

    def _seen(self, answer: tuple[str, bool]) -> None:
        text, exists = answer
        if text == self.value():
            self.set_warning("" if exists else tr("This folder does not exist now."))

    def _draw(self) -> None:
        self._browse.setIcon(self._tools.icons.icon("folder-open"))


class _Exists:
    """Tells whether a folder exists, beside what was asked."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __call__(self, store: Store) -> tuple[str, bool]:
        del store
        folder = Path.home() / os.path.expanduser(self._text)
        try:
            return self._text, folder.is_dir()
        except ValueError:  # no folder's name holds a NUL
            return self._text, False
