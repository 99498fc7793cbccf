"""Telling the person what happened while nobody looked: a job died, the queue is done, no job can be started."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.messages import KnownError, Message
from app.store.happenings import DeadJob, Happened, Happenings, Mark
from app.store.notices import Notice, NoticeKind
from app.store.store import Store
from app.ui import notice_words
from app.ui.notice_words import title_and_words
from app.ui.tools import Tools

GATHER: Final = 10_000
"""Milliseconds after a death was told in which others are gathered into one notice."""

SETTLE: Final = 2000
"""Milliseconds in which nothing came any more before the queue is done."""

OPTION_OF: Final = {
    NoticeKind.DIED: "notify-dead",
    NoticeKind.DONE: "notify-done",
    NoticeKind.RUNNER: "notify-runner",
}
"""The option that says whether a notice of each kind is shown and not only listed."""


class Notifier(QObject):
    """Looks at what happened whenever the queue changed, and keeps and tells what is worth it.

    What happened before it was made is not told. It does nothing while nothing happens.

    Signals:
        raised(Notice): a notice was kept.
        shown(Notice, str, str): it is also to be shown outside the window; its title, and its words, which may be none.

    Args:
        tools: the way to the store.
        parent: its owner.
        gather: milliseconds, as GATHER.
        settle: milliseconds, as SETTLE.
    """

    raised = Signal(object)
    shown = Signal(object, str, str)

    def __init__(
        self, tools: Tools, parent: QObject | None = None, *, gather: int = GATHER, settle: int = SETTLE
    ) -> None:
        super().__init__(parent)
        self._gateway = tools.gateway
        self._now = tools.now
        self._reader = _Reader()
        self._untold = 0
        self._last: DeadJob | None = None
        self._lacked_space = False
        self._completed = self._died = 0  # since the queue was last said to be done
        self._gather, self._settle = _timer(self, gather), _timer(self, settle)
        self._gather.timeout.connect(self._tell_deaths)
        self._settle.timeout.connect(self._tell_done)
        self._gateway.changed.connect(self._look)
        self._look()

    @Slot(object)
    def runner_failed(self, words: Message) -> None:
        """Tell that the runner failed, and how."""
        self._raise(NoticeKind.RUNNER, notice_words.runner_failed(words))

    def _look(self) -> None:
        self._gateway.look(self, self._reader.read, self._seen, key=("happened", id(self)))

    def _seen(self, seen: tuple[Happened, bool]) -> None:
        happened, lacks_space = seen
        self._look_at_space(lacks=lacks_space, matters=happened.open > 0)
        self._completed += happened.completed
        self._died += happened.died
        if happened.last_death is not None:
            self._untold += happened.died
            self._last = happened.last_death
            if not self._gather.isActive():
                self._tell_deaths()
        if happened.open:
            self._settle.stop()
        elif happened.ended or (self._completed + self._died and not self._settle.isActive()):
            self._settle.start()

    def _look_at_space(self, *, lacks: bool, matters: bool) -> None:
        """Tell it once when the disk is too full for jobs to be started, where there are some."""
        if lacks and matters and not self._lacked_space:
            self._lacked_space = True
            self._raise(NoticeKind.RUNNER, notice_words.disk_full())
        elif not lacks:
            self._lacked_space = False

    def _tell_deaths(self) -> None:
        count, last = self._untold, self._last
        if last is None:
            return
        self._untold, self._last = 0, None
        self._gather.start()
        if count == 1:
            self._raise(NoticeKind.DIED, notice_words.one_died(last), last.seq)
        else:
            self._raise(NoticeKind.DIED, notice_words.many_died(count, last))

    def _tell_done(self) -> None:
        self._tell_deaths()  # nothing more comes that they could be gathered with
        words = notice_words.queue_done(self._completed, self._died)
        self._completed = self._died = 0
        self._raise(NoticeKind.DONE, words)

    def _raise(self, kind: NoticeKind, words: Message, seq: int | None = None) -> None:
        failed = partial(self._not_kept, kind, words, seq)
        self._gateway.change(self, partial(_keep, kind, words, seq), self._kept, failed)

    def _kept(self, kept: tuple[Notice, bool]) -> None:
        notice, is_shown = kept
        self.raised.emit(notice)
        if is_shown:
            self.shown.emit(notice, *title_and_words(notice))

    def _not_kept(self, kind: NoticeKind, words: Message, seq: int | None, error: Exception) -> None:
        """Tell it all the same: where nothing can be written, the person has to know more than ever."""
        if not isinstance(error, KnownError):
            raise error
        self._gateway.failed.emit(error)
        notice = Notice(number=0, at=self._now(), kind=kind, seq=seq, words=words, seen=False)
        self.shown.emit(notice, *title_and_words(notice))


class _Reader:
    """Reads what happened since it was asked last.

    The mark is moved where the reading is done, on the one thread that looks: so nothing is told twice or left out,
    whichever looks give way to later ones.
    """

    def __init__(self) -> None:
        self._mark: Mark | None = None

    def read(self, store: Store) -> tuple[Happened, bool]:
        """Return what happened, and whether the disk lacks space."""
        happened = Happenings(store.database).since(self._mark)
        self._mark = happened.mark
        return happened, store.lacks_space()


def _keep(kind: NoticeKind, words: Message, seq: int | None, store: Store) -> tuple[Notice, bool]:
    return store.notices.add(kind, words, seq), bool(store.options.values()[OPTION_OF[kind]])


def _timer(parent: QObject, milliseconds: int) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    return timer
