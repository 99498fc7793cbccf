"""Each change of a job's state."""

from __future__ import annotations

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.job import Event
from app.ui.history_model import Column, HistoryModel
from app.ui.history_table import HistoryTable
from app.ui.outcome_words import cause_words
from app.ui.tools import Tools
from app.ui.wording import NONE, moment, state_word, tr


class EventsTab(QWidget):
    """A table of events, newest first.

    Args:
        tools: the window's.
        parent: its owner.
    """

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools = tools
        columns: list[Column[Event]] = [
            Column(tr("When"), _when),
            Column(tr("Run"), _run, is_number=True),
            Column(tr("Change"), _change, self._icon),
            Column(tr("Cause"), _cause),
        ]
        self.model: HistoryModel[Event] = HistoryModel(columns, _itself, self)
        self.table = HistoryTable(self.model, tr("Events"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)
        tools.theme.changed.connect(self.model.draw_anew)

    def show_events(self, events: list[Event]) -> None:
        """Show these; oldest first they come, newest first they stand."""
        self.model.show(events[::-1])

    def _icon(self, event: Event) -> QIcon:
        return self._tools.icons.of_state(event.to_state)


def _itself(event: Event) -> Event:
    return event


def _when(event: Event) -> str:
    return moment(event.at)


def _run(event: Event) -> str:
    return str(event.run) if event.run else NONE


def _change(event: Event) -> str:
    after = state_word(event.to_state)
    if event.from_state is None:
        return after
    return tr("{before} → {after}").format(before=state_word(event.from_state), after=after)


def _cause(event: Event) -> str:
    return cause_words(event.cause)
