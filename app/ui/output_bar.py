"""The row above an output: which run, and what can be done with what it wrote."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from app.domain.job import Run
from app.ui.outcome_words import outcome_colour, outcome_icon, outcome_word
from app.ui.tool_button import ToolButton
from app.ui.tools import Tools
from app.ui.wording import clock, tr

_AROUND = 80
"""Pixels beside the words of the choice: its icon, arrow and edges."""


class OutputBar(QWidget):
    """A choice of run, and buttons.

    Signals:
        run_chosen(int): by a person.

    Args:
        tools: the window's.
        parent: its owner.
    """

    run_chosen = Signal(int)

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools = tools
        self._runs: list[Run] = []
        self._chooser = QComboBox()
        self._chooser.setAccessibleName(tr("Run"))
        self._chooser.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._chooser.setMinimumContentsLength(6)
        self._chooser.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._chooser.activated.connect(self._chosen)
        self.follow = ToolButton(tools, "arrow-down", tr("Follow: keep the end in sight"), checkable=True)
        self.wrap = ToolButton(tools, "wrap-text", tr("Wrap long lines"), checkable=True)
        self.search = ToolButton(tools, "search", tr("Find (Ctrl+F)"))
        self._more = ToolButton(tools, "ellipsis", tr("More"))
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._more)
        self.copy = menu.addAction(tr("&Copy all"))
        self.save = menu.addAction(tr("&Save as…"))
        self.open = menu.addAction(tr("&Open the file"))
        self._actions = {"copy": self.copy, "download": self.save, "external-link": self.open}
        self._more.setMenu(menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(4)
        row.addWidget(self._chooser, 1)
        row.addStretch()
        for button in (self.follow, self.wrap, self.search, self._more):
            row.addWidget(button)
        tools.theme.changed.connect(self._draw)
        self._draw()

    def show_runs(self, runs: list[Run], shown: int | None) -> None:
        """Offer these runs.

        Args:
            runs: oldest first; they are offered newest first.
            shown: the number of the one that is shown.
        """
        if runs != self._runs:
            self._runs = runs
            self._fill()
        self._chooser.setCurrentIndex(-1 if shown is None else self._chooser.findData(shown))
        self._chooser.setEnabled(bool(runs))

    def _fill(self) -> None:
        self._chooser.clear()
        longest = 0
        colours = self._tools.theme.colours
        for run in reversed(self._runs):
            icon = self._tools.icons.icon(outcome_icon(run.outcome), outcome_colour(run.outcome, colours))
            words = tr("Run {run} · {outcome} · {time}").format(
                run=run.run, outcome=outcome_word(run.outcome), time=clock(run.started_at or run.claimed_at)
            )
            self._chooser.addItem(icon, words, run.run)
            longest = max(longest, self._chooser.fontMetrics().horizontalAdvance(words))
        self._chooser.setMaximumWidth(max(longest, self._chooser.minimumSizeHint().width()) + _AROUND)

    def _chosen(self, index: int) -> None:
        self.run_chosen.emit(self._chooser.itemData(index))

    def _draw(self) -> None:
        for icon, action in self._actions.items():
            action.setIcon(self._tools.icons.icon(icon))
        shown = self._chooser.currentIndex()
        self._fill()
        self._chooser.setCurrentIndex(shown)
