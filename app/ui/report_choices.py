"""What of single jobs goes into a report: nothing, until it is ticked."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QHBoxLayout, QSpinBox, QVBoxLayout

from app.ui.form_field import words
from app.ui.plain import Label
from app.ui.report_jobs import MOST, JobWish
from app.ui.wording import tr


class ReportChoices(QFrame):
    """Three boxes, each off at first, and of how many jobs.

    Signals:
        changed: something else is wished.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.commands = QCheckBox(tr("Commands, with ids and folders"))
        self.outputs = QCheckBox(tr("Ends of outputs, and errors"))
        self.environment = QCheckBox(tr("Environment variables of jobs"))
        self.environment.setToolTip(tr("Values that look secret by their name stay masked."))
        self.newest = QSpinBox()
        self.newest.setRange(1, MOST)
        self.newest.setValue(JobWish().newest)
        self.newest.setKeyboardTracking(False)
        self.newest.setAccessibleName(tr("How many of the newest jobs"))
        self.which = QComboBox()
        self.which.addItems([tr("jobs that failed"), tr("jobs in any state")])
        self.which.setAccessibleName(tr("Which jobs"))
        self._of = Label(tr("Of the &newest"))
        self._of.setBuddy(self.newest)
        self._warning = words(
            "warn", tr("These can hold passwords and names. Look through them before you pass them on.")
        )
        self._lay_out()
        for box in (self.commands, self.outputs, self.environment):
            box.toggled.connect(self._change)
        self.newest.valueChanged.connect(self._change)
        self.which.currentIndexChanged.connect(self._change)
        self._allow()

    def wish(self) -> JobWish:
        """Return what is ticked."""
        return JobWish(
            commands=self.commands.isChecked(),
            outputs=self.outputs.isChecked(),
            environment=self.environment.isChecked(),
            newest=self.newest.value(),
            failed_only=self.which.currentIndex() == 0,
        )

    def _change(self) -> None:
        self._allow()
        self.changed.emit()

    def _allow(self) -> None:
        some = self.wish().wants_any
        for widget in (self._of, self.newest, self.which):
            widget.setEnabled(some)
        self._warning.setVisible(some)

    def _lay_out(self) -> None:
        jobs = QHBoxLayout()
        jobs.setSpacing(8)
        for widget in (self._of, self.newest, self.which):
            jobs.addWidget(widget)
        jobs.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addWidget(words("heading", tr("Nothing of your jobs, unless you tick it")))
        for box in (self.commands, self.outputs, self.environment):
            column.addWidget(box)
        column.addLayout(jobs)
        column.addWidget(self._warning)
