"""The jobs of one state or all of them, and the details of the chosen one below or beside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QSplitter, QVBoxLayout, QWidget

from app.domain.states import State
from app.store.views import Filter, View
from app.ui.actions import Action, Actions
from app.ui.job_columns import job_columns
from app.ui.job_details import JobDetails
from app.ui.job_table import JobTable
from app.ui.tools import Tools
from app.ui.wording import state_word, tr

if TYPE_CHECKING:
    from app.store.ordered_jobs import Page
    from app.ui.empty_state import EmptyState

_ASIDE, _SIZES, _ANY = "jobs/details-aside", "jobs/split", "jobs/any"
_SHARES = (3, 2)
"""Of table and details."""


class JobsPage(QWidget):
    """A table of jobs over the details of one.

    Signals:
        edit_wanted(int): a job is to be edited. search_given_up: the search is not wanted any more.
        filter_kept(Filter): what was wanted is not coming; these jobs stay.

    Args:
        tools: the window's things.
        actions: for the buttons of the empty state.
    """

    edit_wanted = Signal(int)
    search_given_up = Signal()
    filter_kept = Signal(object)

    def __init__(self, tools: Tools, actions: Actions) -> None:
        super().__init__()
        self._tools = tools
        self._actions = actions
        self._filter = Filter()
        self.table = JobTable(tools, job_columns(), "jobs", View())
        self.details = JobDetails(tools)
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.setChildrenCollapsible(False)
        for place, (widget, share) in enumerate(zip((self.table, self.details), _SHARES, strict=True)):
            self._split.addWidget(widget)
            self._split.setStretchFactor(place, share)
        # whatever the details need once they show a job: nothing is to move then
        self._split.setSizes([1000 * share for share in _SHARES])
        self.details.setVisible(self.had_any)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._split)
        self.setFocusProxy(self.table)
        self._restore()
        self.table.selection_changed.connect(self._show_chosen)
        self.table.opened.connect(self._open)
        self.table.shown.connect(self._make_room)
        self.table.view_changed.connect(self._view_changed)
        self.details.edit_wanted.connect(self.edit_wanted)
        self._split.splitterMoved.connect(self._save)
        self.table.when_empty(self._say_empty)

    @property
    def had_any(self) -> bool:
        """Whether there was a job when this was looked at last: until the queue is read, it looks as it did then."""
        return self._tools.layout.value(_ANY, 0, int) == 1

    @property
    def filter(self) -> Filter:
        """Which jobs it shows, or will show in a moment."""
        return self._filter

    def show_jobs(self, state: State | None, text: str) -> None:
        """Show other jobs.

        Args:
            state: those in this state; None for all.
            text: those with this in id, command or error; empty for all.
        """
        states = frozenset() if state is None else frozenset({state})
        found = Filter(states=states, text=text)
        if found != self._filter:
            self._filter = found
            self.table.when_empty(self._say_empty)
            self.table.set_view(replace(self.table.wanted, filter=found))

    def refresh(self) -> None:
        """Show the queue as of now."""
        self.table.refresh()
        self.details.refresh()

    def reveal(self, seq: int) -> None:
        """Choose a job, bring it into sight and show its details."""
        self.table.reveal(seq)

    def rest(self) -> list[Callable[[], object]]:
        """Return steps that make what the first frame does without, and the first job that is chosen needs."""
        return [partial(getattr, self.details, "sheet")]

    @property
    def is_aside(self) -> bool:
        """Whether the details stand beside the table."""
        return self._split.orientation() is Qt.Orientation.Horizontal

    def put_aside(self, aside: bool) -> None:
        """Put the details beside the table, or below it."""
        self._split.setOrientation(Qt.Orientation.Horizontal if aside else Qt.Orientation.Vertical)
        self._tools.layout.setValue(_ASIDE, int(aside))

    def _restore(self) -> None:
        self.put_aside(self._tools.layout.value(_ASIDE, 0, int) == 1)
        sizes = self._tools.layout.value(_SIZES)
        if sizes is not None:
            self._split.restoreState(sizes)

    def _save(self) -> None:
        self._tools.layout.setValue(_SIZES, self._split.saveState())

    def _show_chosen(self) -> None:
        chosen = self.table.selected_seqs()
        if self.table.selected_count > 1:
            self.details.show_many(self.table.selected_count)
        else:
            self.details.show_job(chosen[0] if chosen else None)

    def _view_changed(self) -> None:
        """What is said and what is shown must be the same jobs, also where a search was called off."""
        if self.table.wanted.filter != self._filter:
            self._filter = self.table.wanted.filter
            self.table.when_empty(self._say_empty)
            self.filter_kept.emit(self._filter)

    def _make_room(self, page: Page) -> None:
        """Where there is no job there are no details, and what to do next has the room."""
        self.details.setVisible(page.total > 0 or self.details.seq is not None)
        has_any = any(page.counts.values())
        if has_any != self.had_any:
            self._tools.layout.setValue(_ANY, int(has_any))

    def _open(self, seq: int) -> None:
        self.details.show_job(seq)
        self.details.setFocus()

    def _say_empty(self, empty: EmptyState) -> None:
        (state,) = self._filter.states or (None,)
        if self._filter.text:
            forget = QPushButton(tr("Show all jobs"))
            forget.clicked.connect(self.search_given_up)
            hint = tr("No id, command or error holds “{text}”.").format(text=self._filter.text)
            empty.say("search", tr("Nothing found"), hint, [forget])
        elif state is None:
            empty.say(
                "inbox",
                tr("Drop a job file here"),
                tr("A JSON file of commands, or lines of text. You see what they would run before anything runs."),
                [
                    self._button(self._actions.add_job, kind="primary"),
                    self._button(self._actions.open_file),
                    self._button(self._actions.try_example),
                ],
            )
        else:
            title = tr("No jobs here: {state}").format(state=state_word(state))
            empty.say("inbox", title, _HINTS[state](), [])

    @staticmethod
    def _button(action: Action, kind: str = "") -> QPushButton:
        button = QPushButton(action.text())
        button.setProperty("kind", kind)
        button.clicked.connect(action.trigger)
        return button


_HINTS = {
    State.PENDING: lambda: tr("Jobs that wait for a worker appear here."),
    State.PROCESSING: lambda: tr("Jobs that are being run appear here."),
    State.FAILED: lambda: tr("Jobs whose last run failed wait here for the next try."),
    State.COMPLETED: lambda: tr("Jobs that ended with success appear here."),
    State.CANCELLED: lambda: tr("Jobs that you called off appear here."),
}
