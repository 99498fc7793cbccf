"""What is done with the chosen jobs of whatever table is shown: menus, forms, the clipboard, exports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from app.domain.states import State
from app.domain.visible_text import visible
from app.ui.actions import Actions
from app.ui.counts import jobs
from app.ui.tools import Tools
from app.ui.wording import number, tr

if TYPE_CHECKING:
    from app.domain.job import Job
    from app.ui.job_form import JobForm
    from app.ui.job_table import JobTable
    from app.ui.job_verbs import JobVerbs

_ID = 40
"""Letters of an id that a button has room for."""


class JobActions(QObject):
    """Connects the actions with the table that is shown.

    Signals:
        added(seqs): a form has added jobs. told(str): something to say in passing.

    Args:
        tools: the window's things.
        actions: what can be called.
        verbs: changes jobs.
        window: over which forms stand.
    """

    added = Signal(object)
    told = Signal(str)

    def __init__(self, tools: Tools, actions: Actions, verbs: JobVerbs, window: QWidget) -> None:
        super().__init__(window)
        self._tools = tools
        self._actions = actions
        self._verbs = verbs
        self._window = window
        self._table: JobTable | None = None
        self._states: dict[int, State] = {}
        self._is_known = True
        self._connect()

    def _connect(self) -> None:
        do, verbs = self._actions, self._verbs
        do.details.triggered.connect(self._show_details)
        do.edit.triggered.connect(self._edit)
        do.edit_and_retry.triggered.connect(self._edit_and_retry)
        do.duplicate.triggered.connect(self._duplicate)
        do.cancel.triggered.connect(self._cancel)
        do.retry.triggered.connect(partial(self._do, verbs.retry))
        do.run_next.triggered.connect(partial(self._do, verbs.run_next))
        do.raise_priority.triggered.connect(partial(self._do, partial(self._change_priority, 1)))
        do.lower_priority.triggered.connect(partial(self._do, partial(self._change_priority, -1)))
        do.remove.triggered.connect(partial(self._do, verbs.remove))
        do.undo.triggered.connect(verbs.undo)
        do.copy_id.triggered.connect(self._copy_ids)
        do.copy_command.triggered.connect(self._copy_commands)
        do.copy_json.triggered.connect(self._copy_json)
        do.copy_command_line.triggered.connect(self._copy_command_lines)
        do.copy_output.triggered.connect(self._copy_output)
        do.open_folder.triggered.connect(self._open_folder)
        do.export.triggered.connect(self.export)

    def act_on(self, table: JobTable | None) -> None:
        """Let the actions mean what is chosen in a table; None where no table is shown."""
        self._table = table
        if table is None:
            self._actions.allow((), 0)
            return
        count = table.selected_count
        states = {line.seq: line.state for _, line in table.model.loaded()}
        seqs = table.selected_seqs()
        self._is_known = not table.selected_all and all(seq in states for seq in seqs)
        self._states = {seq: states[seq] for seq in seqs if seq in states}
        self._actions.allow(set(self._states.values()) if self._is_known else None, count)

    def add(self) -> None:
        """Open the form for a new job."""
        from app.ui.job_form import JobForm

        self._show(JobForm.add(self._tools, self._window), self.added.emit)

    def edit_one(self, seq: int) -> None:
        """Open the form for a job."""
        self._read(seq, partial(self._open_form, False))

    def edit_and_retry_one(self, seq: int) -> None:
        """Open the form for a job that runs again once it is saved."""
        self._read(seq, partial(self._open_form, True))

    def cancel_running(self, seq: int) -> None:
        """Call off a running job, after asking."""
        self._read(seq, self._ask_to_cancel_one)

    def _ask_to_cancel_one(self, job: Job) -> None:
        id = visible(job.id)
        name = f"'{id}'" if len(id) <= _ID else f"'{id[:_ID]}…'"
        self._ask_to_cancel(name, partial(self._verbs.cancel, (job.seq,)))

    def _do(self, verb: Callable[[Sequence[int]], None]) -> None:
        if self._table is not None and self._table.selected_count:
            self._table.with_chosen(verb)

    def _cancel(self) -> None:
        """Call off what is chosen; where something runs the person is asked first: what it has done is lost."""
        table = self._table
        if table is None or not table.selected_count:
            return
        running = sum(state is State.PROCESSING for state in self._states.values())
        if not running and self._is_known:
            self._do(self._verbs.cancel)
            return
        count = jobs(running if self._is_known else table.selected_count)
        self._ask_to_cancel(count, partial(self._do_with, self._verbs.cancel, tuple(table.selected_seqs()), table))

    def _ask_to_cancel(self, count: str, cancel: Callable[[], None]) -> None:
        from app.ui.question import Question

        question = Question(
            self._tools,
            self._window,
            tr("Cancel {n}?").format(n=count),
            tr("What is running is ended, with everything it has started. What it has done so far may be lost."),
            tr("Cancel {n}").format(n=count),
            tr("Let run"),
        )
        question.accepted.connect(cancel)
        question.open()

    def _do_with(self, verb: Callable[[Sequence[int]], None], seqs: Sequence[int], table: JobTable) -> None:
        """Do what was asked about to the jobs that it was asked about, whatever is chosen by now."""
        if seqs:
            verb(seqs)
        elif table.selected_all:
            table.with_chosen(verb)

    def _change_priority(self, step: int, seqs: Sequence[int]) -> None:
        self._verbs.change_priority(seqs, step)

    def _one(self) -> int | None:
        seqs = [] if self._table is None or self._table.selected_all else self._table.selected_seqs()
        return seqs[0] if len(seqs) == 1 else None

    def _show_details(self) -> None:
        seq = self._one()
        if seq is not None and self._table is not None:
            self._table.opened.emit(seq)

    def _edit(self) -> None:
        seq = self._one()
        if seq is not None:
            self.edit_one(seq)

    def _edit_and_retry(self) -> None:
        seq = self._one()
        if seq is not None:
            self.edit_and_retry_one(seq)

    def _duplicate(self) -> None:
        seq = self._one()
        if seq is not None:
            self._read(seq, self._open_copy)

    def _read(self, seq: int, then: Callable[[Job], None]) -> None:
        self._tools.gateway.look(self, lambda store: store.reads.by_seq(seq), then)

    def _open_form(self, retry: bool, job: Job) -> None:
        from app.ui.job_form import JobForm

        self._show(JobForm.edit(self._tools, self._window, job, retry=retry), self._saved)

    def _open_copy(self, job: Job) -> None:
        from app.ui.job_form import JobForm

        self._show(JobForm.add(self._tools, self._window, like=job.spec), self.added.emit)

    def _show(self, form: JobForm, then: Callable[[list[int]], None]) -> None:
        form.saved.connect(then)
        form.show()
        form.raise_()
        form.activateWindow()  # the window may have come up only for it, and would take the keyboard

    def _saved(self, seqs: list[int]) -> None:
        self.told.emit(tr("{n} saved").format(n=jobs(len(seqs))))

    def _copy_ids(self) -> None:
        from app.ui.copying import ids

        self._copy(ids)

    def _copy_commands(self) -> None:
        from app.ui.copying import commands

        self._copy(commands)

    def _copy_json(self) -> None:
        from app.ui.copying import as_json

        self._copy(as_json)

    def _copy_command_lines(self) -> None:
        from app.ui.copying import command_lines

        self._copy(command_lines)

    def _copy(self, text: Callable[[Sequence[Job]], str]) -> None:
        self._do(partial(self._copy_these, text))

    def _copy_these(self, text: Callable[[Sequence[Job]], str], seqs: Sequence[int]) -> None:
        from app.ui import copying

        self._tools.gateway.file(self, copying.chosen(seqs, text), partial(self._copied, len(seqs)))

    def _copy_output(self) -> None:
        from app.ui import copying

        seq = self._one()
        if seq is not None:
            self._tools.gateway.file(self, copying.output(seq), partial(self._copied, 1))

    def _copied(self, count: int, text: str) -> None:
        from app.ui import copying

        QGuiApplication.clipboard().setText(text)
        if count > copying.MOST:
            words = tr("Copied the first {n} of {m}").format(n=number(copying.MOST), m=jobs(count))
        else:
            words = tr("Copied") if text else tr("There is nothing to copy")
        self.told.emit(words)

    def _open_folder(self) -> None:
        seq = self._one()
        if seq is not None:
            self._read(seq, self._open_folder_of)

    def _open_folder_of(self, job: Job) -> None:
        from PySide6.QtCore import QUrl
        from PySide6.QtGui import QDesktopServices

        if not QDesktopServices.openUrl(QUrl.fromLocalFile(job.spec.cwd)):
            self.told.emit(tr("The folder {folder} can't be opened").format(folder=visible(job.spec.cwd)))

    def export(self) -> None:
        """Ask what of the table to export, and how."""
        from app.ui.export_dialog import ExportDialog

        table = self._table
        if table is None:
            return
        chosen = [] if table.selected_all else table.selected_seqs()
        columns = table.rows.shown_columns()
        dialog = ExportDialog(self._tools, self._window, table.view, table.total, chosen, columns)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.notified.connect(self.told)
        dialog.show()
