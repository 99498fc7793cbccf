"""The window: places at the left, the chosen one in the middle, what can be done at the top, figures at the foot."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from app.messages import KnownError
from app.store.notices import Notice, NoticeKind
from app.store.views import Filter
from app.ui.actions import Actions
from app.ui.counts import jobs
from app.ui.dead_letters_page import DeadLettersPage
from app.ui.drop_overlay import DropOverlay
from app.ui.first_start import Greeting
from app.ui.gateway import OpenedAgain
from app.ui.job_actions import JobActions
from app.ui.job_table import JobTable
from app.ui.job_verbs import JobVerbs
from app.ui.jobs_page import JobsPage
from app.ui.looks import QueueLook
from app.ui.notices_page import NoticesPage
from app.ui.queue_watch import QueueWatch
from app.ui.reviewing import Reviewing
from app.ui.runner_control import RunnerControl
from app.ui.shell import Shell
from app.ui.sidebar import STATE_OF, Place, Sidebar
from app.ui.slim_bar import SlimBar
from app.ui.status_line import StatusLine
from app.ui.stepper import Stepper
from app.ui.toast import Toast
from app.ui.tools import Tools
from app.ui.window_bars import SearchField, add_menus, toolbar
from app.ui.window_dialogs import WindowDialogs
from app.ui.wording import said_error, tr
from app.ui.workers_page import WorkersPage


class MainWindow(Shell):
    """Shows the queue and changes it, through the gateway alone.

    Signals:
        quit_wanted: the program is to end. restore_wanted: the queue is to be brought back.

    Args:
        tools: its things.
        verbs: changes jobs.
        control: acts on the runner.
        watch: looks at the queue.
    """

    quit_wanted = Signal()
    restore_wanted = Signal()

    def __init__(self, tools: Tools, verbs: JobVerbs, control: RunnerControl, watch: QueueWatch) -> None:
        super().__init__(tools)
        self._verbs = verbs
        self._control = control
        self._watch = watch
        self._is_refused = self._is_restorable = False
        self.setWindowTitle("QueueCTL")
        self.actions_ = Actions(tools.theme, tools.icons, self)
        self.reviewing = Reviewing(tools, self)
        self.dialogs = WindowDialogs(tools, self.actions_, self)
        self.sidebar = Sidebar(tools)
        self.jobs = JobsPage(tools, self.actions_)
        self.dead_letters = DeadLettersPage(tools)
        self.workers = WorkersPage(tools, control)
        self.notices = NoticesPage(tools)
        self.status = StatusLine(tools)
        self.search = SearchField(tools)
        self.workers_count = Stepper(tools, 1, 256, tr("Workers"), tr("One worker less"), tr("One worker more"))
        self.trouble, self.greeting = SlimBar(kind="trouble"), Greeting(tools.layout)
        self._bars = QVBoxLayout()
        for bar in (self.trouble, self.greeting):
            self.add_bar(bar)
        self.toast = Toast(self)
        self.job_actions = JobActions(tools, self.actions_, verbs, self)
        self._lay_out()
        self.addToolBar(toolbar(self.actions_, self.workers_count, self.search))
        add_menus(self, self.actions_, self.job_actions)
        self.overlay = DropOverlay(tools, self.reviewing.incoming, self)
        self._connect()
        self.actions_.details_aside.setChecked(self.jobs.is_aside)
        self._go(self.sidebar.place)

    # What it is made of

    def _lay_out(self) -> None:
        self._own_pages = {
            Place.DEAD_LETTERS: self.dead_letters,
            Place.WORKERS: self.workers,
            Place.NOTICES: self.notices,
        }
        self._pages = QStackedWidget()
        for page in (self.jobs, self.dead_letters, self.workers, self.notices):
            self._pages.addWidget(page)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._bars)
        column.addWidget(self._pages, 1)
        content = QWidget()
        row = QHBoxLayout(content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.sidebar.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        row.addWidget(self.sidebar)
        row.addWidget(middle, 1)
        self.setCentralWidget(content)
        self.setStatusBar(self.status)

    def _connect(self) -> None:
        do = self.actions_
        do.add_job.triggered.connect(self.job_actions.add)
        do.open_file.triggered.connect(self.dialogs.choose_files)
        do.paste.triggered.connect(self.paste)
        do.pause.triggered.connect(self._pause_or_resume)
        do.search.triggered.connect(self.search.take_keyboard)
        do.settings.triggered.connect(self.dialogs.show_settings)
        do.keys.triggered.connect(self.dialogs.show_keys)
        do.try_example.triggered.connect(self.dialogs.show_example)
        do.report_problem.triggered.connect(self.dialogs.show_report)
        do.about.triggered.connect(self.dialogs.show_about)
        self.dialogs.files_chosen.connect(self.open_files)
        do.close_window.triggered.connect(self.close)
        do.quit.triggered.connect(self.quit_wanted)
        do.details_aside.toggled.connect(self.jobs.put_aside)
        for row, place in enumerate(Place):
            key = QShortcut(QKeySequence(f"Alt+{row + 1}"), self)
            key.setObjectName(place)
            key.activated.connect(self._go_by_key)
        self._connect_parts()

    def _connect_parts(self) -> None:
        gateway = self._tools.gateway
        gateway.changed.connect(self._refresh_page)
        self._watch.seen.connect(self._show_look)
        self.seen_changed.connect(self._refresh_page)  # what a minimized window took in was not looked at yet
        gateway.failed.connect(self.tell_error)
        gateway.lost.connect(self.refuse)
        gateway.opened.connect(self.accept)
        self.trouble.accepted.connect(self.restore_wanted)
        self._verbs.told.connect(self._told)
        self._verbs.failed.connect(self.tell_error)
        self.toast.undo_wanted.connect(self._verbs.undo)
        self.trouble.dismissed.connect(self.trouble.hide)
        self.greeting.example_wanted.connect(self.dialogs.show_example)
        self.sidebar.chosen.connect(self._go)
        self.status.runner_clicked.connect(self.show_workers)
        self.search.searched.connect(self._search)
        self.jobs.search_given_up.connect(self.search.clear)
        self.jobs.filter_kept.connect(self._filter_kept)
        self.jobs.edit_wanted.connect(self.job_actions.edit_one)
        self.workers_count.settled.connect(self.workers_count.expect)
        self.workers_count.settled.connect(self._control.set_workers)
        self._control.failed.connect(self.workers_count.give_up)
        self.workers.opened.connect(self.reveal)
        self.workers.notified.connect(self.tell)
        self.notices.opened.connect(self.open_notice)
        self._control.failed.connect(self.tell_error)
        self.dead_letters.retry_wanted.connect(self._verbs.retry)
        self.dead_letters.remove_wanted.connect(self._verbs.remove)
        self.dead_letters.edit_and_retry_wanted.connect(self.job_actions.edit_and_retry_one)
        self.dead_letters.notified.connect(self.tell)
        self.dead_letters.opened.connect(self.reveal)
        self.dead_letters.export_wanted.connect(self.job_actions.export)
        for table in (self.jobs.table, self.dead_letters.table):
            table.selection_changed.connect(self._allow)
            table.shown.connect(self._allow)
            table.menu_wanted.connect(self._show_job_menu)
            table.refused.connect(self.tell_error)
        self.job_actions.added.connect(self._added)
        self.job_actions.told.connect(self.tell)
        self.reviewing.added.connect(self._reviewed)
        self.reviewing.failed.connect(self.tell_error)

    # What others ask of it

    def refresh(self) -> None:
        """Show the queue as of now."""
        self._watch.look()
        self._refresh_page()

    def _refresh_page(self) -> None:
        page = self._pages.currentWidget()
        if isinstance(page, JobsPage | DeadLettersPage | WorkersPage | NoticesPage):
            page.refresh()

    def open_files(self, paths: list[str]) -> None:
        """Review job files, and add their jobs when the person says so."""
        self.reviewing.open_files(paths)

    def reveal(self, seq: int) -> None:
        """Show a job among all jobs, with its details."""
        self.search.clear()
        self.search.search()
        self.sidebar.go_to(Place.ALL)
        self.jobs.reveal(seq)

    def show_workers(self) -> None:
        """Show the runner and its workers."""
        self.sidebar.go_to(Place.WORKERS)

    def open_notice(self, notice: Notice) -> None:
        """Show what a notice tells of."""
        if notice.seq is not None:
            self.reveal(notice.seq)
            return
        places = {NoticeKind.DIED: Place.DEAD_LETTERS, NoticeKind.RUNNER: Place.WORKERS}
        self.sidebar.go_to(places.get(notice.kind, Place.ALL))

    def add_bar(self, bar: SlimBar) -> None:
        """Take in a bar that speaks over all pages."""
        self._bars.addWidget(bar)

    def tell(self, words: str) -> None:
        """Say something in passing."""
        self.toast.say(words)

    def tell_error(self, error: KnownError) -> None:
        """Say what is wrong, until the person has read it; where there is no queue, that alone."""
        if isinstance(error, OpenedAgain):
            return  # nothing is wrong: what was asked is asked again
        self.tell_trouble(said_error(error))

    def tell_trouble(self, words: str) -> None:
        """Say what has gone wrong and is over, until the person has read it."""
        if not self._is_refused:
            self.trouble.say(words, no=tr("Dismiss"))

    def refuse(self, error: KnownError) -> None:
        """Say why the queue can't be opened; nothing can be done here but to close."""
        self._is_refused = True
        self._is_restorable = self._is_restorable or error.is_damage
        self._let_use(False)
        self.actions_.allow_nothing_but_leaving()
        self.trouble.say(said_error(error), yes=tr("Restore…") if self._is_restorable else "")

    def accept(self) -> None:
        """Show the queue that is open, where it had been refused before."""
        if not self._is_refused:
            return
        self._is_refused = self._is_restorable = False
        self.trouble.hide()
        self.actions_.allow_all()
        self._let_use(True)
        self._allow()
        self.refresh()

    def wait_for_queue(self, words: str) -> None:
        """Say what goes on until the queue is open again."""
        self.trouble.say(words, busy=True)

    def _let_use(self, use: bool) -> None:
        for part in (self._pages, self.sidebar, self.search):
            part.setEnabled(use)
        self.setAcceptDrops(use)

    # Where one is

    def _go(self, place: Place) -> None:
        if place in self._own_pages:
            page: QWidget = self._own_pages[place]
        else:
            page = self.jobs
            self.jobs.show_jobs(STATE_OF.get(place), self.search.wanted())
        self._pages.setCurrentWidget(page)
        self._allow()
        self.refresh()

    def _go_by_key(self) -> None:
        self.sidebar.go_to(Place(self.sender().objectName()))

    def _table(self) -> JobTable | None:
        page = self._pages.currentWidget()
        return page.table if isinstance(page, JobsPage | DeadLettersPage) else None

    def _allow(self) -> None:
        self.job_actions.act_on(self._table())

    def _show_job_menu(self, place: QPoint) -> None:
        menu = self.job_actions.menu("", self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def _search(self, text: str) -> None:
        if text and self.sidebar.place in self._own_pages:
            self.sidebar.go_to(Place.ALL)
        elif self.sidebar.place not in self._own_pages:
            self.jobs.show_jobs(STATE_OF.get(self.sidebar.place), text)

    def _filter_kept(self, filter: Filter) -> None:
        """A search was called off: the field and the place say what is shown."""
        with QSignalBlocker(self.search), QSignalBlocker(self.sidebar):
            self.search.setText(filter.text)
            states = {state: place for place, state in STATE_OF.items()}
            self.sidebar.go_to(next((states[state] for state in filter.states), Place.ALL))

    # What it hears

    def _show_look(self, look: QueueLook) -> None:
        self.sidebar.show_look(look)
        self.status.show_look(look)
        self.greeting.show_look(look)
        self.actions_.show_paused(look.paused)
        self.actions_.undo.setEnabled(look.undoable > 0 and not self._is_refused)
        slots = look.runner.slots
        if slots:  # one that has only taken its lock has not said yet how many it has
            self.workers_count.known(slots)
        self.workers_count.setEnabled(slots > 0)

    def _told(self, words: str, undo: bool) -> None:
        self.toast.say(words, undo=undo)

    def _added(self, seqs: list[int]) -> None:
        self.tell(tr("{n} added").format(n=jobs(len(seqs))))
        if seqs:
            self.reveal(seqs[0])

    def _pause_or_resume(self) -> None:
        if self._watch.last is not None:
            self._verbs.set_paused(not self._watch.last.paused)

    def paste(self) -> None:
        """Review what is on the clipboard."""
        data = QGuiApplication.clipboard().mimeData()
        # there may be no data at all, as on a desktop that has just begun
        if data is None or not (data.hasUrls() or data.text().strip()):  # type: ignore[redundant-expr]
            self.tell(tr("There is nothing to paste"))
        else:
            self.reviewing.paste(data)

    def _reviewed(self, seqs: list[int], skipped: int) -> None:
        self._added(seqs)
        if skipped:
            self.tell(tr("{n} added, {m} skipped").format(n=jobs(len(seqs)), m=skipped))
