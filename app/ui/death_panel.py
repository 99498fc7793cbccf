"""What one dead letter died of: its error, its last run and the end of what that wrote."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from app.domain.visible_text import visible_block
from app.store.dead_groups import Death
from app.ui.ansi import without_colours
from app.ui.mono_text import MonoText
from app.ui.plain import Label, tip
from app.ui.tools import Tools
from app.ui.wording import moment, number, one_line, tr

_ERROR_LINES = 3


class DeathPanel(QFrame):
    """Shows a Death, or says that one is to be chosen.

    Args:
        tools: the window's things.
    """

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools = tools
        self.setProperty("kind", "surface")
        self._title = Label()
        self._title.setProperty("kind", "heading")
        self._title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._about = Label()
        self._about.setProperty("kind", "dim")
        self._about.setWordWrap(True)
        self.error = MonoText(tr("Error"), _ERROR_LINES)
        self.output = MonoText(tr("Last output"))
        self.output.setPlaceholderText(tr("It wrote nothing."))
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(8)
        for widget in (self._title, self._about, self.error):
            column.addWidget(widget)
        column.addWidget(self.output, 1)
        self._about.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._rest = QWidget()
        column.addWidget(self._rest, 1)
        self.show_death(None)

    def show_death(self, death: Death | None) -> None:
        """Show a dead letter; None where not exactly one is chosen."""
        for widget in (self.error, self.output):
            widget.setVisible(death is not None)
        self._rest.setVisible(death is None)
        if death is None:
            self._title.setText(tr("Last output"))
            self._about.setText(tr("Select a job to see its error and what it wrote last."))
            return
        job, run = death.job, death.run
        self._title.setText(one_line(job.id))
        self._title.setToolTip(tip(one_line(job.id)))
        self._about.setText(tr("Failed at {time} in run {n}").format(time=moment(job.finished_at), n=number(job.run)))
        self.error.show_text(visible_block(job.error or tr("No error was recorded.")))
        self.output.show_text(plain_output(run.tail or "") if run is not None else "", at_end=True)

    def about(self) -> str:
        """Return the line under the title."""
        return self._about.text()

    def title(self) -> str:
        """Return the title."""
        return self._title.text()


def plain_output(text: str) -> str:
    """Return what a job wrote without colours, and without what moves a cursor."""
    return visible_block(without_colours(text).rstrip("\n"))
