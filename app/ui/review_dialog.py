"""What came in, shown in full before any of it is added."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from app.domain.job import NewJob, OnDuplicate
from app.messages import KnownError
from app.store.intake import Enqueued
from app.store.store import Store
from app.ui.plain import Label
from app.ui.review_adding import Adding
from app.ui.review_documents import Document, Stopped, Survey, survey
from app.ui.review_failure import ABOUT_IDS, not_added
from app.ui.review_footer import ReviewFooter
from app.ui.review_jobs import ReviewJobs
from app.ui.review_notice_area import NoticeArea
from app.ui.review_notices import DuplicatesNotice, ErrorsNotice, Notice
from app.ui.review_words import beware, summary, title
from app.ui.tools import Tools
from app.ui.wording import said_error, tr

_SLOW = 300
"""Milliseconds after which a person wants to see that something goes on."""


class ReviewDialog(QDialog):
    """Shows documents and, when the person says so, adds their jobs: all of them in one transaction, or none.

    Documents that come while it is open join those that are there; a file that comes again takes its old place. What
    comes while jobs are being added waits, and is reviewed after that.
    Not modal. Esc closes it; while it adds, Esc takes everything back.

    Signals:
        added(seqs, skipped): a list of the new jobs' numbers, and how many were left out as duplicates.
        read_again_asked(paths): files that had errors are to be read once more, and given to ``take``.
        stop_asked: what is being read is not wanted any more.

    Args:
        tools: the window's things.
        parent: the window.
    """

    added = Signal(object, int)
    read_again_asked = Signal(object)
    stop_asked = Signal()

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools = tools
        self._documents: dict[object, Document] = {}
        self._later: list[Document] = []
        self._survey: Survey | None = None
        self._adding: Adding | None = None
        self._reading = False
        self._unreadable = False
        self._looks = 0
        self._unseen = True
        self._build()
        self._refresh()

    @property
    def is_adding(self) -> bool:
        """Whether jobs are going in right now."""
        return self._adding is not None

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been given to it yet."""
        return not self._documents

    def wait_for(self, reading: bool) -> None:
        """Show whether something is still being read; a dialog that is not seen yet shows itself if that takes long."""
        self._reading = reading
        if reading and self._unseen:
            QTimer.singleShot(_SLOW, self, self._show_if_slow)
        self._refresh()
        if self._survey is not None:
            self._decide(self._survey)

    def take(self, documents: Sequence[Document]) -> None:
        """Review these too.

        Where the person wants no review and nothing speaks against it, the first ones are added at once; else, and when
        that fails, the dialog shows itself.
        """
        if self.is_adding:
            self._later += documents
            return
        for document in documents:
            self._documents[document.path or object()] = document
        self._look()

    def reject(self) -> None:
        """Close, or while jobs go in take them back and stay."""
        if self._adding is not None:
            self._adding.stop()
            self.footer.cancel_button.setEnabled(False)
            return
        if self._reading:
            self.stop_asked.emit()
        super().reject()

    def _build(self) -> None:
        self.setWindowTitle(tr("Review jobs"))
        tools = self._tools
        self._title = Label()
        self._title.setProperty("kind", "title")
        self._summary = Label()
        self._summary.setProperty("kind", "dim")
        self._summary.setWordWrap(True)
        self.failure = Notice(tools, "trouble")
        self.errors = ErrorsNotice(tools)
        self.errors.decided.connect(self._refresh)
        self.errors.read_again_asked.connect(self._ask_again)
        self.duplicates = DuplicatesNotice(tools)
        self.duplicates.decided.connect(self._refresh)
        self.beware = Notice(tools, "warning")
        self._notices = NoticeArea((self.failure, self.errors, self.duplicates, self.beware))
        self.jobs = ReviewJobs(tools)
        self.footer = ReviewFooter()
        self.footer.add_asked.connect(self.add)
        self.footer.cancel_asked.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(8)
        layout.addWidget(self._title)
        layout.addWidget(self._summary)
        layout.addWidget(self._notices)
        layout.addWidget(self.jobs, 1)
        layout.addWidget(self.footer)
        letter = self.fontMetrics()
        size = QSize(letter.averageCharWidth() * 148, letter.lineSpacing() * 44)
        self.resize(size.boundedTo(self.screen().availableSize()))

    @property
    def _good(self) -> list[Document]:
        return [document for document in self._documents.values() if not document.problems]

    @property
    def _broken(self) -> list[Document]:
        return [document for document in self._documents.values() if document.problems]

    def _look(self) -> None:
        """Look up off-thread how things stand, and show it then."""
        self._survey = None
        self._unreadable = False
        documents = list(self._documents.values())
        self._looks += 1
        this = self._looks

        def look(store: Store) -> Survey:
            return survey(store, documents)

        def then(found: Survey) -> None:
            if this == self._looks:  # more came meanwhile otherwise, and is being looked up
                self._surveyed(found)

        self._tools.gateway.detail(self, look, then, self._not_looked, key=(id(self), "survey"))
        self._refresh()

    def _not_looked(self, error: Exception) -> None:
        if not isinstance(error, KnownError):
            raise error
        self._unreadable = True
        self.failure.say(said_error(error))
        self._show_up()
        self._refresh()

    def _surveyed(self, found: Survey) -> None:
        self._survey = found
        self.errors.show_errors(self._broken, self._good)
        self.duplicates.show_duplicates(found)
        self.beware.say(beware(self._good))
        self.jobs.show_documents(self._good, found)
        self.jobs.setVisible(bool(self._good))
        self._notices.fill(not self._good)
        self._refresh()
        self._decide(found)

    def _decide(self, found: Survey) -> None:
        """Once it is known what came in: add it, where nobody has to see it, or show it."""
        if not self._unseen or self._reading or self.is_adding:
            return
        if self._may_add_unseen(found):
            self.add()
        else:
            self._show_up()

    def _show_if_slow(self) -> None:
        if self._unseen and (self._reading or self._survey is None or self.is_adding):
            self.show()
            self.activateWindow()

    def _may_add_unseen(self, found: Survey) -> bool:
        """Whether the person wants no review, and nothing in the documents asks for one.

        Commands from plain text are always shown: anything may lie in a clipboard.
        """
        harmless = all(
            document.origin is None and not document.lines and not document.warned for document in self._good
        )
        return not found.asks and harmless and self._why_not() == "" and not found.surplus

    def _show_up(self) -> None:
        self._unseen = False
        (self.jobs.table if self._count else self.errors.problems).setFocus()
        self.show()
        self.raise_()
        self.activateWindow()

    def add(self) -> None:
        """Add the jobs, unless something is still to be decided."""
        if self.is_adding or self._why_not() or self._survey is None:
            return
        self.failure.say("")
        choice = self.duplicates.choice if self._survey.surplus else None
        self._adding = Adding(self._all_jobs(), choice or OnDuplicate.FAIL)
        self._adding.handled.connect(self._handled)
        self._handled(0)
        self._tools.gateway.change(self, self._adding.work, self._done, self._failed)
        self._refresh()

    def _all_jobs(self) -> Iterator[NewJob]:
        return chain.from_iterable(document.jobs for document in self._good)

    @property
    def _count(self) -> int:
        return sum(len(document.jobs) for document in self._good)

    def _handled(self, handled: int) -> None:
        self.footer.work(handled, self._count)

    def _done(self, enqueued: Enqueued) -> None:
        self._adding = None
        self.added.emit([seq for seq, _ in enqueued.jobs], len(enqueued.skipped))
        self._documents.clear()
        self._survey = None
        self.duplicates.forget()
        if self._later:
            self._take_later()
        elif self._reading:
            self.jobs.hide()
            self._refresh()
        else:
            self.accept()

    def _take_later(self) -> None:
        later, self._later = self._later, []
        self.take(later)

    def _failed(self, error: Exception) -> None:
        self._adding = None
        if isinstance(error, Stopped):
            self.failure.say(tr("Nothing was added."))
        elif isinstance(error, KnownError):
            self.failure.say(not_added(error, self._good))
        else:
            raise error
        self._look_after_failure(error)

    def _look_after_failure(self, error: Exception) -> None:
        if self._unseen:
            self._show_up()
        if self._later:
            self._take_later()
        elif isinstance(error, ABOUT_IDS):
            self._look()
        else:
            self._refresh()

    def _ask_again(self) -> None:
        self.read_again_asked.emit([document.path for document in self._broken if document.path is not None])

    def _why_not(self) -> str:
        """Return what keeps the jobs from being added; "" when nothing does."""
        if self._reading:
            return tr("Reading …")
        if self._unreadable:
            return tr("The queue can't be read.")
        if self._survey is None:
            return tr("Looking up the ids …")
        if not self._count:
            return tr("There is nothing to add.")
        if self._broken and not self.errors.leaves_out:
            return tr("First decide about the files with errors.")
        if self._survey.surplus and self.duplicates.choice is None:
            return tr("First decide what to do with the ids that are taken.")
        return ""

    def _refresh(self) -> None:
        """Bring title, button and footer up to date with what is known and decided."""
        count = self._count
        if self._survey is not None:
            count -= self._survey.skipped(self.duplicates.choice)
        self._title.setText(title(self._count, reading=self._reading))
        self._summary.setText(summary(list(self._documents.values())))
        self._summary.setVisible(bool(self._documents))
        if not self.is_adding:
            looking = self._reading or not (self._unreadable or self.is_empty or self._survey is not None)
            self.footer.wait(self._why_not(), count, busy=looking)
        for part in (self.errors, self.duplicates):
            part.setEnabled(not self.is_adding)
