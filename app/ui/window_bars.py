"""The window's toolbar and menu bar, put together from its actions."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit, QMainWindow, QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from app.ui.actions import Actions
from app.ui.job_actions import JobActions
from app.ui.plain import Label
from app.ui.tools import Tools
from app.ui.wording import tr

_ICON = 18
_SEARCH_AFTER = 250
"""Milliseconds."""

_SEARCH_LEAST, _SEARCH_MOST = 20, 40
"""Letters."""


class SearchField(QLineEdit):
    """Where one types what to look for.

    Signals:
        searched(str): what to look for, a moment after the last letter or at Enter; empty for everything.
    """

    searched = Signal(str)

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools = tools
        letter = self.fontMetrics().averageCharWidth()
        self.setPlaceholderText(tr("Search id, command, error"))
        self.setAccessibleName(tr("Search id, command, error"))
        self.setClearButtonEnabled(True)
        self.setMinimumWidth(_SEARCH_LEAST * letter)
        self.setMaximumWidth(_SEARCH_MOST * letter)
        self._glass = self.addAction(tools.icons.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        tools.theme.changed.connect(self._draw)
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(_SEARCH_AFTER)
        self._delay.timeout.connect(self.search)
        self.textChanged.connect(self._typed)
        self.returnPressed.connect(self.search)

    def wanted(self) -> str:
        """Return what to look for."""
        return self.text().strip()

    def search(self) -> None:
        """Look for what stands there now."""
        self._delay.stop()
        self.searched.emit(self.wanted())

    def take_keyboard(self) -> None:
        """Be typed into."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def _typed(self, _text: str) -> None:
        self._delay.start()

    def _draw(self) -> None:
        self._glass.setIcon(self._tools.icons.icon("search"))


def toolbar(actions: Actions, workers: QWidget, search: SearchField) -> QToolBar:
    """Return the bar at the top.

    Args:
        actions: the window's.
        workers: the field for their number.
        search: the field for a text.
    """
    bar = QToolBar(tr("Toolbar"))
    bar.setObjectName("toolbar")
    bar.setMovable(False)
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    bar.setIconSize(QSize(_ICON, _ICON))
    bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    bar.addActions([actions.add_job, actions.open_file])
    bar.addSeparator()
    bar.addAction(actions.pause)
    bar.addSeparator()
    label = Label(tr("Workers"))
    label.setProperty("kind", "dim")
    bar.addWidget(label)
    bar.addWidget(workers)
    gap = QWidget()
    gap.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    bar.addWidget(gap)
    bar.addWidget(search)
    bar.addAction(actions.settings)
    settings = bar.widgetForAction(actions.settings)
    if isinstance(settings, QToolButton):
        settings.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    for action in bar.actions():
        button = bar.widgetForAction(action)
        if isinstance(button, QToolButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(action.text().rstrip("…"))
    return bar


def add_menus(window: QMainWindow, actions: Actions, of_jobs: JobActions) -> None:
    """Fill a window's menu bar."""
    do = actions
    queue = [do.add_job, do.open_file, do.paste, None, do.pause, do.export, None, do.settings, None]
    menus = [
        _menu(tr("&Queue"), [*queue, do.close_window, do.quit], window),
        of_jobs.menu(tr("&Jobs"), window),
        _menu(tr("&View"), [do.search, do.details_aside], window),
        _menu(tr("&Help"), [do.keys, do.try_example, None, do.report_problem, do.about], window),
    ]
    for menu in menus:
        window.menuBar().addMenu(menu)


def _menu(title: str, actions: Sequence[QAction | None], parent: QWidget) -> QMenu:
    menu = QMenu(title, parent)
    for action in actions:
        if action is None:
            menu.addSeparator()
        else:
            menu.addAction(action)
    return menu
