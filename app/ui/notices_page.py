"""The page of the notices: what the person was told, and may have missed."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.store.store import Store
from app.ui.empty_state import EmptyState
from app.ui.notice_list import NoticeList
from app.ui.notices_model import NoticesLook, notices_look
from app.ui.plain import Label
from app.ui.question import Question
from app.ui.seen_marker import SEEN_AFTER, is_in_sight
from app.ui.throttle import Throttle
from app.ui.tools import Tools
from app.ui.wording import number, tr

PAGE: Final = 100
"""So many are read at first, and more each time the end of the list is reached."""

_EVERY: Final = 1000


class NoticesPage(QWidget):
    """Lists the notices, while it is visible.

    Signals:
        opened(Notice): the person wants to see what it tells of.

    Args:
        tools: the window's things.
        seen_after: milliseconds, as SEEN_AFTER.
    """

    opened = Signal(object)

    def __init__(self, tools: Tools, *, seen_after: int = SEEN_AFTER) -> None:
        super().__init__()
        self._tools = tools
        self._wanted = PAGE
        self._look = NoticesLook([], 0, 0)
        self._question: Question | None = None
        self._asked_about = 0
        self.list = NoticeList(tools)
        self.empty = EmptyState(tools, self.list)
        self._count = Label()
        self._count.setProperty("kind", "dim")
        self.clear_button = QPushButton(tr("Clear…"))
        self.setFocusProxy(self.list)
        self._due = Throttle(_EVERY, self)
        self._seen = QTimer(self)
        self._seen.setSingleShot(True)
        self._seen.setInterval(seen_after)
        self._lay_out()
        self.list.opened.connect(self.opened)
        self.list.end_reached.connect(self._read_more)
        self.clear_button.clicked.connect(self.clear)
        self._due.passed.connect(self._read)
        self._seen.timeout.connect(self._looked)

    def refresh(self) -> None:
        """Show the notices as of now, where they are to be seen."""
        if self.isVisible():
            self._due.call()

    def clear(self) -> None:
        """Forget all that are there now, if the person says so once more."""
        if not self._look.newest:
            return
        count = _notices(self._look.total)
        self._question = Question(
            self._tools,
            self,
            tr("Clear {notices}?").format(notices=count),
            tr("They leave this list for good. The jobs stay as they are."),
            tr("Clear {notices}").format(notices=count),
            tr("Keep them"),
        )
        self._asked_about = self._look.newest[0].number
        self._question.accepted.connect(self._clear)
        self._question.open()

    def count(self) -> str:
        """Return how many there are, in words."""
        return self._count.text()

    def _lay_out(self) -> None:
        self.empty.say(
            "bell",
            tr("No notices"),
            tr("When a job dies, the queue is done or the runner fails, it is noted here."),
            [],
        )
        head = QHBoxLayout()
        head.setContentsMargins(16, 8, 12, 8)
        head.setSpacing(8)
        head.addWidget(self._count, 1)
        head.addWidget(self.clear_button, 0, Qt.AlignmentFlag.AlignRight)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.list, 1)
        self.clear_button.setEnabled(False)

    # What was read

    def _read(self) -> None:
        self._tools.gateway.look(self, partial(notices_look, self._wanted), self._came, key=("notices", id(self)))

    def _read_more(self) -> None:
        if len(self._look.newest) == self._wanted < self._look.total:
            self._wanted += PAGE
            self._read()

    def _came(self, look: NoticesLook) -> None:
        self._look = look
        self.list.show_notices(look.newest)
        self.empty.setVisible(look.total == 0)
        self.clear_button.setEnabled(look.total > 0)
        words = _notices(look.total) if look.total else ""
        if look.unseen:
            words = tr("{notices}, {n} new").format(notices=words, n=number(look.unseen))
        self._count.setText(words)
        if look.unseen and is_in_sight(self) and not self._seen.isActive():
            self._seen.start()

    # What is changed

    def _looked(self) -> None:
        if is_in_sight(self) and self._look.newest:
            self._tools.gateway.change(self, partial(_mark_seen, self._look.newest[0].number))

    def _clear(self) -> None:
        self._tools.gateway.change(self, partial(_clear, self._asked_about))

    def showEvent(self, event: QShowEvent) -> None:
        """Show what is now, and count it as looked at after a while."""
        super().showEvent(event)
        self._due.call()

    def hideEvent(self, event: QHideEvent) -> None:
        """Look no more."""
        super().hideEvent(event)
        self._seen.stop()


def _notices(count: int) -> str:
    return tr("1 notice") if count == 1 else tr("{n} notices").format(n=number(count))


def _mark_seen(up_to: int, store: Store) -> int:
    return store.notices.mark_seen(up_to)


def _clear(up_to: int, store: Store) -> int:
    return store.notices.clear(up_to)
