"""What a job table shows, read: one view of the queue, page after page, as of now.

A view that an index serves is always read as it is. The order of any other is made by one of two threads, while the
other goes on giving the pages of the order before; so scrolling never waits for a sort.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from app.messages import KnownError
from app.store.views import Interrupted, NotOrdered, View

if TYPE_CHECKING:
    from app.store.ordered_jobs import OrderedJobs, Page
    from app.ui.gateway import Gateway

RENEWED_EVERY = 5000
"""Milliseconds: so often at most an order that no index serves is made anew."""

Work = Callable[["OrderedJobs"], object]
Failed = Callable[[Exception], None]


class Slice(NamedTuple):
    """What part of a view is wanted: ``length`` lines from ``first`` on, or from ``around`` lines before a job.

    ``anchor`` is that job's seq, or None.
    """

    first: int
    length: int
    anchor: int | None = None
    around: int = 0


class TableFeed(QObject):
    """Reads one table's view.

    Signals:
        began(Page): another view is there, from its beginning.
        came(Page): the same view as of now, at the place asked for.
        grew(Page): further rows of it.
        sorting_began, sorting_ended: a view is being put in order for the first time.
        gave_up: the view that was wanted is not coming; the one before stays.
        refused(KnownError): it could not be read.

    Args:
        gateway: the way to the store.
        view: what is shown first.
        place: what is on screen, with the row to keep.
        parent: its owner.
    """

    began = Signal(object)
    came = Signal(object)
    grew = Signal(object)
    sorting_began = Signal()
    sorting_ended = Signal()
    gave_up = Signal()
    refused = Signal(object)

    def __init__(self, gateway: Gateway, view: View, place: Callable[[], Slice], parent: QObject) -> None:
        super().__init__(parent)
        self._gateway = gateway
        self._slice = place
        self._view = self._wanted = view
        self._is_begun = False
        self._sorter = 0
        self._generation = self._turn = 0
        self._is_asking = self._is_sorting = self._must_ask = self._is_stale = False
        self._renewal = QTimer(self)
        self._renewal.setSingleShot(True)
        self._renewal.setInterval(RENEWED_EVERY)
        self._renewal.timeout.connect(self._renew_if_stale)

    @property
    def view(self) -> View:
        """What has been read."""
        return self._view

    @property
    def wanted(self) -> View:
        """What was asked for last; it may still be on its way."""
        return self._wanted

    def want(self, view: View, length: int) -> None:
        """Read another view from its beginning; what is on its way is given up."""
        if self._is_sorting:
            self.stop_sorting()
        self._wanted = view
        self._begin(length)

    def refresh(self, length: int) -> None:
        """Read what is shown as of now.

        Args:
            length: how many lines are wanted where nothing has been read yet.
        """
        if not self._is_begun or self._wanted != self._view:
            if self._is_asking or self._is_sorting:
                self._must_ask = True
            else:
                self._begin(length)
            return
        if not _is_live(self._view):
            self._is_stale = True
            self._renew_if_stale()
        self.read(keep=True)

    def read(self, *, keep: bool) -> None:
        """Read what is on screen.

        Args:
            keep: as of now and around the row to keep; else only rows that are missing.
        """
        if self._is_asking:
            self._must_ask = True
            return
        self._is_asking, self._must_ask = True, False
        view, place = self._view, self._slice()
        anchor = place.anchor if keep else None
        self._turn += 1
        self.ask(
            lambda orders: orders.page(view, place.first, place.length, anchor, place.around),
            partial(self._arrived, self._turn, keep),
            partial(self._read_failed, self._turn),
            "page",
        )

    def ask(self, work: Work, then: Callable[..., None], failed: Failed, key: str | None = None) -> None:
        """Ask the reads of the view that is shown."""
        sorter = None if _is_live(self._view) else self._sorter
        place = None if key is None else (key, id(self))
        self._gateway.table(self, work, then, failed, sorter=sorter, key=place)

    def stop_sorting(self) -> None:
        """Give up the order that is being made."""
        self._gateway.interrupt_sorting(1 - self._sorter)

    def _begin(self, length: int) -> None:
        self._generation += 1
        self._turn += 1
        self._is_asking = self._is_sorting = False
        view, generation = self._wanted, self._generation
        if not _is_live(view):
            self._sort(Slice(0, length), partial(self._begun, generation, 1 - self._sorter))
            return
        self._is_asking = True
        self._gateway.table(
            self,
            lambda orders: orders.page(view, 0, length),
            partial(self._begun, generation, self._sorter),
            partial(self._begin_failed, generation),
            sorter=None,
            key=("page", id(self)),
        )

    def _sort(self, place: Slice, then: Callable[[Page], None]) -> None:
        view = self._wanted
        self._is_sorting = True
        self._renewal.start()
        if view != self._view:
            self.sorting_began.emit()

        def make(orders: OrderedJobs) -> Page:
            orders.renew(view)
            return orders.page(view, place.first, place.length, place.anchor, place.around)

        failed = partial(self._begin_failed, self._generation)
        key = ("sort", id(self))  # one that still waits is not wanted any more
        self._gateway.table(self, make, then, failed, sorter=1 - self._sorter, key=key)

    def _renew_if_stale(self) -> None:
        if self._is_stale and not self._is_sorting and not self._renewal.isActive() and self._wanted == self._view:
            self._is_stale = False
            self._sort(self._slice(), partial(self._renewed, self._generation, 1 - self._sorter))

    def _begun(self, generation: int, sorter: int, page: Page) -> None:
        if generation != self._generation:
            return
        self._view, self._sorter, self._is_begun = self._wanted, sorter, True
        self._end_asking()
        self.began.emit(page)
        self._ask_again()

    def _begin_failed(self, generation: int, error: Exception) -> None:
        if generation != self._generation:
            return
        self._end_asking()
        self._wanted = self._view
        self.gave_up.emit()
        if not isinstance(error, Interrupted):
            self._tell(error)
        self._ask_again()

    def _renewed(self, generation: int, sorter: int, page: Page) -> None:
        if generation != self._generation:
            return
        self._turn += 1  # what is read of the order before comes too late
        self._is_asking = self._is_sorting = False
        self._sorter = sorter
        self.came.emit(page)
        self._ask_again()

    def _arrived(self, turn: int, keep: bool, page: Page) -> None:
        if turn != self._turn:
            return
        self._is_asking = False
        (self.came if keep else self.grew).emit(page)
        self._ask_again()

    def _read_failed(self, turn: int, error: Exception) -> None:
        if turn != self._turn:
            return
        self._is_asking = False
        if isinstance(error, NotOrdered):  # another table had something else put in order there meanwhile
            self._sort(self._slice(), partial(self._renewed, self._generation, 1 - self._sorter))
            return
        self._tell(error)
        self._ask_again()

    def _end_asking(self) -> None:
        self._is_asking = self._is_sorting = False
        self.sorting_ended.emit()

    def _ask_again(self) -> None:
        """Look again where something changed while another question was under way."""
        self._renew_if_stale()
        if self._must_ask:
            self.read(keep=True)

    def _tell(self, error: Exception) -> None:
        if not isinstance(error, KnownError):
            raise error
        self.refused.emit(error)


def _is_live(view: View) -> bool:
    from app.store.job_views import stretches

    return bool(stretches(view))
