"""The window's toolbar and menu bar, put together from its actions."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QMainWindow,
    QMenu,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.ui.actions import Actions
from app.ui.icons import Icons
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

    def rest(self) -> None:
        """Offer to clear what is typed. The button looks for its picture in the themes of the desktop, which takes."""
        self.setClearButtonEnabled(True)

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
    bar.addWidget(_button(actions.add_job))
    bar.addWidget(_button(actions.open_file))
    bar.addSeparator()
    bar.addWidget(_button(actions.pause))
    bar.addSeparator()
    label = Label(tr("Workers"))
    label.setProperty("kind", "dim")
    bar.addWidget(label)
    bar.addWidget(workers)
    gap = QWidget()
    gap.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    bar.addWidget(gap)
    bar.addWidget(search)
    settings = _button(actions.settings)
    settings.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    bar.addWidget(settings)
    return bar


def content(sidebar: QWidget, bars: QVBoxLayout, pages: QWidget) -> QWidget:
    """Return what stands below the toolbar: the sidebar, and beside it the bars over the pages."""
    middle = QWidget()
    column = QVBoxLayout(middle)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addLayout(bars)
    column.addWidget(pages, 1)
    whole = QWidget()
    row = QHBoxLayout(whole)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    sidebar.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
    row.addWidget(sidebar)
    row.addWidget(middle, 1)
    return whole


def _button(action: QAction) -> QToolButton:
    """Return an action's button.

    A toolbar makes such itself; but to be given one as a widget brings in every kind of widget there is, for 20 ms.
    """
    button = QToolButton()
    button.setDefaultAction(action)
    button.setAutoRaise(True)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAccessibleName(action.text().rstrip("…"))
    return button


def add_menus(window: QMainWindow, actions: Actions, icons: Icons) -> None:
    """Fill a window's menu bar."""
    do = actions
    queue = [do.add_job, do.open_file, do.paste, None, do.pause, do.export, None, do.settings, None]
    menus = [
        _menu(tr("&Queue"), [*queue, do.close_window, do.quit], window),
        job_menu(tr("&Jobs"), actions, icons, window),
        _menu(tr("&View"), [do.search, do.details_aside], window),
        _menu(tr("&Help"), [do.keys, do.try_example, None, do.report_problem, do.about], window),
    ]
    for menu in menus:
        window.menuBar().addMenu(menu)


def job_menu(title: str, actions: Actions, icons: Icons, parent: QWidget) -> QMenu:
    """Return a menu of all that can be done with the chosen jobs."""
    menu = _menu(title, actions.of_jobs, parent)
    copy = menu.addMenu(icons.icon("copy"), tr("Copy"))
    copy.addActions(actions.of_copying)
    menu.addSeparator()
    menu.addAction(actions.open_folder)
    menu.addAction(actions.export)
    return menu


def _menu(title: str, actions: Sequence[QAction | None], parent: QWidget) -> QMenu:
    menu = QMenu(title, parent)
    for action in actions:
        if action is None:
            menu.addSeparator()
        else:
            menu.addAction(action)
    return menu
