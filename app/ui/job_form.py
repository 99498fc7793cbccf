"""The dialogs that add a job and edit one."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.domain.errors import DuplicateId, InvalidJob, JobNotFound, WrongState
from app.domain.job import Job, JobSpec, State
from app.domain.visible_text import visible
from app.messages import KnownError, message
from app.ui.discard_question import ask_to_discard
from app.ui.job_fields import JobFields
from app.ui.job_json import JsonPage
from app.ui.job_saving import Ground, Saving, Work, read_ground
from app.ui.job_texts import fault_words
from app.ui.job_trouble import Trouble
from app.ui.tools import Tools
from app.ui.wording import said_error, state_word, tr

_FORM, _JSON = range(2)
_WIDE, _HIGH = 110, 40
"""The size it opens with, in letters and lines."""


class JobForm(QDialog):
    """Adds a job, or edits one; as fields, and as JSON.

    Args:
        tools: the window's.
        parent: its owner.
        like: what to begin with; None for a new job's defaults.
        job: the one to edit; None to add one.
        retry: whether the edited one shall run again.

    Signals:
        saved(list): the seqs of what was added or changed.
    """

    saved = Signal(list)

    def __init__(
        self,
        tools: Tools,
        parent: QWidget | None,
        *,
        like: JobSpec | None = None,
        job: Job | None = None,
        retry: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._tools = tools
        self._job, self._like, self._retry = job, like, retry
        self._saving: Saving | None = None
        self._taken: object = None
        self._tried = self._busy = False
        self.fields = JobFields(tools, with_name=job is None)
        self.json = JsonPage(tools)
        self.trouble = Trouble(tools)
        self.tabs = QTabWidget()
        self._scroll = QScrollArea()
        if job is None:
            self.setWindowTitle(tr("Add job"))
            self.save_button = QPushButton(tr("Add job"))
        else:
            self.setWindowTitle(tr("Edit job {id}").format(id=visible(job.id)))
            self.save_button = QPushButton(tr("Save and retry") if retry else tr("Save"))
        self._cancel_button = QPushButton(tr("Cancel"))
        self._arrange()
        self._connect()
        self.resize(self.sizeHint())
        self._set_usable(False)
        tools.gateway.look(self, read_ground, self._begin, self._unreadable)

    @classmethod
    def add(cls, tools: Tools, parent: QWidget | None, like: JobSpec | None = None) -> JobForm:
        """Return the dialog for a new job, or for a copy of one.

        Args:
            tools: the window's.
            parent: its owner.
            like: the job that it shall be a copy of.
        """
        return cls(tools, parent, like=like)

    @classmethod
    def edit(cls, tools: Tools, parent: QWidget | None, job: Job, retry: bool = False) -> JobForm:
        """Return the dialog for a job that exists.

        Args:
            tools: the window's.
            parent: its owner.
            job: as it is now.
            retry: whether it shall run again once it is saved.
        """
        return cls(tools, parent, job=job, retry=retry)

    @property
    def is_ready(self) -> bool:
        """Whether it can be typed into: it is filled, and nothing is being saved."""
        return self._saving is not None and not self._busy

    @property
    def is_changed(self) -> bool:
        """Whether closing would lose something."""
        if self._saving is None:
            return False
        on_json = self.tabs.currentIndex() == _JSON and self.json.is_changed
        return on_json or bool(self._saving.changed(self.fields.values()))

    def sizeHint(self) -> QSize:
        """Return a size in which a usual job is seen as a whole."""
        metrics = self.fontMetrics()
        wished = QSize(_WIDE * metrics.averageCharWidth(), _HIGH * metrics.lineSpacing())
        return wished.boundedTo(self.screen().availableSize() * 0.95)

    def reject(self) -> None:
        """Close, after asking where something would be lost."""
        if self._busy:
            return
        if any(box.isVisible() for box in self.findChildren(QMessageBox)):
            self.activateWindow()  # it is being asked already
        elif self.is_changed:
            ask_to_discard(self, self._close)
        else:
            self._close()

    def save(self) -> None:
        """Save, or show what is wrong and put the focus there."""
        if self._saving is None or self._busy:
            return
        self.save_button.setFocus()  # an editor inside the table hands over what it holds
        if self.tabs.currentIndex() == _JSON and not self._take_json():
            self.json.editor.setFocus()
            return
        self._tried, self._taken = True, None
        if self._check():
            self._show_first_fault()
        else:
            self._ask(self._saving.work(self.fields.values()))

    def _save_as_new(self) -> None:
        if self._saving is not None:
            self._ask(self._saving.work_as_new(self.fields.values()))

    def _ask(self, work: Work) -> None:
        self.trouble.clear()
        self._busy = True
        self._set_usable(False)
        self._tools.gateway.change(self, work, self._done, self._refused)

    def _done(self, seqs: list[int]) -> None:
        self._busy = False
        self.saved.emit(seqs)
        self.accept()

    def _refused(self, error: Exception) -> None:
        self._busy = False
        self._set_usable(True)
        self.fields.fields["command"].editor.setFocus()
        if isinstance(error, DuplicateId):
            self._taken = self.fields.values().get("id")
            self._check()
            self._show_first_fault()
        elif isinstance(error, WrongState | JobNotFound) and self._job is not None:
            self.trouble.tell(_lost_words(self._job, error), tr("Save as a new job"))
            self.trouble.way_out.setFocus()
        elif isinstance(error, InvalidJob):
            self.trouble.tell(fault_words([error], error.field))
        elif isinstance(error, KnownError):
            self.trouble.tell(said_error(error))
        else:
            raise error

    def _begin(self, ground: Ground) -> None:
        self._saving = Saving(ground, self._job, retry=self._retry, like=self._like)
        self.fields.fill(None, self._saving.beginning, ground.options)
        self._saving.before = self.fields.values()
        self._set_usable(True)
        self.fields.fields["command"].editor.setFocus()

    def _unreadable(self, error: Exception) -> None:
        if not isinstance(error, KnownError):
            raise error
        self.trouble.tell(said_error(error))

    def _edited(self) -> None:
        self.trouble.clear()
        self._check()

    def _check(self) -> bool:
        """Say beside the fields what is wrong; tell whether anything is."""
        if self._saving is None:
            return False
        values = self.fields.values()
        found = self._saving.faults(values, self.fields.own_faults())
        if self._taken is not None and values.get("id") == self._taken:
            remedy = message("Give it another name, or leave it empty.")
            found.append(InvalidJob("id", "is that of another job already", remedy=remedy))
        elsewhere = self.fields.show_faults(found, everywhere=self._tried)
        if elsewhere and self._tried:
            self.trouble.tell("\n".join(fault_words([fault], fault.field) for fault in elsewhere))
        return bool(found)

    def _show_first_fault(self) -> None:
        field = self.fields.first_wrong()
        if field is not None:
            self.tabs.setCurrentIndex(_FORM)
            self._scroll.ensureWidgetVisible(field)
            field.editor.setFocus()

    def _turned(self, page: int) -> None:
        if page == _JSON:
            self._write_json()
        elif not self._take_json():
            self.tabs.blockSignals(True)
            self.tabs.setCurrentIndex(_JSON)
            self.tabs.blockSignals(False)

    def _write_json(self) -> None:
        if self._saving is not None:
            self.json.write(self.fields.values(), self._saving.kept)

    def _take_json(self) -> bool:
        """Fill the fields with what the JSON says; tell whether that could be done."""
        if not self.json.is_changed:
            return True
        given = self.json.read()
        if given is None or self._saving is None:
            return False
        try:
            new = self._saving.completed(given)
        except KnownError as error:
            self.json.refuse(error)
            return False
        self.fields.fill(new.id, new.spec, self._saving.ground.options)
        self._write_json()
        self._check()
        return True

    def _close(self) -> None:
        super().reject()

    def _set_usable(self, usable: bool) -> None:
        for part in (self.tabs, self.save_button):
            part.setEnabled(usable)

    def _arrange(self) -> None:
        self._scroll.setProperty("kind", "surface")
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self.fields)
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setAccessibleName(tr("As a form or as JSON"))
        self.tabs.addTab(self._scroll, tr("Form"))
        self.tabs.addTab(self.json, tr("JSON"))
        self.save_button.setProperty("kind", "primary")
        self.save_button.setDefault(True)
        self.save_button.setToolTip(tr("Ctrl+Enter"))
        self._cancel_button.setAutoDefault(False)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch()
        buttons.addWidget(self._cancel_button)
        buttons.addWidget(self.save_button)
        foot = QVBoxLayout()
        foot.setContentsMargins(16, 12, 16, 12)
        foot.setSpacing(12)
        foot.addWidget(self.trouble)
        foot.addLayout(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tabs, 1)
        column.addLayout(foot)

    def _connect(self) -> None:
        self.save_button.clicked.connect(self.save)
        self._cancel_button.clicked.connect(self.reject)
        self.tabs.currentChanged.connect(self._turned)
        self.fields.edited.connect(self._edited)
        self.json.edited.connect(self.trouble.clear)
        self.json.dropped.connect(self._write_json)
        self.trouble.chosen.connect(self._save_as_new)
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            QShortcut(QKeySequence(Qt.Modifier.CTRL | key), self, self.save)


def _lost_words(job: Job, error: KnownError) -> str:
    id = visible(job.id)
    if not isinstance(error, WrongState):
        return tr("Job {id} was removed meanwhile.").format(id=id)
    if error.state is State.PROCESSING:
        return tr("Job {id} is being run, so it can't be changed now.").format(id=id)
    return tr("Job {id} has moved on meanwhile: its state is {state}.").format(id=id, state=state_word(error.state))
