"""The settings: every option of settings.py, valid as soon as it is changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.desktop.latest_release import has_https, releases_page
from app.domain.job import Millis
from app.messages import KnownError, Message, message
from app.settings import OPTIONS, normal
from app.store.backups import backups
from app.store.store import Store
from app.ui.form_field import WheelGuard, words
from app.ui.settings_rows import OptionRow
from app.ui.tools import Tools
from app.ui.update_notice import OPTION as UPDATES
from app.ui.wording import moment, said, said_error, tr

GROUPS: tuple[tuple[Message, tuple[str, ...]], ...] = (
    (message("Jobs"), ("timeout", "priority", "grace", "review-before-add")),
    (message("Retries"), ("max-retries", "backoff-base", "backoff-max", "backoff-jitter", "interrupted-limit")),
    (message("Workers and machine"), ("workers", "start-runner", "niceness", "keep-awake", "disk-floor")),
    (
        message("Outputs and history"),
        ("output-cap", "keep-outputs", "keep-completed", "keep-completed-count", "keep-cancelled", "backups-kept"),
    ),
    (message("Window"), ("theme", "language", "close-to-tray")),
    (message("Notifications"), ("notify-dead", "notify-done", "notify-runner")),
    (message("Program"), ("autostart", "check-updates")),
)
"""Which options stand together: each in exactly one group."""

BACKUPS = "backups-kept"

_WIDE, _HIGH = 130, 44
_NARROW = 90
"""Letters of width below which there is room for the options alone."""


class SettingsDialog(QDialog):
    """Shows and sets all options. It can be shown again after it was closed.

    Args:
        tools: the window's.
        parent: its owner.

    Signals:
        option_changed(str, str): this key was set here, or reset, and now has this text.
    """

    option_changed = Signal(str, str)

    def __init__(self, tools: Tools, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Settings"))
        self._tools = tools
        self._under_way: Counter[str] = Counter()
        guard = WheelGuard(self)
        self.rows = {key: OptionRow(OPTIONS[key], guard) for _, keys in GROUPS for key in keys}
        if releases_page() is None:
            self.rows[UPDATES].note(tr("This build does not know where new versions are published: it asks nobody."))
        elif not has_https():
            self.rows[UPDATES].note(tr("There is no OpenSSL 3 on this computer, so that newer versions can't be seen."))
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search settings"))
        self.search.setAccessibleName(tr("Search settings"))
        self.search.setClearButtonEnabled(True)
        self._search_icon = self.search.addAction(tools.icons.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.nothing = words("dim")
        self.nothing.hide()
        self._cards = [(said(title), QFrame(), keys) for title, keys in GROUPS]
        self._list = QListWidget()
        self._list.setAccessibleName(tr("Groups of settings"))
        self._list.addItems([title for title, _, _ in self._cards])
        self._scroll = QScrollArea()
        self._close = QPushButton(tr("Close"))
        self._close.setAutoDefault(False)
        self._arrange()
        self._connect()
        self.resize(self.sizeHint())

    def sizeHint(self) -> QSize:
        """Return a size in which some groups are seen at once."""
        metrics = self.fontMetrics()
        wished = QSize(_WIDE * metrics.averageCharWidth(), _HIGH * metrics.lineSpacing())
        return wished.boundedTo(self.screen().availableSize() * 0.95)

    def showEvent(self, event: QShowEvent) -> None:
        """Read what is stored now."""
        super().showEvent(event)
        self._read()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Do without the list of groups and the keys where there is no room for them."""
        super().resizeEvent(event)
        narrow = self.width() < _NARROW * self.fontMetrics().averageCharWidth()
        self._list.setVisible(not narrow)
        for row in self.rows.values():
            row.set_narrow(narrow)

    def done(self, result: int) -> None:
        """Close; what was typed last counts."""
        for row in self.rows.values():
            row.finish()
        super().done(result)

    def _changed_elsewhere(self) -> None:
        if self.isVisible():
            self._read()

    def _read(self) -> None:
        self._tools.gateway.look(self, _set_keys, self._show, key=("settings", id(self)))
        self._tools.gateway.look(self, _last_backup, self._show_backup, key=("last backup", id(self)))

    def _show_backup(self, at: Millis | None) -> None:
        if at is None:
            self.rows[BACKUPS].note(tr("None has been made yet."))
        else:
            self.rows[BACKUPS].note(tr("The last was made {when}.").format(when=moment(at)))

    def _show(self, texts: dict[str, str]) -> None:
        for key, row in self.rows.items():
            if not self._under_way[key]:  # what was read may be older than what is being written
                row.show_text(texts.get(key))

    def _set(self, key: str, text: str) -> None:
        self._change(key, partial(_set_option, key=key, text=text), text, text)

    def _unset(self, key: str) -> None:
        self._change(key, partial(_unset_option, key=key), None, OPTIONS[key].default)

    def _change(self, key: str, work: Callable[[Store], None], stored: str | None, text: str) -> None:
        self._under_way[key] += 1
        self._tools.gateway.change(
            self, work, partial(self._changed, key, stored, text), partial(self._not_changed, key)
        )

    def _changed(self, key: str, stored: str | None, text: str, _nothing: None) -> None:
        self._under_way[key] -= 1
        if not self._under_way[key]:
            self.rows[key].show_text(stored)
        self.option_changed.emit(key, text)

    def _not_changed(self, key: str, error: Exception) -> None:
        self._under_way[key] -= 1
        if not isinstance(error, KnownError):
            raise error
        self._read()
        self.rows[key].complain(said_error(error))

    def _filter(self, search: str) -> None:
        found = False
        for place, (_, card, keys) in enumerate(self._cards):
            shown = [self.rows[key].matches(search) for key in keys]
            for key, is_shown in zip(keys, shown, strict=True):
                self.rows[key].setVisible(is_shown)
            card.setVisible(any(shown))
            self._list.item(place).setHidden(not any(shown))
            found = found or any(shown)
        self.nothing.setText("" if found else tr("No setting matches '{search}'.").format(search=search))
        self.nothing.setVisible(not found)

    def _go_to(self, place: int) -> None:
        if 0 <= place < len(self._cards):
            self._scroll.verticalScrollBar().setValue(self._cards[place][1].y() - _GAP)

    def _scrolled(self, value: int) -> None:
        """Mark the group that is seen at the top."""
        at_end = value == self._scroll.verticalScrollBar().maximum()
        seen = [place for place, (_, card, _) in enumerate(self._cards) if card.isVisible()]
        passed = [place for place in seen if self._cards[place][1].y() <= value + 2 * _GAP]
        if seen and not (at_end and self._list.currentRow() in seen):
            self._list.blockSignals(True)
            self._list.setCurrentRow(passed[-1] if passed else seen[0])
            self._list.blockSignals(False)

    def _arrange(self) -> None:
        inside = QWidget()
        groups = QVBoxLayout(inside)
        groups.setContentsMargins(_GAP, _GAP, _GAP, _GAP)
        groups.setSpacing(_GAP)
        groups.addWidget(self.nothing)
        for title, card, keys in self._cards:
            card.setProperty("kind", "card")
            rows = QVBoxLayout(card)
            rows.setContentsMargins(_GAP, 12, _GAP, 12)
            rows.setSpacing(8)
            rows.addWidget(words("heading", title))
            for key in keys:
                rows.addWidget(self.rows[key])
            groups.addWidget(card)
        groups.addStretch()
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inside)
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setSizeAdjustPolicy(QListWidget.SizeAdjustPolicy.AdjustToContents)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setStyleSheet("QListWidget::item { padding: 8px 12px; }")
        self._list.setFixedWidth(self._list.sizeHintForColumn(0) + _GAP)
        self._list.setCurrentRow(0)
        head = QHBoxLayout()
        head.setContentsMargins(_GAP, 12, _GAP, 12)
        head.addWidget(self.search)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(self._list)
        body.addWidget(self._scroll, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(_GAP, 12, _GAP, 12)
        foot.addWidget(words("dim", tr("Changes count at once.")), 1)
        foot.addWidget(self._close)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(body, 1)
        column.addLayout(foot)
        self.search.setFocus()

    def _connect(self) -> None:
        for row in self.rows.values():
            row.wished.connect(self._set)
            row.reset_wished.connect(self._unset)
        self.search.textChanged.connect(self._filter)
        self._list.currentRowChanged.connect(self._go_to)
        self._scroll.verticalScrollBar().valueChanged.connect(self._scrolled)
        self._close.clicked.connect(self.accept)
        self._tools.gateway.changed.connect(self._changed_elsewhere)
        self._tools.theme.changed.connect(self._draw)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self, self.search.setFocus)

    def _draw(self) -> None:
        self._search_icon.setIcon(self._tools.icons.icon("search"))


_GAP = 16


def _set_keys(store: Store) -> dict[str, str]:
    return store.options.set_keys()


def _last_backup(store: Store) -> Millis | None:
    return next((backup.at for backup in backups(store.home, store.clock())), None)


def _set_option(store: Store, *, key: str, text: str) -> None:
    store.options.set(key, normal(OPTIONS[key], text))


def _unset_option(store: Store, *, key: str) -> None:
    store.options.unset(key)
