"""The fields of the job form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from PySide6.QtCore import QMargins, Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.domain.errors import InvalidJob
from app.domain.job import JobSpec, Leftovers, OnInterrupt
from app.settings import Value
from app.ui.form_field import FormField, WheelGuard, words
from app.ui.job_command import CommandField
from app.ui.job_environment import EnvironmentTable
from app.ui.job_folder import FolderField
from app.ui.job_texts import (
    fault_words,
    read_codes,
    read_duration,
    read_number,
    root,
    waits,
    write_codes,
    write_duration,
    write_number,
)
from app.ui.tools import Tools
from app.ui.wording import tr

_SHOWN_AT = {"argv": "command", "shell": "command", "max_attempts": "max_retries"}
_GAP = 12


class JobFields(QFrame):
    """Edits one job: shows a spec, gives its fields as a job file has them, and shows what is wrong beside each.

    Args:
        tools: the window's.
        with_name: whether the job can be given a name.

    Signals:
        edited(str): the person changed a field, named as in a job file.
    """

    edited = Signal(str)

    def __init__(self, tools: Tools, *, with_name: bool) -> None:
        super().__init__()
        self.setProperty("kind", "surface")
        self._tools = tools
        self._options: Mapping[str, Value] = {}
        self._touched: set[str] = set()
        guard = WheelGuard(self)
        self._name, self._timeout, self._priority = QLineEdit(), QLineEdit(), QLineEdit()
        self._runs, self._backoff, self._codes = QLineEdit(), QLineEdit(), QLineEdit()
        self._leftovers, self._on_interrupt = QComboBox(), QComboBox()
        self._environment = EnvironmentTable(tools)
        self._command, self._folder = CommandField(), FolderField(tools)
        self.fields: dict[str, FormField] = {
            "command": self._command,
            "id": FormField(tr("Name"), self._name),
            "cwd": self._folder,
            "timeout": FormField(tr("Timeout"), self._timeout, hint=tr("20s, 5m, 2h; 0 = none"), narrow=True),
            "priority": FormField(tr("Priority"), self._priority, hint=tr("1-10; 10 runs first"), narrow=True),
            "max_retries": FormField(tr("Run at most"), self._runs, hint=tr("times in all"), narrow=True),
            "backoff_base": FormField(tr("Backoff base"), self._backoff, hint=tr("multiplies each wait"), narrow=True),
            "success_codes": FormField(
                tr("Exit codes that mean success"), self._codes, hint=tr("As in 0, 1, 3-7. All others are failures.")
            ),
            "env": FormField(
                tr("Environment"),
                self._environment.table,
                self._environment,
                hint=tr("Variables beside those that every job gets."),
            ),
            "leftovers": FormField(tr("What it leaves running"), self._leftovers),
            "on_interrupt": FormField(tr("After an interruption"), self._on_interrupt),
        }
        """Each field by its name in a job file, in the order of looking."""
        self._preview = words("dim")
        self._name.setPlaceholderText(tr("job-<number>"))
        self._leftovers.addItem(tr("End it with the job"), Leftovers.END.value)
        self._leftovers.addItem(tr("Leave it running"), Leftovers.LEAVE.value)
        self._on_interrupt.addItem(tr("Run the job again"), OnInterrupt.RETRY.value)
        self._on_interrupt.addItem(tr("Put it to the dead letters"), OnInterrupt.DEAD.value)
        for choice in (self._leftovers, self._on_interrupt):
            guard.guard(choice)
        self._more = QPushButton(tr("More"))
        self._more.setProperty("kind", "link")
        self._more.setCheckable(True)
        self._more.setAutoDefault(False)
        self._rare = QWidget()
        self._rare.setVisible(False)
        self.fields["id"].setVisible(with_name)
        self._arrange()
        self._connect()
        self._draw()

    def fill(self, name: str | None, spec: JobSpec, options: Mapping[str, Value]) -> None:
        """Show a job.

        Args:
            name: its id; None for none.
            spec: the rest.
            options: their values, for what the backoff comes to and what an empty field stands for.
        """
        self._options = options
        self.blockSignals(True)
        self._name.setText(name or "")
        self._command.fill(spec.command, spec.argv, spec.shell)
        self._folder.fill(spec.cwd)
        for line, write, value, key in (
            (self._timeout, write_duration, spec.timeout, "timeout"),
            (self._priority, write_number, spec.priority, "priority"),
            (self._runs, write_number, spec.max_retries, "max-retries"),
            (self._backoff, write_number, spec.backoff_base, "backoff-base"),
        ):
            line.setText(write(value))
            line.setPlaceholderText(write(float(options[key])))
        self._codes.setText(write_codes(spec.success_codes))
        self._codes.setPlaceholderText("0")
        self._environment.fill(spec.env)
        for choice, member in ((self._leftovers, spec.leftovers), (self._on_interrupt, spec.on_interrupt)):
            choice.setCurrentIndex(choice.findData(member.value))
        self.blockSignals(False)
        self._show_waits()
        if (
            spec.env
            or spec.success_codes != (0,)
            or self._leftovers.currentIndex()
            or self._on_interrupt.currentIndex()
        ):
            self._more.setChecked(True)

    def values(self) -> dict[str, object]:
        """Return the fields as a job file has them, those left out that are empty. What can't be read stays text."""
        read: dict[str, object] = {
            name: reader(line.text())
            for name, line, reader in (
                ("timeout", self._timeout, read_duration),
                ("priority", self._priority, read_number),
                ("max_retries", self._runs, read_number),
                ("backoff_base", self._backoff, read_number),
                ("success_codes", self._codes, read_codes),
            )
            if line.text().strip()
        }
        fields: dict[str, object] = {
            "id": self._name.text(),
            "cwd": self._folder.value(),
            **self._command.values(),
            **read,
            "env": self._environment.values(),
            "leftovers": self._leftovers.currentData(),
            "on_interrupt": self._on_interrupt.currentData(),
        }
        return {name: fields[name] for name in _ORDER if fields.get(name) not in (None, "", {}, ())}

    def own_faults(self) -> list[InvalidJob]:
        """Return what is wrong and can't be seen in ``values``."""
        return self._environment.faults()

    def show_faults(self, faults: Iterable[InvalidJob], *, everywhere: bool) -> list[InvalidJob]:
        """Say beside each field what is wrong with it.

        Args:
            faults: all there are.
            everywhere: also beside fields that the person has not touched.

        Returns:
            Those that belong to no field shown.
        """
        by_field: dict[str, list[InvalidJob]] = {name: [] for name in self.fields}
        others: list[InvalidJob] = []
        for fault in faults:
            name = _SHOWN_AT.get(root(fault.field), root(fault.field))
            by_field.get(name, others).append(fault)
        for name, field in self.fields.items():
            shown = by_field[name] if everywhere or name in self._touched else []
            field.set_wrong(fault_words(shown, field.label))
        return others

    def first_wrong(self) -> FormField | None:
        """Return the first field that says something is wrong, unfolded if need be."""
        for field in self.fields.values():
            if field.wrong:
                if self._rare.isAncestorOf(field):
                    self._more.setChecked(True)
                return field
        return None

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(QMargins(16, 16, 16, 16))
        column.setSpacing(_GAP)
        column.addWidget(self._command, 1)
        column.addWidget(self.fields["id"])
        column.addWidget(self._folder)
        numbers = [self.fields[name] for name in ("timeout", "priority", "max_retries", "backoff_base")]
        column.addLayout(_row(numbers))
        for field in numbers:
            column.addWidget(field.complaint)
        column.addWidget(self._preview)
        column.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._rare)
        rare = QVBoxLayout(self._rare)
        rare.setContentsMargins(0, 0, 0, 0)
        rare.setSpacing(_GAP)
        rare.addWidget(self.fields["env"])
        rare.addWidget(self.fields["success_codes"])
        rare.addLayout(_row([self.fields["leftovers"], self.fields["on_interrupt"]]))

    def _connect(self) -> None:
        for name, changed in (
            ("command", self._command.edited),
            ("id", self._name.textEdited),
            ("cwd", self._folder.edited),
            ("timeout", self._timeout.textEdited),
            ("priority", self._priority.textEdited),
            ("max_retries", self._runs.textEdited),
            ("backoff_base", self._backoff.textEdited),
            ("success_codes", self._codes.textEdited),
            ("env", self._environment.edited),
            ("leftovers", self._leftovers.activated),
            ("on_interrupt", self._on_interrupt.activated),
        ):
            changed.connect(partial(self._touch, name))
        self._more.toggled.connect(self._unfold)
        self._tools.theme.changed.connect(self._draw)

    def _touch(self, name: str, *_value: object) -> None:
        if not self.signalsBlocked():
            self._touched.add(name)
            self._show_waits()
            self.edited.emit(name)

    def _show_waits(self) -> None:
        runs, base = (read_number(line.text() or line.placeholderText()) for line in (self._runs, self._backoff))
        longest, jitter = (float(self._options[key]) for key in ("backoff-max", "backoff-jitter"))
        if isinstance(runs, int) and not isinstance(base, str):
            self._preview.setText(waits(base, runs, longest, jitter))
        else:
            self._preview.setText("")

    def _unfold(self, unfolded: bool) -> None:
        self._rare.setVisible(unfolded)
        self._draw()

    def _draw(self) -> None:
        name = "chevron-down" if self._more.isChecked() else "chevron-right"
        self._more.setIcon(self._tools.icons.icon(name, self._tools.theme.colours.accent))


_ORDER = (
    "id", "command", "argv", "shell", "cwd", "env", "timeout", "max_retries", "backoff_base", "priority",
    "success_codes", "leftovers", "on_interrupt",
)  # fmt: skip
"""As job files are written."""


def _row(fields: list[FormField]) -> QGridLayout:
    row = QGridLayout()
    row.setHorizontalSpacing(_GAP)
    for place, field in enumerate(fields):
        row.addWidget(field, 0, place, Qt.AlignmentFlag.AlignTop)
        row.setColumnStretch(place, 1)
    return row
