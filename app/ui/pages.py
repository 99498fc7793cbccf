"""The pages of all places, one of which is shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget

from app.ui.job_actions import JobActions
from app.ui.job_verbs import JobVerbs
from app.ui.jobs_page import JobsPage
from app.ui.sidebar import Place
from app.ui.tools import Tools

if TYPE_CHECKING:
    from app.ui.dead_letters_page import DeadLettersPage
    from app.ui.notices_page import NoticesPage
    from app.ui.runner_control import RunnerControl
    from app.ui.workers_page import WorkersPage


class Pages(QStackedWidget):
    """The page of the jobs, and the others, each made when it is first needed.

    Signals:
        opened(int): the job of this seq is to be shown. notice_opened(Notice): what it tells of is to be shown.
        notified(str): something is to be said in passing. table_made(JobTable): there is another table of jobs.

    Args:
        tools: the window's.
        jobs: the page of the jobs.
        verbs: changes jobs.
        job_actions: edits and exports jobs.
        control: gives what acts on the runner.
    """

    opened = Signal(int)
    notice_opened = Signal(object)
    notified = Signal(str)
    table_made = Signal(object)

    def __init__(
        self,
        tools: Tools,
        jobs: JobsPage,
        verbs: JobVerbs,
        job_actions: JobActions,
        control: Callable[[], RunnerControl],
    ) -> None:
        super().__init__()
        self._tools = tools
        self._jobs = jobs
        self._verbs = verbs
        self._job_actions = job_actions
        self._control = control
        self.addWidget(jobs)

    def of(self, place: Place) -> JobsPage | DeadLettersPage | WorkersPage | NoticesPage:
        """Return the page of a place."""
        match place:
            case Place.DEAD_LETTERS:
                return self.dead_letters
            case Place.WORKERS:
                return self.workers
            case Place.NOTICES:
                return self.notices
        return self._jobs

    @cached_property
    def dead_letters(self) -> DeadLettersPage:
        """The page of the dead letters."""
        from app.ui.dead_letters_page import DeadLettersPage

        page = DeadLettersPage(self._tools)
        page.retry_wanted.connect(self._verbs.retry)
        page.remove_wanted.connect(self._verbs.remove)
        page.edit_and_retry_wanted.connect(self._job_actions.edit_and_retry_one)
        page.export_wanted.connect(self._job_actions.export)
        page.notified.connect(self.notified)
        page.opened.connect(self.opened)
        self.addWidget(page)
        self.table_made.emit(page.table)
        return page

    @cached_property
    def workers(self) -> WorkersPage:
        """The page of the runner and its workers."""
        from app.ui.workers_page import WorkersPage

        page = WorkersPage(self._tools, self._control())
        page.opened.connect(self.opened)
        page.notified.connect(self.notified)
        self.addWidget(page)
        return page

    @cached_property
    def notices(self) -> NoticesPage:
        """The page of the notices."""
        from app.ui.notices_page import NoticesPage

        page = NoticesPage(self._tools)
        page.opened.connect(self.notice_opened)
        self.addWidget(page)
        return page
